-- The sales that count for some origins between which nothing late became known: those that were known in time, and the
-- late ones that were known on the morning after the first origin, {first_origin}. {daily}: rows of features/daily_sales;
-- {from} and {to}: the days that the origins look back to. Sums are in millionths, whole
-- numbers in a double, so that adding them up in any order gives the same.
create or replace temp table known_sale as
select
  store_id,
  product_id,
  (date - {from})::integer as day,
  round(units::double * 1000000) as units,
  round(returned_units::double * 1000000) as returned_units,
  round(net_amount::double * 1000000) as net_amount,
  round(discount_amount::double * 1000000) as discount_amount,
  round(promoted_units::double * 1000000) as promoted_units,
  lines > 0 as is_open
from {daily}
where date between {from} and {to} and (known_for = date or known_for <= {first_origin});

-- Numbers for stores and for series, in one order only. {keep}: the shard's condition.
create or replace temp table known_store as
select store_id, (row_number() over (order by store_id) - 1)::integer as store_no
from known_sale
group by store_id;

create or replace temp table known_series as
select
  store_id,
  product_id,
  store_no,
  (row_number() over (order by store_id, product_id) - 1)::integer as series_no,
  {keep} as is_own
from (select store_id, product_id from known_sale where units > 0 group by all)
join known_store using (store_id);

create or replace temp table known_day as
select store_id, day, sum(units) / 1000000 as units
from known_sale
where is_open
group by all
