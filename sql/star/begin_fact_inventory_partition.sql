-- Takes a day's old rows away and notes, per store and product, what the day's new rows change. {date}: the day;
-- {staging}: its movements.
create temp table movement on commit drop as
with gone as (
  delete from analytics.fact_inventory where inventory_date = {date}
  returning store_key, product_key, opening_quantity, sold_quantity as sold, closing_quantity - opening_quantity as net
),
held as (
  select
    analytics.dimension_key(store.store_id, timestamptz '1900-01-01 00:00:00+00') as first_store_key,
    analytics.dimension_key(product.product_id, timestamptz '1900-01-01 00:00:00+00') as first_product_key,
    gone.opening_quantity,
    gone.sold,
    gone.net
  from gone
  join analytics.dim_store as store using (store_key)
  join analytics.dim_product as product using (product_key)
),
changed as (
  select
    first_store_key,
    first_product_key,
    staged.store_id is not null as is_staged,
    coalesce(staged.received - staged.sold + staged.adjusted, 0) - coalesce(held.net, 0) as difference,
    staged.sold is distinct from held.sold as sold_differs,
    held.opening_quantity as opening_before
  from {staging} as staged
  full join held using (first_store_key, first_product_key)
)
select
  changed.*,
  coalesce(balance.quantity, 0) as balance,
  -- Movements of later days; looked up for the few that need it.
  0::numeric as moved_later,
  balance.last_date
from changed
left join ops.inventory_balances as balance
  on balance.store_key = first_store_key and balance.product_key = first_product_key;

analyze movement;
