-- The features of every active series, for one origin or many: what was known of a store × product when the day of the
-- origin was over and the next morning came. Training and inference read what this statement gives; there is no other.
--
-- {origins}: origin_date; {daily}: rows of features/daily_sales; {traffic}: store_id, date, known_for, entries;
-- {products}: product_id, category, department; {keep}: the shard's condition.
--
-- Age counts days back from the origin, which is 0. A mean is over the days on which the store sold anything, from the
-- first sale of the series in the window on: a closed day is not a day without demand. What can't be computed is null.
create or replace temp table features as
with sale as (
  select
    origin_date,
    (origin_date - date)::integer as age,
    store_id,
    product_id,
    sum(units)::double as units,
    sum(returned_units)::double as returned_units,
    sum(net_amount)::double as net_amount,
    sum(discount_amount)::double as discount_amount,
    sum(promoted_units)::double as promoted_units,
    sum(lines) as lines
  from {daily}
  join {origins} on date between origin_date - 89 and origin_date and known_for <= origin_date
  group by all
),

-- How many of the last 1 … 90 days a store was open, as a list by the number of days.
store_day as (
  select origin_date, store_id, age, sum(units) as units from sale where lines > 0 group by all
),

store_grid as (
  select origin_date, store_id, age, coalesce(units, 0) as units, units is not null as is_open
  from (select distinct origin_date, store_id from store_day)
  cross join (select unnest(range(90))::integer as age)
  left join store_day using (origin_date, store_id, age)
),

store_open as (
  select
    *,
    count(*) filter (where is_open) over (partition by origin_date, store_id order by age) as open_days
  from store_grid
),

store as (
  select
    origin_date,
    store_id,
    list(open_days order by age) as open_days,
    sum(units) filter (where age < 7) / nullif(count(*) filter (where is_open and age < 7), 0) as store_mean_7,
    sum(units) filter (where age < 28) / nullif(count(*) filter (where is_open and age < 28), 0) as store_mean_28,
    {weekdays_of_store}
  from store_open
  group by origin_date, store_id
),

week as (
  select origin_date, store_id, product_id, sum(week_units) as units, sum(week_units * week_units) as squares
  from (
    select origin_date, store_id, product_id, age // 7 as week, sum(units) as week_units
    from sale
    where age < 84
    group by all
  )
  group by all
),

total as (
  select
    origin_date,
    store_id,
    product_id,
    max(age) filter (where units > 0) as first_age,
    min(age) filter (where units > 0) as last_age,
    {windows}
    {lags}
    {weekdays}
    {recent} as recent,
    sum(age * units) filter (where age < 28) as age_units_28,
    sum(units * units) filter (where units > 0) as demand_squares,
    sum(net_amount) as revenue_90,
    sum(net_amount) filter (where age < 28) / nullif(sum(units) filter (where age < 28), 0) as price_28,
    arg_min(net_amount / nullif(units, 0), age) filter (where units > 0) as price_last,
    arg_min(discount_amount / nullif(net_amount + discount_amount, 0), age) filter (where units > 0) as discount_last,
    sum(discount_amount) filter (where age < 28)
      / nullif(sum(net_amount + discount_amount) filter (where age < 28), 0) as discount_share_28,
    sum(promoted_units) filter (where age < 7) / nullif(sum(units) filter (where age < 7), 0) as promoted_share_7,
    sum(promoted_units) filter (where age < 28) / nullif(sum(units) filter (where age < 28), 0) as promoted_share_28,
    sum(returned_units) / nullif(sum(units), 0) as returned_share_90
  from sale
  group by origin_date, store_id, product_id
  having max(units) > 0
),

counted as (
  select
    total.*,
    category,
    department,
    {open_days}
  from total
  join store using (origin_date, store_id)
  left join {products} as product using (product_id)
),

shaped as (
  select
    *,
    {shapes}
    n_90 / days_90 as interval_mean,
    greatest(0, demand_squares / days_90 - power(s_90 / days_90, 2)) / power(s_90 / days_90, 2) as size_variation
  from counted
),

traffic as (
  select
    origin_date,
    store_id,
    sum(entries) filter (where origin_date - date < 7) / 7.0 as traffic_mean_7,
    sum(entries) / 28.0 as traffic_mean_28
  from {traffic}
  join {origins} on date between origin_date - 27 and origin_date and known_for <= origin_date
  group by origin_date, store_id
)

select
  store_id,
  product_id,
  category,
  department,
  recent,
  case
    when interval_mean < 1.32 then case when size_variation < 0.49 then 'smooth' else 'erratic' end
    when size_variation < 0.49 then 'intermittent'
    else 'lumpy'
  end as demand_class,
  case
    when revenue_before < 0.8 * store_revenue then 'A'
    when revenue_before < 0.95 * store_revenue then 'B'
    else 'C'
  end as abc_class,
  case when weekly_variation <= 0.5 then 'X' when weekly_variation <= 1 then 'Y' else 'Z' end as xyz_class,
  {outputs},
  origin_date as date
from (
  select
    shaped.*,
    store.* exclude (origin_date, store_id, open_days, store_mean_7, store_mean_28),
    store_mean_7,
    store_mean_28,
    traffic_mean_7,
    traffic_mean_28,
    sqrt(greatest(0, week.squares / least(12, (first_age + 7) // 7) - power(week.units / least(12, (first_age + 7) // 7), 2)))
      / nullif(week.units / least(12, (first_age + 7) // 7), 0) as weekly_variation,
    coalesce(sum(revenue_90) over (
      partition by origin_date, store_id order by revenue_90 desc, product_id
      rows between unbounded preceding and 1 preceding
    ), 0) as revenue_before,
    sum(greatest(revenue_90, 0)) over (partition by origin_date, store_id) as store_revenue,
    {peers}
  from shaped
  join store using (origin_date, store_id)
  left join week using (origin_date, store_id, product_id)
  left join traffic using (origin_date, store_id)
)
where {keep}
