-- The features of every active series for some origins: what its own days show (models/forecasting/demand-features.ts makes series_row
-- and peer_row from known_series), beside what its store, its peers, the products, the doors and the live state show.
-- Training and inference read what this statement gives; there is no other.
--
-- {origins}: origin_date, origin_no, day; {traffic}: store_id, date, known_for, entries; {products}: product_id, category,
-- department; {live}: rows of features/live_state.
--
-- A mean over category, department or product leaves the series itself out. What can't be computed is null.
with origin as (from {origins}),

store_age as (
  select origin_no, store_id, origin.day - known_day.day as age, units, isodow(origin_date - (origin.day - known_day.day)) as weekday
  from known_day
  join origin on known_day.day between origin.day - 89 and origin.day
),

store as (
  select
    origin_no,
    store_id,
    sum(units) filter (age < 7) / nullif(count(*) filter (age < 7), 0) as store_mean_7,
    sum(units) filter (age < 28) / nullif(count(*) filter (age < 28), 0) as store_mean_28,
    {weekdays_of_store}
  from store_age
  group by origin_no, store_id
),

peer as (
  select origin_no, series_no, store_id, product_id, category, department, coalesce(nullif(mean_28, 'nan'::float), 0)::double as mean
  from peer_row
  join known_series using (series_no)
  left join {products} as product using (product_id)
),

-- Summed as whole numbers, for the same reason as the sales.
peer_mean as (
  select
    origin_no,
    series_no,
    category,
    department,
    {peer_means}
  from (select * replace (round(mean * 1000000)::hugeint as mean) from peer)
),

traffic as (
  select
    origin_no,
    store_id,
    sum(entries) filter (origin_date - date < 7) / 7.0 as traffic_mean_7,
    sum(entries) / 28.0 as traffic_mean_28
  from {traffic}
  join origin on date between origin_date - 27 and origin_date and known_for <= origin_date
  group by origin_no, store_id
),

revenue as (
  select
    origin_no,
    series_no,
    greatest(revenue_90, 0) / nullif(sum(greatest(revenue_90, 0)) over store, 0) as revenue_share,
    coalesce(sum(revenue_90) over (store order by revenue_90 desc, series_no rows between unbounded preceding and 1 preceding), 0)
      / nullif(sum(greatest(revenue_90, 0)) over store, 0) as revenue_share_before
  from (select origin_no, series_no, store_no, round(revenue_90 * 100)::hugeint as revenue_90 from series_row join known_series using (series_no))
  window store as (partition by origin_no, store_no)
)

select
  store_id,
  product_id,
  category,
  department,
  {recent} as recent,
  case
    when interval_mean < 1.32 then case when size_variation < 0.49 then 'smooth' else 'erratic' end
    when size_variation < 0.49 then 'intermittent'
    else 'lumpy'
  end as demand_class,
  case when revenue_share_before < 0.8 then 'A' when revenue_share_before < 0.95 then 'B' else 'C' end as abc_class,
  case when weekly_variation <= 0.5 then 'X' when weekly_variation <= 1 then 'Y' else 'Z' end as xyz_class,
  {outputs},
  origin_date as date
from series_row
join known_series using (series_no)
join origin using (origin_no)
join store using (origin_no, store_id)
join peer_mean using (origin_no, series_no)
join revenue using (origin_no, series_no)
left join traffic using (origin_no, store_id)
left join (select * rename (date as origin_date) from {live}) as live using (store_id, product_id, origin_date)
