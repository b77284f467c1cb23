-- Which events were applied: the memory that makes a second copy of an event a duplicate.
-- An event's key is 16 bytes, made from its topic and its id; a copy has the same day, so one month's index is looked at.

create table state.event_ids (
  event_date date not null,
  event_key uuid not null,
  primary key (event_date, event_key)
) partition by range (event_date);
comment on table state.event_ids is 'Events that were applied, by the store''s day and a hash of topic and event id.';

create function state.event_key(topic text, event_id text) returns uuid
language sql immutable parallel safe strict
return md5(topic || '/' || event_id)::uuid;
comment on function state.event_key is 'The key under which an event is remembered.';

create table state.event_ids_before_2000 partition of state.event_ids
  for values from (minvalue) to ('2000-01-01');

-- Attached, not created as a partition: that way inserts into other months go on meanwhile.
create function state.ensure_event_id_months(dates date[]) returns void
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
    continue when to_regclass('state.' || child) is not null;
    execute format('create table state.%I (like state.event_ids including all)', child);
    execute format(
      'alter table state.event_ids attach partition state.%I for values from (%L) to (%L)',
      child, month, month + interval '1 month'
    );
  end loop;
end
$$;
comment on function state.ensure_event_id_months is 'Makes the monthly partitions of state.event_ids that the given days need.';
