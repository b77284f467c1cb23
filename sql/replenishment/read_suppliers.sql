-- The suppliers that a location orders from, with their calendar now. $1 location, $2 day of the review,
-- $3 supplier or null for all, $4 now.
with chosen as materialized (
  select distinct choice.supplier_id from ref.supply_choices($1, $2) as choice
)
select
  supplier_id as "supplierId",
  order_weekdays as "orderWeekdays",
  -- Only a plan of today can be too late for today's cut-off.
  $2::date = ($4::timestamptz at time zone suppliers.time_zone)::date
    and $4::timestamptz > ref.first_instant_of($2::date + cut_off, suppliers.time_zone) as "isPastCutOff",
  lead_time_days::float8 as "leadTimeDays",
  minimum_order_value::float8 as "minimumOrderValue",
  suppliers.currency,
  (
    select case when count(distinct stores.currency) = 1 then min(stores.currency) end
    from ref.stores
    where stores.store_id = $1
      or exists (select from ref.shelves where shelves.store_id = stores.store_id and shelves.warehouse_id = $1)
  ) as "locationCurrency",
  (
    select coalesce(location.budget_per_day, everything.budget_per_day, policy_default.budget_per_day)::float8
    from ref.policy_default
    left join ref.policy_now as location
      on location.kind = 'replenishment' and location.place_id = $1 and num_nonnulls(location.category, location.product_id) = 0
    left join ref.policy_now as everything
      on everything.kind = 'replenishment'
      and num_nonnulls(everything.place_id, everything.category, everything.product_id) = 0
  ) as "budgetPerDay"
from ref.suppliers
where supplier_id in (select supplier_id from chosen)
  and ($3::text is null or supplier_id = $3)
order by supplier_id
