-- A page of a store's products with what they sold by day, the days on which they ran out, and on what terms and by which
-- policy they would be ordered. Days count from $2.
-- $1 store, $2 first day, $3 last day, $4 after this product, $5 limit, $6 days with a sale at least.
with line as materialized (
  select product_id, category, sale_date, sum(quantity) as units, sum(net_amount) as net
  from analytics.fact_sales as sale
  join analytics.dim_product using (product_key)
  where sale_date between $2 and $3
    and store_key = any (array(select store_key from analytics.dim_store where store_id = $1))
    and not is_return and quantity > 0
    and product_id > $4
  group by product_id, category, sale_date
),
page as materialized (
  select
    product_id,
    coalesce(max(category), '') as category,
    array_agg(sale_date - $2::date order by sale_date) as days,
    array_agg(units::float8 order by sale_date) as units,
    (sum(net) / sum(units))::float8 as price
  from line
  group by product_id
  having count(distinct sale_date) >= $6
  order by product_id
  limit $5
),
ran_out as materialized (
  select product_id, array_agg(inventory_date - $2::date) as days
  from analytics.fact_inventory as inventory
  join analytics.dim_product using (product_key)
  where inventory_date between $2 and $3
    and store_key = any (array(select store_key from analytics.dim_store where store_id = $1))
    and closing_quantity <= 0
    and product_id in (select product_id from page)
  group by product_id
),
policy as materialized (
  select * from ref.replenishment_policy where location_id = $1 and product_id in (select product_id from page)
)
select
  page.product_id as "productId",
  page.category,
  page.days,
  page.units,
  coalesce(ran_out.days, '{}') as "ranOut",
  page.price,
  terms.unit_cost::float8 as "unitCost",
  coalesce(terms.pack_size, 1)::float8 as "packSize",
  terms.minimum_quantity::float8 as "minimumQuantity",
  terms.maximum_quantity::float8 as "maximumQuantity",
  terms.shelf_life_days as "shelfLifeDays",
  ceil(terms.lead_time_days)::integer as "leadTimeDays",
  coalesce(policy.method, standard.method) as method,
  coalesce(policy.service_target, standard.service_target)::float8 as "serviceTarget",
  coalesce(policy.service_measure, standard.service_measure) as "serviceMeasure",
  coalesce(policy.review_days, standard.review_days) as "reviewDays",
  coalesce(policy.holding_rate_per_year, standard.holding_rate_per_year)::float8 as "holdingRatePerYear",
  coalesce(policy.stock_out_cost_ratio, standard.stock_out_cost_ratio)::float8 as "stockOutCostRatio",
  coalesce(policy.waste_cost_ratio, standard.waste_cost_ratio)::float8 as "wasteCostRatio",
  coalesce(policy.ordering_cost, standard.ordering_cost)::float8 as "orderingCost",
  coalesce(policy.maximum_cover_days, standard.maximum_cover_days) as "maximumCoverDays"
from page
cross join ref.policy_default as standard
left join ran_out using (product_id)
left join policy using (product_id)
left join lateral (
  select supply_terms.*, suppliers.lead_time_days
  from ref.supply_terms
  join ref.suppliers using (supplier_id)
  where supply_terms.product_id = page.product_id
    and (supply_terms.location_id is null or supply_terms.location_id = $1)
  order by preference, location_id nulls last
  limit 1
) as terms on true
order by page.product_id
