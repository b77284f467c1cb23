-- A file's days as rows of features/daily_sales, all known in time. The grid: store_id, product_id, date of days that had no
-- row and on which the store was open all the same.
create or replace temp table file_daily as
select
  store_id,
  product_id,
  date as known_for,
  date as known_on,
  units::decimal(24, 6) as units,
  returned_units::decimal(24, 6) as returned_units,
  net_amount::decimal(24, 6) as net_amount,
  discount_amount::decimal(24, 6) as discount_amount,
  0 as promoted_units,
  lines,
  date
from file_day
where lines > 0
union all by name
select store_id, product_id, date as known_for, date as known_on, 0 as units, 0 as returned_units, 0 as net_amount,
  0 as discount_amount, 0 as promoted_units, 1 as lines, date
from {grid}
