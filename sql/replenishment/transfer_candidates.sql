-- Which locations may have too much of what another would order: products with a lane to it whose stock outlasts the giver's
-- own next delivery, by what it usually sells; those that last longest first. A product of which a transfer to the location
-- was given up lately is bought instead. $1 the location that takes, $2 day of the review, $3 now, $4 givers of a product at
-- most, $5 pairs at most, $6 days for which what was given up is left alone.
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
  where to_location_id = $1 and state in ('refused', 'expired') and closed_at > $3::timestamptz - make_interval(days => $6)
),
giver as (
  select
    lane.*,
    item.product_id,
    coalesce(warehouse.on_hand, stock.on_hand) as on_hand,
    (
      select sum(units_per_day) from state.sales_rate as rate
      where rate.product_id = item.product_id and (
        rate.store_id = item.location_id
        or exists (
          select from ref.shelves
          where shelves.store_id = rate.store_id and shelves.product_id = rate.product_id
            and shelves.warehouse_id = item.location_id
        )
      )
    ) as units_per_day,
    (
      select min(lead_time_days)
      from ref.supply_terms as terms join ref.suppliers using (supplier_id)
      where terms.product_id = item.product_id and (terms.location_id is null or terms.location_id = item.location_id)
    ) as supplier_days
  from lane
  join ref.location_product as item using (location_id)
  join wanted using (product_id)
  left join state.warehouse
    on item.is_warehouse and warehouse.warehouse_id = item.location_id and warehouse.product_id = item.product_id
  left join state.stock on not item.is_warehouse and stock.store_id = item.location_id and stock.product_id = item.product_id
),
ranked as (
  select
    *,
    on_hand / nullif(units_per_day, 0) as days,
    row_number() over (
      partition by product_id order by on_hand / nullif(units_per_day, 0) desc nulls first, location_id
    ) as place
  from giver
  where on_hand > coalesce(units_per_day, 0) * (supplier_days + 1)
)
select
  location_id as "locationId",
  product_id as "productId",
  cost_per_transfer::float8 as "costPerTransfer",
  cost_per_unit::float8 as "costPerUnit",
  lead_time_days as "days"
from ranked
where place <= $4
order by days desc nulls first, product_id, location_id
limit $5
