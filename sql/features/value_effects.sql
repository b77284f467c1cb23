-- What sold on days with a value of a covariate, and what the weeks before would have let expect, added up over time: of a series, of a
-- category and of all. {column}: the covariate in the table `covariate`; {usual}: its most frequent value, which has no effect of its
-- own; {name}: of the tables; {products}: product_id, category. Needs the tables of history.sql.
create or replace temp table {name}_own as
with day as (
  select
    *,
    lag(before_level) over (partition by store_id, product_id order by date)::double as expected
  from history_day
)

select
  store_id,
  product_id,
  coalesce(category, '') as category,
  {column} as value,
  date,
  sum(units::double) over past_of_series as units,
  sum(expected) over past_of_series as expected,
  units::double as day_units,
  expected as day_expected
from day
join covariate using (store_id, product_id, date)
left join {products} as product using (product_id)
where {column} <> {usual} and expected is not null
window past_of_series as (partition by store_id, product_id, {column} order by date);

-- Summed as whole numbers, so that the order in which rows are added makes no difference.
create or replace temp table {name}_category as
select
  category,
  value,
  date,
  sum(units) over past_of_category::double / 1000000 as units,
  sum(expected) over past_of_category::double / 1000000 as expected
from (
  select
    category,
    value,
    date,
    sum(round(day_units * 1000000)::hugeint) as units,
    sum(round(day_expected * 1000000)::hugeint) as expected
  from {name}_own
  group by category, value, date
)
window past_of_category as (partition by category, value order by date);

create or replace temp table {name}_all as
select
  value,
  date,
  sum(units) over past_of_all::double / 1000000 as units,
  sum(expected) over past_of_all::double / 1000000 as expected
from (
  select
    value,
    date,
    sum(round(day_units * 1000000)::hugeint) as units,
    sum(round(day_expected * 1000000)::hugeint) as expected
  from {name}_own
  group by value, date
)
window past_of_all as (partition by value order by date)
