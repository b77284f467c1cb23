-- Not a rule: the measurements that the rules about models read.
create or replace function ops.newest_drift() returns setof ops.model_drift
language sql stable as $$
  with champion as (
    select distinct on (model_name) model_name, version
    from ops.model_alias_log
    where alias = 'champion'
    order by model_name, changed_at desc, change desc
  ),
  newest as (
    select model_name, max(drift_date) as drift_date from ops.model_drift group by model_name
  )
  select drift.*
  from ops.model_drift as drift
  join newest using (model_name, drift_date)
  join champion on champion.model_name = drift.model_name and champion.version = drift.model_version
$$;
comment on function ops.newest_drift is 'The newest drift measurements of each model''s champion; none of versions that have been replaced.';
