-- PostgreSQL. Every row of the live state, as it is now: the morning after {day}.
with price as (
  select distinct on (store_id, product_id) *
  from state.price
  where valid_from <= ops.now()
  order by store_id, product_id, valid_from desc, event_id desc
),

snapshot as (
  select 'stock' as kind, store_id, product_id, '' as batch_id, on_hand as quantity, to_jsonb(held) as state from state.stock as held
  union all
  select 'shelf', store_id, product_id, '', on_shelf, to_jsonb(held) from state.shelf_live as held
  union all
  select 'shelf_lot', store_id, product_id, batch_id, on_hand, to_jsonb(held) from state.shelf_lot_live as held
  union all
  select 'warehouse', warehouse_id, product_id, '', on_hand, to_jsonb(held) from state.warehouse as held
  union all
  select 'warehouse_lot', warehouse_id, product_id, batch_id, on_hand, to_jsonb(held) from state.warehouse_lot as held
  union all
  select 'price', store_id, product_id, '', price, to_jsonb(held) from price as held
  union all
  select 'markdown', store_id, product_id, '', percent, to_jsonb(held) from ops.markdown as held
  union all
  select 'stock_out_risk', store_id, product_id, '', probability::numeric, to_jsonb(held) from state.stock_out_risk as held
)

select kind, store_id::text, product_id::text, batch_id::text, quantity::double precision as quantity, state::text as state
from snapshot
where {day} is not null
