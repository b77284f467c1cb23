-- The login that refreshes Power BI sees everything; its model needs all rows of bi.access to decide by them who sees what.
create policy everything on ref.user_scope for select to bi_reader using ((select ref.sees_everything()));
