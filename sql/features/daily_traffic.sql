-- People who came in by store and day, split by when it was known, by the same rule as sales. {traffic}: counts at the
-- doors; {zone} and {morning_hours} as in daily_sales.sql.
create or replace temp view traffic_day as
select
  store_id,
  date,
  case
    when min(known_locally) over (partition by date) > date + to_hours({morning_hours}) then date
    else greatest(date, (known_locally - to_hours({morning_hours}) + interval '1 day' - interval '1 microsecond')::date)
  end as known_for,
  entries
from (select *, timezone({zone}, known_at) as known_locally from {traffic})
