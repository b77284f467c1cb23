-- Writes when products were out of stock on a day: from the opening stock, every sale and every movement. A product that did not
-- move is out if it was when it last moved, within 28 days, and sold before. A stock that is not reported is what was sold below
-- zero: it is left out, as is what has never been in stock before. {date}: the day; {staging}: its movements but for sales.
insert into analytics.fact_stockout (
  stockout_date, store_key, product_key, out_of_stock_minutes, lost_quantity, is_observed, is_synthetic, began_at, ended_at,
  lost_amount
)
with newest as materialized (
  select distinct on (store.store_id, product.product_id)
    store.store_id, product.product_id, fact.*, count(*) over (partition by store.store_id, product.product_id) as days,
    {date}::timestamp at time zone store.time_zone as day_starts,
    ({date} + 1)::timestamp at time zone store.time_zone as day_ends
  from analytics.fact_inventory as fact
  join analytics.dim_store as store using (store_key)
  join analytics.dim_product as product using (product_key)
  where fact.inventory_date > {date} - 28 and fact.inventory_date <= {date}
  order by store.store_id, product.product_id, fact.inventory_date desc
),
position as materialized (
  select store_id, product_id, store_key, product_key, opening_quantity as opening, daily_quantity, is_synthetic, day_starts, day_ends
  from newest
  where inventory_date = {date} and (opening_quantity > 0 or opening_quantity = 0 and days > 1)
    and opening_quantity + least(received_quantity, 0) - greatest(sold_quantity, 0) + least(adjusted_quantity, 0) <= 0
  union all
  select store_id, product_id, store_key, product_key, closing_quantity, daily_quantity, is_synthetic, day_starts, day_ends
  from newest
  where inventory_date < {date} and closing_quantity = 0 and daily_quantity > 0
),
sale as materialized (
  select store_id, product_id, sold_at, quantity
  from analytics.fact_sales
  join analytics.dim_store using (store_key)
  join analytics.dim_product using (product_key)
  where sale_date = {date}
),
change as (
  select store_id, product_id, day_starts as at, 0::numeric as quantity from position
  union all
  select store_id, product_id, sold_at, -sale.quantity from sale join position using (store_id, product_id)
  union all
  select store_id, product_id, moved_at, staged.quantity from {staging} as staged join position using (store_id, product_id)
),
level as (
  select
    store_id, product_id, at,
    lead(at) over (partition by store_id, product_id order by at) as until,
    sum(quantity) over (partition by store_id, product_id order by at) as moved
  from change
),
spell as (
  select store_id, product_id, greatest(at, day_starts) as at, least(coalesce(until, day_ends), day_ends) as until
  from level
  join position using (store_id, product_id)
  where opening + moved <= 0
),
-- How the store's lines were spread over the day: when it sells much, more is lost.
hour as (
  select
    store_id, date_trunc('hour', sold_at) as starts,
    count(*) / sum(count(*)) over (partition by store_id) as share
  from sale
  group by store_id, date_trunc('hour', sold_at)
),
lost as (
  select
    spell.store_id, spell.product_id,
    sum(share * extract(epoch from least(until, starts + interval '1 hour') - greatest(at, starts)) / 3600) as share
  from spell
  join hour on hour.store_id = spell.store_id and starts < until and starts + interval '1 hour' > at
  group by spell.store_id, spell.product_id
),
stockout as (
  select
    store_id, product_id, min(at) as began_at, max(until) as ended_at,
    round(extract(epoch from sum(until - at)) / 60)::integer as minutes
  from spell
  where until > at
  group by store_id, product_id
)
select
  {date}, position.store_key, position.product_key, minutes, demand.quantity, false, is_synthetic,
  case
    when began_at = day_starts then coalesce(
      (
        select earlier.began_at from analytics.fact_stockout as earlier
        where earlier.stockout_date = {date} - 1 and earlier.ended_at is null
          and earlier.store_key = position.store_key and earlier.product_key = position.product_key
      ),
      began_at
    )
    else began_at
  end,
  case when ended_at < day_ends then ended_at end,
  round(demand.quantity * analytics.list_price_at(stockout.store_id, stockout.product_id, began_at), 6)
from stockout
join position using (store_id, product_id)
left join lost using (store_id, product_id)
cross join lateral (select round(nullif(daily_quantity, 0) * coalesce(lost.share, 0), 6) as quantity) as demand
where minutes > 0
on conflict (stockout_date, store_key, product_key) do nothing
