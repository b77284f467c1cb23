-- The five schemas and who may do what in them. The roles themselves are made when the server is set up.

create schema ref;
create schema state;
create schema ops;
create schema analytics;
create schema bi;

comment on schema ref is 'Master data: stores, products, suppliers, calendar, policies, who may see what.';
comment on schema state is 'Live state that the streams keep.';
comment on schema ops is 'How Shelfline itself runs: ledger, stream positions, dead letters, checks.';
comment on schema analytics is 'The star schema''s tables. Private: read the views in bi.';
comment on schema bi is 'The public contract for Power BI and everyone else who reads.';

grant usage on schema ref, state, ops, analytics, bi to shelfline_app;

alter default privileges in schema ref, state, ops, analytics
  grant select, insert, update, delete, truncate on tables to shelfline_app;
alter default privileges in schema ref, state, ops, analytics grant usage, select on sequences to shelfline_app;
alter default privileges in schema ref, state, ops, analytics, bi grant execute on functions to shelfline_app;
alter default privileges in schema bi grant select on tables to shelfline_app;
