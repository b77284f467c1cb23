-- Live and recomputed side by side; a row that one side lacks differs. DuckDB.
create temp table stock_pair as
select
  coalesce(live.store_id, again.store_id) || ' × ' || coalesce(live.product_id, again.product_id) as row,
  live.on_hand::varchar as live,
  again.on_hand::varchar as recomputed,
  live.on_hand is distinct from again.on_hand as is_different
from live_stock as live
full join (
  select store_id, product_id, sum(quantity)::decimal(38, 6) as on_hand
  from (
    select store_id, product_id, -quantity as quantity from sale
    union all
    select store_id, product_id, quantity from movement
  )
  group by all
) as again on live.store_id = again.store_id and live.product_id = again.product_id;

create temp table day_pair as
select
  concat_ws(' × ', coalesce(live.store_id, again.store_id), coalesce(live.product_id, again.product_id),
    coalesce(live.sale_date, again.sale_date)) as row,
  concat_ws(' / ', live.units, live.revenue, live.returned_units, live.lines) as live,
  concat_ws(' / ', again.units, again.revenue, again.returned_units, again.lines) as recomputed,
  row(live.units, live.revenue, live.returned_units, live.lines)
    is distinct from row(again.units, again.revenue, again.returned_units, again.lines) as is_different
from live_day as live
full join (
  select
    store_id, product_id, date as sale_date, sum(quantity)::decimal(38, 6) as units,
    sum(amount)::decimal(38, 6) as revenue,
    coalesce(-sum(quantity) filter (where quantity < 0), 0)::decimal(38, 6) as returned_units, count(*) as lines
  from sale
  group by all
) as again
  on live.store_id = again.store_id and live.product_id = again.product_id and live.sale_date = again.sale_date;

create temp table compared as
select 'state.stock' as "table", count(*) as compared, count(*) filter (is_different) as different from stock_pair
union all
select 'state.sales_day', count(*), count(*) filter (is_different) from day_pair;

create temp table different as
select 'stock ' || row as row, coalesce(live, 'none') as live, coalesce(recomputed, 'none') as recomputed
from stock_pair where is_different
union all
select 'day ' || row, coalesce(live, 'none'), coalesce(recomputed, 'none') from day_pair where is_different
