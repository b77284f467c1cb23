create temp table product_rows as
select
  product_id::varchar as product_id,
  concat_ws(' ', coalesce(product_type, product_category, department, 'PRODUCT ' || product_id), package_size) as name,
  product_category as category,
  product_type as sub_category,
  department,
  brand,
  package_size
from read_parquet(getvariable('path') || '/products.parquet');

-- The data set names no store and no region: both are generated.
create temp table store_rows as
select
  store_id,
  'Store ' || store_id as name,
  ['North', 'East', 'South', 'West', 'Centre', 'Lakes'][1 + seeded('region', store_id) % 6] as region,
  null::varchar as city,
  'supermarket' as store_type
from (select distinct store_id from mapped_rows);
