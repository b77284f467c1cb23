-- By what policy and on what terms each series of a trial would be ordered, in its order: its own where any are known, else what
-- holds by default. $1 stores, $2 products, one by one
select
  coalesce(policy.method, policy_default.method) as "method",
  coalesce(policy.service_measure, policy_default.service_measure) as "serviceMeasure",
  coalesce(policy.service_target, policy_default.service_target)::float8 as "serviceTarget",
  coalesce(policy.review_days, policy_default.review_days) as "reviewDays",
  coalesce(policy.holding_rate_per_year, policy_default.holding_rate_per_year)::float8 as "holdingRatePerYear",
  coalesce(policy.stock_out_cost_ratio, policy_default.stock_out_cost_ratio)::float8 as "stockOutCostRatio",
  coalesce(policy.waste_cost_ratio, policy_default.waste_cost_ratio)::float8 as "wasteCostRatio",
  coalesce(policy.ordering_cost, policy_default.ordering_cost)::float8 as "orderingCost",
  coalesce(policy.maximum_cover_days, policy_default.maximum_cover_days) as "maximumCoverDays",
  coalesce(suppliers.lead_time_days, policy_default.lead_time_days)::float8 as "leadTimeDays",
  coalesce(suppliers.order_weekdays, '{1,2,3,4,5,6,7}') as "orderWeekdays",
  terms.unit_cost::float8 as "unitCost",
  coalesce(terms.pack_size, policy_default.pack_size)::float8 as "packSize",
  terms.pallet_size::float8 as "palletSize",
  coalesce(terms.minimum_quantity, 0)::float8 as "minimumQuantity",
  terms.maximum_quantity::float8 as "maximumQuantity",
  terms.shelf_life_days as "shelfLifeDays"
from unnest($1::text[], $2::text[]) with ordinality as item (store_id, product_id, n)
cross join ref.policy_default
left join ref.replenishment_policy as policy
  on policy.location_id = item.store_id and policy.product_id = item.product_id
left join lateral (
  select supplier_id, unit_cost, pack_size, pallet_size, minimum_quantity, maximum_quantity, shelf_life_days
  from ref.supply_terms
  where supply_terms.product_id = item.product_id
    and (supply_terms.location_id is null or supply_terms.location_id = item.store_id)
  order by supply_terms.location_id nulls last, preference
  limit 1
) as terms on true
left join ref.suppliers using (supplier_id)
order by n
