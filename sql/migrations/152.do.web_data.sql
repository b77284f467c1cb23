-- What data engineers do in the web application: plan backfills, and decide which version of a model predicts.

grant insert on ops.backfill_plans, ops.backfill_cells to shelfline_web;

do $$
declare
  target text;
begin
  foreach target in array array['ops.model_version', 'ops.model_metric', 'ops.model_alias_log'] loop
    execute format('alter table %s enable row level security', target);
    execute format('create policy application on %s to shelfline_app using (true) with check (true)', target);
    execute format('create policy everything on %s for select to shelfline_web using ((select ref.sees_everything()))', target);
    execute format('grant select on %s to shelfline_web', target);
  end loop;
end;
$$;
create policy decided_by_themselves on ops.model_alias_log for insert to shelfline_web
  with check (
    (select ref.acting_role()) in ('data_engineer', 'administrator') and changed_by = (select ref.acting_user())
  );
grant insert on ops.model_alias_log to shelfline_web;

-- What failed lately is looked at by time.
create index check_results_checked on ops.check_results (checked_at);
