-- A day's counts at the doors, each event once.
create or replace temp table cleansed as
select
  event.event_id,
  event.store_id,
  event.sensor_id,
  event.entries,
  event.exits,
  event.interval_seconds,
  coalesce(event.synthetic, false) as is_synthetic,
  unknown_stores.store_id is not null as is_unknown_store,
  event.source,
  event.event_at,
  event.known_at,
  event.date
from events as event
left join unknown_stores using (store_id)
