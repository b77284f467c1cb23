-- Takes in when stores are open: the newest record per store and day counts, in whatever order they arrive.
-- $1: a JSON array of validated opening_hours records.
with record as (
  select distinct on (store_id, open_on)
    store_id, open_on, opens_at, closes_at, note, coalesce(is_removed, false) as is_removed, event_at::timestamptz as recorded_at
  from rows from (json_to_recordset($1::json) as (
    store_id text collate "C", open_on date, opens_at time, closes_at time, note text, is_removed boolean, event_at text
  )) with ordinality
  order by store_id, open_on, recorded_at desc, ordinality desc
),
newest as (
  insert into ref.opening_hours as hours (store_id, open_on, opens_at, closes_at, note, is_removed, recorded_at)
  select store_id, open_on, opens_at, closes_at, note, is_removed, recorded_at from record order by store_id, open_on
  on conflict (store_id, open_on) do update set
    opens_at = excluded.opens_at, closes_at = excluded.closes_at, note = excluded.note, is_removed = excluded.is_removed,
    recorded_at = excluded.recorded_at, updated_at = excluded.updated_at
  where hours.recorded_at <= excluded.recorded_at
    and row(hours.opens_at, hours.closes_at, hours.note, hours.is_removed, hours.recorded_at)
      is distinct from row(excluded.opens_at, excluded.closes_at, excluded.note, excluded.is_removed, excluded.recorded_at)
  returning store_id
)
select count(*) as new from newest
