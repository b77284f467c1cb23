-- The shape of what was sold, as one row of lists of shares; see sources/simulation/pattern.ts for each. Reads `lines`.
with
hour as (
  select (isodow(sold_at) - 1) * 24 + hour(sold_at) as hour_of_week, count(distinct basket) as visits
  from lines group by all
),
visits as (
  select list(coalesce(visits, 0)::double order by slot) as visits
  from range(168) as slots(slot) left join hour on hour_of_week = slot
),
basket as (select least(count(distinct product), 40) as size from lines group by basket),
sizes as (
  select list(coalesce(baskets, 0)::double order by slot) as sizes
  from range(1, 41) as slots(slot) left join (select size, count(*) as baskets from basket group by all) on size = slot
),
units as (
  select list(coalesce(found, 0)::double order by slot) as units
  from range(1, 7) as slots(slot)
  left join (select lines.units as bought, count(*) as found from lines group by all) on bought = slot
),
product as (select count(*) as sold, median(list_price) as price from lines group by product having count(*) >= 20),
popularity as (
  select list(sold::double order by sold desc) as popularity from (from product order by sold desc limit 500)
),
prices as (
  select
    quantile_cont(price, [
      0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98
    ]) as prices
  from product
),
promotion as (
  select
    (count(*) filter (where discount >= 0.1) / count(*))::double as promoted_share,
    quantile_cont(least(discount, 0.6), [0, 0.25, 0.5, 0.75, 1]) filter (where discount >= 0.1) as promotion_depths
  from lines
)
from visits, sizes, units, popularity, prices, promotion
