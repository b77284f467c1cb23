-- The data set's hierarchy is numbers without names.
create temp table product_rows as
select
  product_id::varchar as product_id,
  'Product ' || product_id as name,
  'Category ' || min(third_category_id) as category,
  null::varchar as sub_category,
  'Department ' || min(management_group_id) as department,
  null::varchar as brand,
  null::varchar as package_size
from read_parquet(getvariable('path'))
group by product_id;

create temp table store_rows as
select
  store_id::varchar as store_id,
  'Store ' || store_id as name,
  'City ' || min(city_id) as region,
  'City ' || min(city_id) as city,
  null::varchar as store_type
from read_parquet(getvariable('path'))
group by store_id;
