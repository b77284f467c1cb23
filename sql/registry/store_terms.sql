-- What master data has for each product in each store: what a unit costs, how long it keeps, how soon goods come, what the
-- shelf holds and below which part of that it is restocked. A store's own terms go before those for all, the preferred
-- supplier before the others. {keys}: store_id, product_id; {postgres}: the attached database.
create or replace temp table store_terms as
with keys as (
  select distinct store_id, product_id from {keys}
),

terms as (
  select
    keys.store_id,
    keys.product_id,
    arg_min(unit_cost, (location_id is null, preference, terms_id))::double as unit_cost,
    arg_min(shelf_life_days, (location_id is null, preference, terms_id)) as shelf_life_days,
    arg_min(supplier.lead_time_days, (location_id is null, preference, terms_id))::double as lead_time_days
  from keys
  join {postgres}.ref.supply_terms as terms
    on terms.product_id = keys.product_id and (terms.location_id is null or terms.location_id = keys.store_id)
  join {postgres}.ref.suppliers as supplier using (supplier_id)
  group by all
)

select
  keys.store_id,
  keys.product_id,
  unit_cost,
  shelf_life_days,
  lead_time_days,
  shelf.capacity::double as capacity,
  shelf.warehouse_id is not null as has_warehouse
from keys
left join terms using (store_id, product_id)
left join {postgres}.ref.shelves as shelf using (store_id, product_id)
