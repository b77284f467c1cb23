-- Brings dim_product to what the catalogue contains: every version in ref.product_versions, and an inferred member for each
-- staged product that no catalogue knows. {scope}: the products that are looked at; {staging}: the day's products.
-- The versions that end are written before those that begin, because a product has one current version at any moment.
create temp table desired on commit drop as
with version as (
  select
    product_id, name, category, department, brand, package_size,
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
    member_id as product_id, 'Unknown product ' || member_id as name, null::text as category, null::text as department,
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
  name = desired.name, category = desired.category, department = desired.department, brand = desired.brand,
  package_size = desired.package_size, valid_to = desired.valid_to,
  is_current = desired.valid_to = timestamptz '9999-12-31 00:00:00+00', is_unknown = desired.is_unknown, updated_at = now()
from desired
where product.product_id = desired.product_id and product.valid_from = desired.valid_from
  and row(product.name, product.category, product.department, product.brand, product.package_size, product.valid_to, product.is_unknown)
    is distinct from
    row(desired.name, desired.category, desired.department, desired.brand, desired.package_size, desired.valid_to, desired.is_unknown);

insert into analytics.dim_product (
  product_key, product_id, name, category, department, brand, package_size, valid_from, valid_to, is_current, is_unknown
)
select
  analytics.dimension_key(product_id, valid_from), product_id, name, category, department, brand, package_size,
  valid_from, valid_to, valid_to = timestamptz '9999-12-31 00:00:00+00', is_unknown
from desired
where not exists (
  select from analytics.dim_product as product
  where product.product_id = desired.product_id and product.valid_from = desired.valid_from
);

drop table desired;
