-- A page of the locations that anything can be ordered to. $1 location, $2 supplier: null for any; $3 after this location,
-- $4 limit.
with terms as materialized (
  select location_id, product_id from ref.supply_terms where $2::text is null or supplier_id = $2
)
select location_id as "locationId"
from (
  select location_id from ref.location_product
  where product_id in (select product_id from terms where location_id is null)
  union
  -- Unknown ones are among them, so that a run reports them.
  select location_id from terms where location_id is not null
) as location
where location_id > $3 and ($1::text is null or location_id = $1)
order by location_id
limit $4
