-- Prices by store, product and the day from which they hold, planned ones too. {postgres}: the attached database. Of the changes of a day
-- the last counts. A price is known as its logarithm, so that a difference is a ratio.
create or replace temp table price_day as
select
  store_id,
  product_id,
  date,
  ln(arg_max(price, valid_from)::double) as log_price,
  arg_max((reason in ('promotion', 'markdown'))::integer, valid_from)::double as is_promoted
from (
  select price.*, timezone(coalesce(time_zone, 'UTC'), valid_from)::date as date
  from {postgres}.state.price as price
  left join {postgres}.ref.stores as store using (store_id)
  where price > 0
)
group by store_id, product_id, date
