-- A day's movements per store and product. A sale is reported by the till: an inventory update with the reason `sale` is not
-- counted a second time. first_*_key: analytics.dimension_key of the first version, 1900-01-01. Sorted here, where it costs
-- a tenth of what it costs in PostgreSQL: rows that come in the order of the keys go into the tables twice as fast.
-- A day's movement of a thousand million units is a broken source: it counts as none, so that it stops no other store's load.
with movement as (
  select store_id, product_id, 0::decimal(18, 6) as received, quantity as sold, 0::decimal(18, 6) as adjusted, is_synthetic, event_at
  from {sales}
  where {keep}
  union all
  select
    store_id, product_id,
    if(reason in ('delivery', 'transfer'), quantity_change, 0), 0,
    if(reason in ('delivery', 'transfer'), 0, quantity_change),
    is_synthetic, event_at
  from {inventory}
  where {keep} and reason <> 'sale'
),
total as (
  select
    store_id, product_id, sum(received) as received, sum(sold) as sold, sum(adjusted) as adjusted,
    bool_or(is_synthetic) as is_synthetic, max(event_at) as last_moved_at,
    greatest(abs(sum(received)), abs(sum(sold)), abs(sum(adjusted))) >= 1e9 as is_implausible
  from movement
  group by store_id, product_id
)
select
  store_id, product_id,
  ('0x' || left(md5(store_id || '@-2208988800'), 13))::bigint as first_store_key,
  ('0x' || left(md5(product_id || '@-2208988800'), 13))::bigint as first_product_key,
  if(is_implausible, 0, received)::decimal(18, 6) as received, if(is_implausible, 0, sold)::decimal(18, 6) as sold,
  if(is_implausible, 0, adjusted)::decimal(18, 6) as adjusted, is_implausible, is_synthetic, last_moved_at
from total
order by first_store_key, first_product_key
