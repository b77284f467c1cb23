-- Who is asked for what, and what one location could have from another.

create function ref.supply_choices(location text, ordered_on date)
returns table (
  is_warehouse boolean,
  product_id text,
  supplier_id text,
  unit_cost numeric,
  pack_size numeric,
  pallet_size numeric,
  minimum_quantity numeric,
  maximum_quantity numeric,
  capacity numeric,
  shelf_life_days integer,
  delisted_on date
)
language sql stable parallel safe
begin atomic
  select distinct on (offer.product_id)
    item.is_warehouse, offer.product_id, offer.supplier_id, offer.unit_cost, offer.pack_size, offer.pallet_size,
    offer.minimum_quantity, offer.maximum_quantity, offer.capacity, offer.shelf_life_days,
    offer.delisted_on
  from (
    -- Terms for the location count before those for everywhere.
    select distinct on (terms.product_id, terms.supplier_id) terms.*
    from ref.supply_terms as terms
    where terms.location_id is null or terms.location_id = supply_choices.location
    order by terms.product_id, terms.supplier_id, terms.location_id nulls last
  ) as offer
  join ref.location_product as item
    on item.location_id = supply_choices.location and item.product_id = offer.product_id
  join ref.suppliers on suppliers.supplier_id = offer.supplier_id
  where offer.delisted_on is null or offer.delisted_on > supply_choices.ordered_on
  order by offer.product_id, offer.preference, offer.unit_cost, offer.supplier_id;
end;
comment on function ref.supply_choices is
  'For each product of a location the supplier that is asked first, and his terms; products that nobody delivers any more are not among them.';
