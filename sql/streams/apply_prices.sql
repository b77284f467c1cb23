-- Adds a batch of price changes to the timeline of prices. $1: a JSON array of validated price_changes.
with inserted as (
  insert into state.price (store_id, product_id, valid_from, event_id, price, reason, promotion_id)
  select distinct on (store_id, product_id, valid_from, event_id)
    store_id, product_id, event_at::timestamptz as valid_from, event_id, new_price, reason, promotion_id
  from rows from (json_to_recordset($1::json) as (
    event_id text, event_at text, store_id text collate "C", product_id text collate "C", new_price numeric, reason text,
    promotion_id text
  )) with ordinality
  order by store_id, product_id, valid_from, event_id, ordinality
  on conflict do nothing
  returning 1
)
select count(*) as applied, 0 as late from inserted
