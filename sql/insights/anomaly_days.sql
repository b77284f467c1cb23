-- Days of a product in a store as the isolation forest sees them, for training and for the morning alike: sales, price,
-- till and stock. Every value is relative to what is usual for the series, so that large and small ones can be compared.
--
-- {features}: rows of features/demand; {daily}: rows of features/daily_sales of the same days; {inventory}: rows of
-- cleansed/inventory of the same days; {keep}: a condition on store_id. Ratios are logarithms; what can't be computed is
-- null. lag_1 is the day itself.
create or replace temp table anomaly_day as
with till as (
  select store_id, product_id, date, sum(units) as units, sum(returned_units) as returned_units, sum(lines) as lines
  from {daily}
  group by all
),

stock as (
  select
    store_id,
    product_id,
    date,
    arg_max(new_quantity, event_at) as on_hand,
    sum(quantity_change) filter (where reason not in ('sale', 'delivery', 'transfer')) as adjusted,
    sum(quantity_change) filter (where reason in ('delivery', 'transfer')) as received
  from {inventory}
  group by all
)

select
  row_number() over (order by date, store_id, product_id) as n,
  store_id,
  product_id,
  date,
  lag_1::double as sold_quantity,
  coalesce(mean_28, 0)::double as usual_quantity,
  {definitions}
from (
  select
    features.*,
    till.* exclude (store_id, product_id, date),
    stock.* exclude (store_id, product_id, date),
    case isodow(date) {weekday_cases} end as weekday_mean
  from {features} as features
  left join till using (store_id, product_id, date)
  left join stock using (store_id, product_id, date)
)
where {keep}
