-- Takes in what is known of devices. Of a device the newest connection counts, and of a connection its end; what it has reported
-- of itself counts by itself. They may arrive in any order.
-- $1: a JSON array of validated device_status events.
with event as (
  select *, status in ('disconnected', 'lost') as has_ended, event_at::timestamptz as status_at,
    connected_at::timestamptz as began_at
  from rows from (json_to_recordset($1::json) as (
    device_id text collate "C", store_id text collate "C", sensor text, shelf_id text collate "C", status text,
    session_id text collate "C", connected_at text, reason text, reported text, reported_topic text, event_at text
  )) with ordinality
),
connection as (
  select distinct on (device_id) *
  from event
  order by device_id, began_at desc, session_id desc, has_ended desc, status_at desc, ordinality desc
),
report as (
  select distinct on (device_id) device_id, reported, reported_topic, status_at as reported_at
  from event
  where reported_topic is not null
  order by device_id, status_at desc, ordinality desc
),
newest as (
  insert into state.device as device (
    device_id, store_id, sensor, shelf_id, status, session_id, connected_at, status_at, reason, reported, reported_topic, reported_at
  )
  select
    device_id, store_id, sensor, shelf_id, status, session_id, began_at, status_at, reason, report.reported,
    report.reported_topic, report.reported_at
  from connection
  left join report using (device_id)
  order by device_id
  on conflict (device_id) do update set
    (store_id, sensor, shelf_id, status, session_id, connected_at, status_at, reason) = (
      select newer.* from (values
        (device.store_id, device.sensor, device.shelf_id, device.status, device.session_id, device.connected_at,
          device.status_at, device.reason),
        (excluded.store_id, excluded.sensor, excluded.shelf_id, excluded.status, excluded.session_id, excluded.connected_at,
          excluded.status_at, excluded.reason)
      ) as newer (store_id, sensor, shelf_id, status, session_id, connected_at, status_at, reason)
      order by newer.connected_at desc, newer.session_id desc, newer.status in ('disconnected', 'lost') desc, newer.status_at desc
      limit 1
    ),
    (reported, reported_topic, reported_at) = (
      select newer.* from (values
        (device.reported, device.reported_topic, device.reported_at),
        (excluded.reported, excluded.reported_topic, excluded.reported_at)
      ) as newer (reported, reported_topic, reported_at)
      order by newer.reported_at desc nulls last
      limit 1
    ),
    updated_at = now()
  where row(excluded.connected_at, excluded.session_id, excluded.status in ('disconnected', 'lost'), excluded.status_at)
      > row(device.connected_at, device.session_id, device.status in ('disconnected', 'lost'), device.status_at)
    or excluded.reported_at > coalesce(device.reported_at, '-infinity')
  returning device_id
)
select count(*) as new from newest
