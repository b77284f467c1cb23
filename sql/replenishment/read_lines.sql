-- A page of what a location orders from a supplier, with all that the quantities follow from. Arrays are by day, from the
-- day of the review on; a day without a forecast is null.
-- $1 location, $2 supplier, $3 day of the review, $4 day of the forecast or null, $5 days ahead, $6 after this product,
-- $7 limit, $8 how stores' forecast errors go together, by speed: 0 not at all, 1 entirely; $9 as if nothing were drafted
-- for this day; $10 only these products, null for all; $11 units a day from which on the next speed begins.
with choice as materialized (
  select * from ref.supply_choices($1, $3)
),
page as materialized (
  select * from choice where supplier_id = $2 and product_id > $6 and ($10::text[] is null or product_id = any ($10))
  order by product_id limit $7
),
-- What is no longer delivered is bought as its substitute.
wanted as materialized (
  select product_id, product_id as of_product_id from page
  union
  select page.product_id, terms.product_id
  from page
  join ref.supply_terms as terms
    on terms.substitute_product_id = page.product_id and terms.delisted_on <= $3
      and (terms.location_id is null or terms.location_id = $1)
  where terms.product_id not in (select product_id from choice)
),
series as materialized (
  select wanted.product_id, wanted.of_product_id, shelves.store_id
  from wanted
  join ref.shelves on shelves.warehouse_id = $1 and shelves.product_id = wanted.of_product_id
  union all
  select wanted.product_id, wanted.of_product_id, stores.store_id
  from wanted
  join ref.stores on stores.store_id = $1
  where not exists (
    select from ref.shelves where shelves.store_id = $1 and shelves.product_id = wanted.of_product_id
  )
),
-- How a usual week of a store and category goes from the day of the review on: days' worth of demand, by day.
week as materialized (
  select
    store_id,
    category,
    array_agg(running_days[24 * weekday + 25] - running_days[24 * weekday + 1] order by day) as days
  from state.demand_pattern
  cross join generate_series(0, 6) as day
  cross join lateral (select extract(isodow from $3::date + day)::integer - 1 as weekday) as on_day
  where store_id in (select store_id from series)
  group by store_id, category
),
usual as materialized (
  select
    series.product_id,
    series.of_product_id,
    series.store_id,
    coalesce(profile.units_per_day, rate.units_per_day::float8, sold.units_per_day) as units_per_day,
    coalesce(profile.inverse_size, 0) as inverse_size,
    coalesce(week.days, '{1,1,1,1,1,1,1}') as week,
    coalesce(profile.unit_price, rate.unit_price) as unit_price,
    case
      when profile.units_per_day is not null then 'usual demand'
      when rate.units_per_day is not null then 'sales rate'
      when sold.units_per_day is not null then 'sales of 28 days'
    end as source
  from series
  left join state.demand_profile as profile
    on profile.store_id = series.store_id and profile.product_id = series.of_product_id
  left join week on week.store_id = profile.store_id and week.category = profile.category
  left join state.sales_rate as rate on rate.store_id = series.store_id and rate.product_id = series.of_product_id
  left join lateral (
    select (sum(units) / greatest($3::date - min(sale_date), 7))::float8 as units_per_day
    from state.sales_day as day
    where profile.units_per_day is null and rate.units_per_day is null
      and day.store_id = series.store_id and day.product_id = series.of_product_id
      and sale_date >= $3::date - 28 and sale_date < $3::date
    having sum(units) > 0
  ) as sold on true
),
forecasted as materialized (
  select
    series.product_id,
    series.of_product_id,
    series.store_id,
    target_date,
    mean_quantity::float8 as mean,
    deviation_quantity::float8 as deviation,
    model_name || '@' || model_version as model
  from series
  join analytics.dim_store as store on store.store_id = series.store_id
  join analytics.dim_product as product on product.product_id = series.of_product_id
  join analytics.fact_forecast as fact
    on fact.forecast_date = $4 and fact.store_key = store.store_key and fact.product_key = product.product_key
      and fact.target_date between $3::date and $3::date + $5::integer - 1
),
-- What people expect instead: by day the newest override that plans of this day use.
override as materialized (
  select distinct on (store_id, product_id, target_date)
    store_id, product_id, day::date as target_date, override_id, quantity::float8 as quantity, factor::float8 as factor
  from ops.forecast_override
  cross join lateral generate_series(
    greatest(from_date, $3::date), least(to_date, $3::date + $5::integer - 1), interval '1 day'
  ) as day
  where withdrawn_at is null and expires_on >= $3::date
    and (product_id, store_id) in (select of_product_id, store_id from series)
  order by store_id, product_id, target_date, override_id desc
),
-- An overridden series without a forecast has its usual demand on the days of the others' forecasts.
known as (
  select * from forecasted
  union all
  select
    usual.product_id, usual.of_product_id, usual.store_id, day::date,
    coalesce(units_per_day * week[1 + (day::date - $3::date) % 7], 0), null, null
  from usual
  cross join lateral generate_series(
    $3::date,
    coalesce(
      (select max(target_date) from forecasted where forecasted.product_id = usual.product_id),
      $3::date + $5::integer - 1
    ),
    interval '1 day'
  ) as day
  where (usual.of_product_id, usual.store_id) in (select product_id, store_id from override)
    and (usual.product_id, usual.of_product_id, usual.store_id) not in (
      select product_id, of_product_id, store_id from forecasted
    )
),
forecast as materialized (
  select
    known.product_id,
    known.of_product_id,
    known.store_id,
    known.target_date,
    overridden as mean,
    deviation * ratio as deviation,
    model,
    override_id
  from known
  left join override
    on override.store_id = known.store_id and override.product_id = known.of_product_id
      and override.target_date = known.target_date
  cross join lateral (select coalesce(override.quantity, mean * override.factor, mean) as overridden) as expected
  -- It varies as much in proportion; around a forecast of nothing that is not known.
  cross join lateral (select case when overridden = mean then 1 else overridden / nullif(mean, 0) end as ratio) as scale
),
-- A series that the forecast does not have sells as usual.
rest as (
  select
    product_id,
    sum(units_per_day) as mean,
    sum(units_per_day + inverse_size * units_per_day ^ 2) as variance,
    json_build_array(
      sum(units_per_day * week[1]), sum(units_per_day * week[2]), sum(units_per_day * week[3]),
      sum(units_per_day * week[4]), sum(units_per_day * week[5]), sum(units_per_day * week[6]),
      sum(units_per_day * week[7])
    ) as week,
    count(*) filter (where units_per_day is null) as unknown_series,
    count(units_per_day) as series
  from usual
  where (product_id, of_product_id, store_id) not in (select product_id, of_product_id, store_id from forecast)
  group by product_id
),
usual_source as (
  select product_id, string_agg(distinct source, ', ') as sources
  from usual
  where (product_id, of_product_id, store_id) not in (select product_id, of_product_id, store_id from forecasted)
  group by product_id
),
paid as (
  select
    product_id,
    sum(unit_price * greatest(units_per_day, 0.001)) / sum(greatest(units_per_day, 0.001)) filter (where unit_price is not null)
      as unit_price
  from usual
  group by product_id
),
-- How the errors of stores go together, by how fast they sell the product.
pace as (
  select product_id, ($8::float8[])[1 + width_bucket(avg(mean), $11::float8[])] as together
  from forecast
  group by product_id
),
day as (
  select
    forecast.product_id,
    target_date,
    count(*) as series,
    sum(mean) as mean,
    (1 - together) * sum(spread ^ 2) + together * sum(spread) ^ 2 as variance
  from forecast
  left join usual using (product_id, of_product_id, store_id)
  cross join lateral (select coalesce(deviation, sqrt(mean + coalesce(inverse_size, 0) * mean ^ 2)) as spread) as own
  join pace on pace.product_id = forecast.product_id
  group by forecast.product_id, target_date, together
),
ahead as (
  select
    product_id,
    max(series) as series,
    json_agg(round(mean::numeric, 4) order by target_date) as means,
    json_agg(round(variance::numeric, 4) order by target_date) as variances
  from day
  group by product_id
),
model as (
  select product_id, string_agg(distinct model, ', ') as models from forecast group by product_id
),
overridden as (
  select
    used.product_id,
    json_agg(
      json_build_object(
        'overrideId', override_id, 'storeId', store_id, 'productId', of_product_id, 'from', from_date, 'to', to_date,
        'quantity', ops.decimal_text(quantity), 'factor', ops.decimal_text(factor), 'by', created_by, 'why', reason
      )
      order by override_id
    ) as overrides
  from (select distinct product_id, of_product_id, override_id from forecast) as used
  join ops.forecast_override using (override_id)
  group by used.product_id
),
drafted as materialized (
  select product_id, sum(quantity) as quantity
  from ops.purchase_order
  join ops.purchase_order_line as line using (purchase_order_id)
  where $9 and location_id = $1 and review_date = $3 and status in ('draft', 'awaiting_approval')
  group by product_id
),
on_order as materialized (
  select
    product_id,
    on_order.quantity - coalesce(drafted.quantity, 0) as quantity,
    on_order.draft_quantity - coalesce(drafted.quantity, 0) as draft_quantity
  from ops.on_order
  left join drafted using (product_id)
  where location_id = $1 and product_id in (select product_id from page)
),
-- When it is to come, where the supplier has the order: days, or null for what they do not have yet.
arriving as materialized (
  select
    product_id,
    json_agg(json_build_array(quantity, in_days) order by in_days) as arrivals
  from (
    select
      product_id,
      quantity - received_quantity - cancelled_quantity as quantity,
      case when status in ('sent', 'acknowledged', 'partly_received') then greatest(expected_on - $3::date, 0) end as in_days
    from ops.purchase_order
    join ops.purchase_order_line as line using (purchase_order_id)
    where location_id = $1 and expected_on is not null and quantity > received_quantity + cancelled_quantity
      and status in ('draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received')
      and not ($9 and review_date = $3 and status in ('draft', 'awaiting_approval'))
    union all
    select
      product_id, to_come,
      greatest(coalesce((arrives_at at time zone ops.time_zone_of(to_location_id))::date - $3::date, lead_time_days), 0)
    from ops.transfer_under_way
    where to_location_id = $1 and to_come > 0
  ) as coming
  where product_id in (select product_id from page)
  group by product_id
),
transfer as materialized (
  select
    product_id,
    string_agg(
      ops.decimal_text(to_come) || ' of what is on order comes from ' || from_location_id || ' by transfer ' || transfer_id
        || ' (' || state || ') and need not be bought',
      '; ' order by transfer_id
    ) as told
  from ops.transfer_under_way
  where to_location_id = $1 and to_come > 0 and product_id in (select product_id from page)
  group by product_id
),
lot as materialized (
  select
    product_id,
    sum(on_hand) as on_hand,
    json_agg(json_build_array(on_hand, coalesce(expires_on - $3::date, 36500)) order by expires_on) as lots
  from state.warehouse_lot_live
  where warehouse_id = $1 and on_hand > 0 and (expires_on is null or expires_on > $3::date)
    and product_id in (select product_id from page)
  group by product_id
),
-- Outgoing transfers, what shelves and online orders wait for, and what other locations are to get.
promised as materialized (
  select product_id, sum(quantity) as quantity
  from (
    select product_id, quantity from ops.restock_pick where warehouse_id = $1 and applied_at is null
    union all
    select product_id, quantity from ops.restock_plan where warehouse_id = $1 and status = 'open'
    union all
    select product_id, to_leave from ops.transfer_under_way where from_location_id = $1
    union all
    select product_id, reserved from state.online_reserved where store_id = $1
  ) as leaving
  group by product_id
),
orders_without_lines as (
  select count(*)::integer as orders
  from state.online_order as whole
  where store_id = $1 and coalesce(cancelled_at, shipped_at, delivered_at) is null
    and not exists (
      select from state.online_order_line as line where line.store_id = whole.store_id and line.order_id = whole.order_id
    )
)
select
  page.product_id as "productId",
  products.name as "productName",
  page.is_warehouse as "isWarehouse",
  page.unit_cost::float8 as "unitCost",
  page.pack_size::float8 as "packSize",
  page.pallet_size::float8 as "palletSize",
  page.minimum_quantity::float8 as "minimumQuantity",
  page.maximum_quantity::float8 as "maximumQuantity",
  page.capacity::float8 as "capacity",
  page.shelf_life_days as "shelfLifeDays",
  page.delisted_on - $3::date as "delistedInDays",
  case when page.is_warehouse then coalesce(lot.on_hand, 0) else stock.on_hand end::float8 as "onHand",
  case when page.is_warehouse then 1 else coalesce(availability.p_available, 1) end as "availability",
  coalesce(promised.quantity, 0)::float8 as "reserved",
  orders_without_lines.orders as "ordersWithoutLines",
  coalesce(on_order.quantity, 0)::float8 as "onOrder",
  coalesce(on_order.draft_quantity, 0)::float8 as "drafted",
  arriving.arrivals,
  transfer.told as "transfers",
  case when page.shelf_life_days is not null then lot.lots end as "lots",
  coalesce(paid.unit_price, listed.price)::float8 as "price",
  policy.method,
  policy.service_measure as "serviceMeasure",
  policy.service_target::float8 as "serviceTarget",
  policy.review_days as "reviewDays",
  policy.holding_rate_per_year::float8 as "holdingRatePerYear",
  policy.stock_out_cost_ratio::float8 as "stockOutCostRatio",
  policy.waste_cost_ratio::float8 as "wasteCostRatio",
  policy.ordering_cost::float8 as "orderingCost",
  policy.maximum_cover_days as "maximumCoverDays",
  ahead.means,
  ahead.variances,
  coalesce(ahead.series, 0)::integer as "forecastSeries",
  model.models,
  rest.mean as "usualMean",
  rest.variance as "usualVariance",
  rest.week as "usualWeek",
  usual_source.sources as "usualSources",
  overridden.overrides,
  coalesce(rest.unknown_series, 0)::integer as "unknownSeries",
  (
    select string_agg(of_product_id, ', ' order by of_product_id)
    from wanted
    where wanted.product_id = page.product_id and of_product_id <> page.product_id
  ) as "substitutesFor"
from page
join ref.replenishment_policy as policy on policy.location_id = $1 and policy.product_id = page.product_id
left join ref.products on products.product_id = page.product_id
left join state.stock on not page.is_warehouse and stock.store_id = $1 and stock.product_id = page.product_id
left join state.availability
  on not page.is_warehouse and availability.store_id = $1 and availability.product_id = page.product_id
left join lot on page.is_warehouse and lot.product_id = page.product_id
left join promised on promised.product_id = page.product_id
left join on_order on on_order.product_id = page.product_id
left join arriving on arriving.product_id = page.product_id
left join transfer on transfer.product_id = page.product_id
left join paid on paid.product_id = page.product_id
left join lateral (
  select price from state.price
  where paid.unit_price is null and price.product_id = page.product_id
    and price.store_id = (select min(store_id) from series where series.product_id = page.product_id)
    and reason in ('regular', 'correction')
  order by valid_from desc, event_id desc limit 1
) as listed on true
left join ahead on ahead.product_id = page.product_id
left join rest on rest.product_id = page.product_id
left join model on model.product_id = page.product_id
left join usual_source on usual_source.product_id = page.product_id
left join overridden on overridden.product_id = page.product_id
cross join orders_without_lines
order by page.product_id
