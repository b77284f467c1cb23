-- Which locations may have too much of what another would order: products with a lane to it whose stock outlasts the next
-- delivery, by what they usually sell. Goods come from the few locations that could give most products; those that last
-- longest first. A product of which a transfer to the location was refused or expired lately is bought instead. $1 the location that
-- takes, $2 day of the review, $3 now, $4 locations that give at most, $5 pairs at most, $6 days for which such a product is
-- left alone.
with lane as materialized (
  select distinct on (place.location_id)
    place.location_id, lane.cost_per_transfer, lane.cost_per_unit, lane.lead_time_days
  from (select distinct location_id from ref.location_product where location_id <> $1) as place
  join ref.transfer_lane as lane
    on (lane.from_location_id is null or lane.from_location_id = place.location_id)
      and (lane.to_location_id is null or lane.to_location_id = $1)
  order by place.location_id, num_nonnulls(lane.from_location_id, lane.to_location_id) desc, lane.from_location_id nulls last
),
wanted as materialized (
  select product_id from ref.supply_choices($1, $2)
  where exists (select from lane)
  except
  select product_id from ops.transfer_proposal
  where to_location_id = $1 and state in ('denied', 'expired') and closed_at > $3::timestamptz - make_interval(days => $6)
),
usual as materialized (
  select coalesce(shelves.warehouse_id, rate.store_id) as location_id, product_id, sum(units_per_day) as units_per_day
  from state.sales_rate as rate
  left join ref.shelves using (store_id, product_id)
  where product_id in (select product_id from wanted)
  group by 1, 2
),
delivery as materialized (
  select product_id, min(lead_time_days) as days
  from ref.supply_terms join ref.suppliers using (supplier_id)
  where product_id in (select product_id from wanted)
  group by product_id
),
held as materialized (
  select warehouse_id as location_id, product_id, on_hand from state.warehouse
  union all
  select store_id, product_id, on_hand from state.stock
  where not exists (
    select from ref.shelves where shelves.store_id = stock.store_id and shelves.product_id = stock.product_id
  )
),
pair as materialized (
  select lane.*, product_id, on_hand / nullif(units_per_day, 0) as days
  from lane
  join held using (location_id)
  join wanted using (product_id)
  join delivery using (product_id)
  left join usual using (location_id, product_id)
  where on_hand > coalesce(units_per_day, 0) * (delivery.days + 1)
),
giver as (
  select location_id from pair group by location_id order by count(*) desc, location_id limit $4
)
select
  location_id as "locationId",
  product_id as "productId",
  cost_per_transfer::float8 as "costPerTransfer",
  cost_per_unit::float8 as "costPerUnit",
  lead_time_days as "days"
from pair
where location_id in (select location_id from giver)
order by days desc nulls first, product_id, location_id
limit $5
