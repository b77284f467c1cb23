-- Applies a batch of inventory updates to the stock. A sale moves the stock by its own event, so an update with the reason
-- `sale` is remembered and moves nothing. $1: a JSON array of validated inventory_updates.
with event as materialized (
  select distinct on (event_date, event_key)
    left(event_at, 10)::date as event_date,
    state.event_key('inventory_updates', event_id) as event_key,
    store_id,
    product_id,
    case when reason = 'sale' then 0 else quantity_change end as quantity
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text collate "C", product_id text collate "C",
    quantity_change numeric, reason text
  )) with ordinality
  order by event_date, event_key, ordinality
),
remembered as (
  insert into state.event_ids (event_date, event_key)
  select event_date, event_key from event order by event_date, event_key
  on conflict do nothing
  returning event_date, event_key
),
movement as materialized (
  select event.* from event join remembered using (event_date, event_key)
),
day_total as (
  select event_date, count(*) as events from movement group by event_date
),
stock as (
  insert into state.stock as stock (store_id, product_id, on_hand)
  select store_id, product_id, sum(quantity) from movement group by store_id, product_id order by store_id, product_id
  on conflict (store_id, product_id) do update
    set on_hand = stock.on_hand + excluded.on_hand, updated_at = excluded.updated_at
)
select
  coalesce(sum(events), 0)::bigint as new,
  coalesce(sum(events) filter (where exists (
    select from ops.partition_ledger as ledger
    where ledger.asset = 'cleansed/inventory' and ledger.date = day_total.event_date and ledger.succeeded_at is not null
  )), 0)::bigint as late
from day_total
