-- A day's movements per store, product and reason. Sales and returns are the till's: an inventory update with the reason `sale` is
-- not counted a second time. A sum of a thousand million units is a broken source, as in fact_inventory: it counts as none.
with movement as (
  select store_id, product_id, if(is_return, 'return', 'sale') as reason, -quantity as quantity, is_synthetic, event_at
  from {sales}
  where {keep}
  union all
  select store_id, product_id, reason, quantity_change, is_synthetic, event_at
  from {inventory}
  where {keep} and reason <> 'sale'
)
select
  store_id, product_id, reason, count(*) as movements,
  if(abs(sum(quantity)) >= 1e9, 0, sum(quantity))::decimal(18, 6) as quantity,
  bool_or(is_synthetic) as is_synthetic, min(event_at) as first_moved_at, max(event_at) as last_moved_at
from movement
group by store_id, product_id, reason
