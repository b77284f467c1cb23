-- A product is called what most of its lines call it; of two equally frequent names the alphabetically first.
create temp table product_rows as
with
names as (
  select stock_code, trim(description) as description, count(*) as lines
  from source_rows
  group by all
)
select
  stock_code as product_id,
  coalesce(
    arg_min(description, (-lines, description)) filter (where description <> ''),
    'Product ' || stock_code
  ) as name,
  null::varchar as category,
  null::varchar as sub_category,
  null::varchar as department,
  null::varchar as brand,
  null::varchar as package_size
from names
group by stock_code;

create temp table store_rows as
select distinct
  store_id,
  'Online shop, ' || country as name,
  case
    when country in ('United Kingdom', 'EIRE', 'Channel Islands') then 'British Isles'
    when country in (
      'Australia', 'Bahrain', 'Bermuda', 'Brazil', 'Canada', 'Hong Kong', 'Israel', 'Japan', 'Korea', 'Lebanon',
      'Nigeria', 'RSA', 'Saudi Arabia', 'Singapore', 'Thailand', 'USA', 'United Arab Emirates', 'West Indies',
      'Unspecified'
    ) then 'Rest of the World'
    else 'Europe'
  end as region,
  null::varchar as city,
  'online' as store_type
from source_rows;
