-- Brings dim_product to what the catalogue contains: every version in ref.product_versions, and an inferred member for each
-- staged product that no catalogue knows; then the preferred terms of today beside each version. {scope}: the products that are looked at; {staging}: the day's products.
-- The versions that end are written before those that begin, because a product has one current version at any moment.
create temp table desired on commit drop as
with version as (
  select
    product_id, name, category, sub_category, department, brand, package_size,
    case
      when row_number() over by_time = 1 then timestamptz '1900-01-01 00:00:00+00'
      else date_trunc('second', valid_from)
    end as valid_from,
    coalesce(date_trunc('second', lead(valid_from) over by_time), timestamptz '9999-12-31 00:00:00+00') as valid_to,
    false as is_unknown
  from ref.product_versions
  where {scope}
  window by_time as (partition by product_id order by valid_from)
),
inferred as (
  select
    member_id as product_id, 'Unknown product ' || member_id as name, null::text as category, null::text as sub_category, null::text as department,
    null::text as brand, null::text as package_size, timestamptz '1900-01-01 00:00:00+00' as valid_from,
    timestamptz '9999-12-31 00:00:00+00' as valid_to, true as is_unknown
  from {staging}
  where not exists (select from ref.product_versions as known where known.product_id = member_id)
)
-- Two versions within a second, or before 1900, are one: the later.
select * from version where valid_from < valid_to
union all
select * from inferred;

update analytics.dim_product as product set
  name = desired.name, category = desired.category, sub_category = desired.sub_category, department = desired.department, brand = desired.brand,
  package_size = desired.package_size, valid_to = desired.valid_to,
  is_current = desired.valid_to = timestamptz '9999-12-31 00:00:00+00', is_unknown = desired.is_unknown, updated_at = now()
from desired
where product.product_id = desired.product_id and product.valid_from = desired.valid_from
  and row(product.name, product.category, product.sub_category, product.department, product.brand, product.package_size, product.valid_to, product.is_unknown)
    is distinct from
    row(desired.name, desired.category, desired.sub_category, desired.department, desired.brand, desired.package_size, desired.valid_to, desired.is_unknown);

insert into analytics.dim_product (
  product_key, product_id, name, category, sub_category, department, brand, package_size, valid_from, valid_to, is_current, is_unknown
)
select
  analytics.dimension_key(product_id, valid_from), product_id, name, category, sub_category, department, brand, package_size,
  valid_from, valid_to, valid_to = timestamptz '9999-12-31 00:00:00+00', is_unknown
from desired
where not exists (
  select from analytics.dim_product as product
  where product.product_id = desired.product_id and product.valid_from = desired.valid_from
);

drop table desired;

select ops.merge_suppliers('{}');

update analytics.dim_product as product set
  supplier_key = terms.supplier_key, unit_cost = terms.unit_cost, cost_currency = terms.currency, pack_size = terms.pack_size,
  shelf_life_days = terms.shelf_life_days, updated_at = now()
from analytics.dim_product as known
left join (
  -- Those for every location before those for one; among these as a location chooses.
  select distinct on (product_id)
    product_id, dim_supplier.supplier_key, unit_cost, dim_supplier.currency, pack_size, shelf_life_days
  from ref.supply_terms
  join analytics.dim_supplier using (supplier_id)
  order by
    product_id, coalesce(delisted_on <= (ops.now() at time zone 'UTC')::date, false), location_id is not null, preference, unit_cost,
    supplier_id
) as terms using (product_id)
where product.product_key = known.product_key
  and row(product.supplier_key, product.unit_cost, product.cost_currency, product.pack_size, product.shelf_life_days)
    is distinct from
    row(terms.supplier_key, terms.unit_cost::numeric(18, 6), terms.currency, terms.pack_size::numeric(18, 6), terms.shelf_life_days);
