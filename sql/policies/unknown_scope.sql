-- The parts of a scope that do not exist. $1 store, $2 warehouse, $3 category, $4 product,
-- $5 location (a warehouse or a store): null where there is none.
select named.kind, named.name
from (values ('store', $1), ('warehouse', $2), ('category', $3), ('product', $4), ('location', $5)) as named (kind, name)
where named.name is not null and not case named.kind
  when 'store' then exists (select from ref.stores where store_id = named.name)
  when 'warehouse' then exists (select from ref.shelves where warehouse_id = named.name)
    or exists (select from state.warehouse where warehouse_id = named.name)
  when 'location' then exists (select from ref.location_product where location_id = named.name)
    or exists (select from ref.stores where store_id = named.name)
  when 'category' then exists (select from ref.products where category = named.name)
  else exists (select from ref.products where product_id = named.name)
end
