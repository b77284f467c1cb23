-- A day's sales by store and product, split by when they were known. {sales}: the day's cleansed lines; {keep}: the
-- shard's condition; {zone}: the zone in which schedules are read; {morning_hours}: from the start of a day to the run of
-- the day after that makes its features.
--
-- known_for is the first day whose features may use the row: the day itself when the row came by the next morning, later
-- when it was late. A day of which nothing was known by then is history that was loaded afterwards: nothing shows when its
-- rows would have been known, so that all of it counts from the start.
create or replace temp table features as
with lines as (
  select *, timezone({zone}, known_at) as known_locally
  from {sales}
),

first_known as (
  select min(known_locally) as first_known_locally from lines
),

known as (
  select
    lines.*,
    case
      when first_known_locally > date + to_hours({morning_hours}) then date
      else greatest(date, (known_locally - to_hours({morning_hours}) + interval '1 day' - interval '1 microsecond')::date)
    end as known_for,
    known_at::date as known_on
  from lines
  cross join first_known
)

select
  store_id,
  product_id,
  known_for,
  known_on,
  coalesce(sum(quantity) filter (where quantity > 0), 0)::decimal(24, 6) as units,
  coalesce(-sum(quantity) filter (where quantity < 0), 0)::decimal(24, 6) as returned_units,
  coalesce(sum(net_amount) filter (where quantity > 0), 0)::decimal(24, 6) as net_amount,
  coalesce(sum(discount_amount) filter (where quantity > 0), 0)::decimal(24, 6) as discount_amount,
  coalesce(sum(quantity) filter (where quantity > 0 and is_promoted), 0)::decimal(24, 6) as promoted_units,
  count(*) filter (where quantity > 0) as lines,
  date
from known
where {keep}
group by store_id, product_id, known_for, known_on, date
