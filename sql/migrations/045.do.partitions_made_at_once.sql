-- Two callers that wanted the same new month could still collide: a backend remembers that a name was not there, and an
-- advisory lock does not make it look again. After the lock the question goes to pg_class, which is read afresh.

create or replace function analytics.ensure_partitions(first_date date, last_date date) returns integer
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  fact text;
  month date;
  partition text;
  created integer := 0;
begin
  if first_date > last_date then
    raise exception 'ensure_partitions: % is after %', first_date, last_date using errcode = 'invalid_parameter_value';
  end if;
  if first_date < '1990-01-01' or last_date > '2100-01-01' then
    raise exception 'ensure_partitions: % to % leaves 1990 to 2100', first_date, last_date
      using errcode = 'invalid_parameter_value';
  end if;
  for fact, month in
    select t.relname, m::date
    from pg_class as t
    cross join generate_series(date_trunc('month', first_date::timestamp), last_date::timestamp, interval '1 month') as m
    where t.relnamespace = 'analytics'::regnamespace and t.relkind = 'p'
    order by t.relname, m
  loop
    partition := format('%s_%s', fact, to_char(month, 'YYYY_MM'));
    continue when to_regclass(format('analytics.%I', partition)) is not null;
    perform pg_advisory_xact_lock(731204119);
    continue when exists (
      select from pg_class where relname = partition and relnamespace = 'analytics'::regnamespace
    );
    execute format('create table analytics.%I (like analytics.%I including all)', partition, fact);
    execute format(
      'alter table analytics.%I attach partition analytics.%I for values from (%L) to (%L)',
      fact, partition, month, month + interval '1 month'
    );
    created := created + 1;
  end loop;
  return created;
end;
$$;

create or replace function state.ensure_event_id_months(dates date[]) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  month date;
  child text;
begin
  for month in
    select distinct date_trunc('month', day)::date from unnest(dates) as day where day >= '2000-01-01' order by 1
  loop
    child := 'event_ids_' || to_char(month, 'YYYY_MM');
    continue when to_regclass('state.' || child) is not null;
    perform pg_advisory_xact_lock(hashtextextended('state.event_ids', 0));
    continue when exists (select from pg_class where relname = child and relnamespace = 'state'::regnamespace);
    execute format('create table state.%I (like state.event_ids including all)', child);
    execute format(
      'alter table state.event_ids attach partition state.%I for values from (%L) to (%L)',
      child, month, month + interval '1 month'
    );
  end loop;
end;
$$;

-- A function that runs with its owner's rights is for those who are named.
revoke execute on function state.ensure_event_id_months(date[]) from public;
