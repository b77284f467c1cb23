-- Takes in closings of tills: the newest per till and day counts, in whatever order they come.
-- $1: a JSON array of validated till_closings events.
with record as (
  select distinct on (sold_on, store_id, till_id)
    sold_on, store_id, till_id, lines, net_amount, event_at::timestamptz as closed_at
  from rows from (json_to_recordset($1::json) as (
    sold_on date, store_id text collate "C", till_id text collate "C", lines integer, net_amount numeric, event_at text
  )) with ordinality
  order by sold_on, store_id, till_id, closed_at desc, ordinality desc
),
newest as (
  insert into ops.till_closing as closing (sold_on, store_id, till_id, lines, net_amount, closed_at)
  select sold_on, store_id, till_id, lines, net_amount, closed_at
  from record
  order by sold_on, store_id, till_id
  on conflict (sold_on, store_id, till_id) do update set
    lines = excluded.lines, net_amount = excluded.net_amount, closed_at = excluded.closed_at, updated_at = now()
  where closing.closed_at <= excluded.closed_at
    and row(closing.lines, closing.net_amount, closing.closed_at)
      is distinct from row(excluded.lines, excluded.net_amount, excluded.closed_at)
  returning till_id
)
select count(*) as new from newest
