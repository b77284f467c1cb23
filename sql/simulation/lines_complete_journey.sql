-- What the world is fitted to: one row a till line of groceries, by the stores' clock. Fuel and what is sold by weight in
-- thousandths has quantities beyond any trolley.
create or replace temp table lines as
select
  basket_id as basket,
  timezone('America/New_York', timezone('UTC', transaction_timestamp)) as sold_at,
  product_id as product,
  quantity::integer as units,
  (sales_value + retail_disc + coupon_match_disc) / quantity as list_price,
  (retail_disc + coupon_match_disc) / nullif(sales_value + retail_disc + coupon_match_disc, 0) as discount
from read_parquet(getvariable('path') || '/transactions.parquet')
where quantity between 1 and 50 and sales_value + retail_disc + coupon_match_disc > 0
