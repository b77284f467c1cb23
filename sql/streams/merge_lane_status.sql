-- Takes in what lanes report: the newest report of a lane counts, in whatever order they arrive.
-- $1: a JSON array of validated lane_status events.
with report as (
  select distinct on (store_id, lane_id)
    store_id, lane_id, kind, status, till_id, queue_length, event_at::timestamptz as status_at
  from rows from (json_to_recordset($1::json) as (
    store_id text collate "C", lane_id text collate "C", kind text, status text, till_id text collate "C", queue_length integer,
    event_at text
  )) with ordinality
  order by store_id, lane_id, status_at desc, ordinality desc
),
newest as (
  insert into state.lane as lane (store_id, lane_id, kind, status, till_id, queue_length, status_at)
  select store_id, lane_id, kind, status, till_id, queue_length, status_at from report order by store_id, lane_id
  on conflict (store_id, lane_id) do update set
    kind = excluded.kind, status = excluded.status, till_id = excluded.till_id, queue_length = excluded.queue_length,
    status_at = excluded.status_at, updated_at = now()
  where lane.status_at < excluded.status_at
  returning lane_id
)
select count(*) as new from newest
