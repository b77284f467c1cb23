-- Writes down what of a location can't be planned, whatever its figures are. $1 day of the review, $2 location,
-- $3 supplier or null for all, $4 limit, $5 now.
with offer as materialized (
  select distinct on (product_id, supplier_id) *
  from ref.supply_terms
  where (location_id is null or location_id = $2) and ($3::text is null or supplier_id = $3)
  order by product_id, supplier_id, location_id nulls last
),
item as materialized (
  select product_id from ref.location_product where location_id = $2
),
chosen as materialized (
  select product_id from ref.supply_choices($2, $1)
),
found as (
  select
    '' as supplier_id, '' as product_id, 'unknown_location' as reason,
    'no store and no warehouse "' || $2 || '" is known: shelf_profiles name warehouses, store_catalog names stores' as detail
  where not exists (select from item)
    and not exists (select from ref.stores where store_id = $2)
  union all
  select distinct
    supplier_id, '', 'unknown_supplier',
    'there are terms of supplier "' || supplier_id || '", but supplier_catalog does not contain it'
  from offer
  where not exists (select from ref.suppliers where suppliers.supplier_id = offer.supplier_id)
  union all
  select supplier_id, product_id, 'refilled_by_warehouse',
    'the shelf of "' || product_id || '" in ' || $2 || ' is refilled by a warehouse: give the terms to that one'
  from offer
  where location_id = $2 and product_id not in (select product_id from item)
    and exists (select from ref.shelves where store_id = $2 and shelves.product_id = offer.product_id)
  union all
  select distinct on (product_id) supplier_id, product_id, 'delisted',
    'delisted since ' || delisted_on || coalesce('; its demand goes to "' || substitute_product_id || '"', '')
  from offer
  where delisted_on <= $1 and product_id in (select product_id from item) and product_id not in (select product_id from chosen)
  union all
  select '', product_id, 'no_terms', 'no supplier has terms for "' || product_id || '" here: supply_terms defines them'
  from item
  where $3::text is null and product_id not in (select product_id from offer)
)
insert into ops.replenishment_skip (review_date, location_id, supplier_id, product_id, reason, detail, skipped_at)
select $1, $2, supplier_id, product_id, reason, detail, $5
from found
order by reason = 'no_terms', supplier_id, product_id
limit $4
on conflict (review_date, location_id, supplier_id, product_id) do nothing
