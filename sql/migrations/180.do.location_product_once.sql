-- A location can refill some shelves and also report a stock of its own, e.g. through an inventory update that names the
-- warehouse as its store. Per product it is one location: a warehouse where it refills a shelf or has terms as a warehouse.
create or replace view ref.location_product as
select location_id, product_id, bool_or(is_warehouse) as is_warehouse
from (
  select warehouse_id as location_id, product_id, true as is_warehouse
  from ref.shelves
  union all
  select location_id, product_id, true
  from ref.supply_terms as terms
  where exists (select from ref.shelves where shelves.warehouse_id = terms.location_id)
  union all
  select store_id, product_id, false
  from state.stock
  where not exists (
    select from ref.shelves where shelves.store_id = stock.store_id and shelves.product_id = stock.product_id
  )
  union all
  select location_id, product_id, false
  from ref.supply_terms as terms
  where exists (select from ref.stores where stores.store_id = terms.location_id)
    and not exists (
      select from ref.shelves where shelves.store_id = terms.location_id and shelves.product_id = terms.product_id
    )
) as place
group by location_id, product_id;
comment on view ref.location_product is
  'Where each product can be ordered to: the warehouses that refill its shelves, and the stores in which no warehouse does. One row per location and product.';
comment on column ref.location_product.is_warehouse is
  'Whether the location is a warehouse of the product, which takes precedence; else it is a store.';
