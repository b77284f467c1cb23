-- Takes in product records: every version that differs from the one before it, and the newest record per product.
-- $1: a JSON array of validated product_catalog records. Records may come in any order and more than once.
with record as materialized (
  select distinct on (product_id, recorded_at)
    product_id, event_at::timestamptz as recorded_at, name, category, sub_category, department, brand, package_size
  from rows from (json_to_recordset($1::json) as (
    product_id text, event_at text, name text, category text, sub_category text, department text, brand text, package_size text
  )) with ordinality
  order by product_id, recorded_at, ordinality desc
),
told as (
  select
    record.*,
    coalesce(
      lag(row(name, category, sub_category, department, brand, package_size)) over (partition by product_id order by recorded_at),
      (
        select row(known.name, known.category, known.sub_category, known.department, known.brand, known.package_size)
        from ref.product_versions as known
        where known.product_id = record.product_id and known.valid_from < record.recorded_at
        order by known.valid_from desc limit 1
      )
    ) as before
  from record
),
version as (
  insert into ref.product_versions as version (product_id, valid_from, name, category, sub_category, department, brand, package_size)
  select product_id, recorded_at, name, category, sub_category, department, brand, package_size
  from told
  where before is null or row(name, category, sub_category, department, brand, package_size) is distinct from before
  order by product_id, recorded_at
  on conflict (product_id, valid_from) do update set
    name = excluded.name, category = excluded.category, sub_category = excluded.sub_category, department = excluded.department,
    brand = excluded.brand, package_size = excluded.package_size
  where row(version.name, version.category, version.sub_category, version.department, version.brand, version.package_size)
    is distinct from row(excluded.name, excluded.category, excluded.sub_category, excluded.department, excluded.brand, excluded.package_size)
  returning product_id, valid_from
),
newest as (
  insert into ref.products as product
    (product_id, name, category, sub_category, department, brand, package_size, recorded_at)
  select distinct on (product_id) product_id, name, category, sub_category, department, brand, package_size, recorded_at
  from record order by product_id, recorded_at desc
  on conflict (product_id) do update set
    name = excluded.name, category = excluded.category, sub_category = excluded.sub_category, department = excluded.department, brand = excluded.brand,
    package_size = excluded.package_size, recorded_at = excluded.recorded_at, updated_at = excluded.updated_at
  where product.recorded_at <= excluded.recorded_at
    and row(product.name, product.category, product.sub_category, product.department, product.brand, product.package_size, product.recorded_at)
      is distinct from
      row(excluded.name, excluded.category, excluded.sub_category, excluded.department, excluded.brand, excluded.package_size, excluded.recorded_at)
  returning product_id, recorded_at
)
select count(*) as new
from (select product_id, valid_from from version union select product_id, recorded_at from newest) as changed
