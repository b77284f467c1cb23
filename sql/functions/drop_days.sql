-- Names are compared as text: a planner may look at them before it knows that they are those of this table's partitions, and a cast to a date then
-- fails on another table's name.
create or replace function state.drop_days(parent text, before date, days_max integer) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  first_kept text := to_char(before, 'YYYY_MM_DD');
  child regclass;
  dropped integer := 0;
begin
  if not exists (
    select from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = format('state.%I', parent)::regclass and right(relname, 10) collate "C" < first_kept
  ) then
    return 0;
  end if;
  -- Readers and writers are not made to wait behind this for long; the job's next turn tries again.
  set local lock_timeout = '3s';
  execute format('lock table only state.%I in access exclusive mode', parent);
  insert into state.retention values (parent, before)
  on conflict (table_name) do update set forgotten_before = greatest(retention.forgotten_before, excluded.forgotten_before);
  for child in
    select inhrelid::regclass from pg_inherits join pg_class on pg_class.oid = inhrelid
    where inhparent = format('state.%I', parent)::regclass and right(relname, 10) collate "C" < first_kept
    order by relname limit days_max
  loop
    execute format('drop table %s', child);
    dropped := dropped + 1;
  end loop;
  return dropped;
end;
$$;
