-- Replaces the prices that began on a day, and mends where the prices around them end. What a price's end is follows from
-- the starts alone, so that days may be built in any order and again. {date}: the day; {staging}: its prices.
create temp table touched on commit drop as
with gone as (
  delete from analytics.dim_price where change_date = {date} returning store_id, product_id
),
-- The same instant may have been published on another day, under another offset: the instant has one price.
begun as (
  select store_id, product_id from {staging} as staged
)
select store_id, product_id from gone union select store_id, product_id from begun;

insert into analytics.dim_price as known (
  store_id, product_id, valid_from, valid_to, is_current, price, reason, promotion_id, is_synthetic, change_date
)
select
  store_id, product_id, valid_from, timestamptz '9999-12-31 00:00:00+00', true, price, reason, promotion_id, is_synthetic, {date}
from {staging} as staged
on conflict (store_id, product_id, valid_from) do update set
  price = excluded.price, reason = excluded.reason, promotion_id = excluded.promotion_id,
  is_synthetic = excluded.is_synthetic, change_date = excluded.change_date, updated_at = now();

update analytics.dim_price as price set
  valid_to = ends.valid_to, is_current = ends.valid_to = timestamptz '9999-12-31 00:00:00+00', updated_at = now()
from (
  select
    store_id, product_id, valid_from,
    coalesce(
      lead(valid_from) over (partition by store_id, product_id order by valid_from),
      timestamptz '9999-12-31 00:00:00+00'
    ) as valid_to
  from analytics.dim_price
  join touched using (store_id, product_id)
) as ends
where price.store_id = ends.store_id and price.product_id = ends.product_id and price.valid_from = ends.valid_from
  and price.valid_to <> ends.valid_to;

drop table touched;
