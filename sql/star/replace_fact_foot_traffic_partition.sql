-- {date}: the day; {staging}: its counts. The hour is the one on the store's clock, so that the day on which the clocks go
-- back counts its repeated hour in one row. A store's version that begins within the day holds for the whole of it.
insert into analytics.fact_foot_traffic (traffic_date, store_key, hour_of_day, entries, exits, is_synthetic)
select
  {date}, store.store_key, extract(hour from counted_at at time zone store.time_zone)::smallint,
  sum(staged.entries), sum(staged.exits), bool_or(staged.is_synthetic)
from {staging} as staged
join lateral (
  select store_key, time_zone from analytics.dim_store
  where dim_store.store_id = staged.store_id and valid_from < ({date} + 1)::timestamp at time zone 'UTC'
  order by valid_from desc limit 1
) as store on true
group by 1, 2, 3
