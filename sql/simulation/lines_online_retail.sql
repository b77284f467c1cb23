-- What the world is fitted to: one row an invoice line, returns and codes of postage left out. The shop writes no
-- discounts down: a price below the product's usual one is taken for one.
create or replace temp table lines as
select
  invoice as basket,
  invoiced_at as sold_at,
  stock_code as product,
  quantity as units,
  median(unit_price) over (partition by stock_code) as list_price,
  greatest(0, 1 - unit_price / median(unit_price) over (partition by stock_code)) as discount
from read_parquet(getvariable('path') || '/lines.parquet')
where quantity > 0 and unit_price > 0 and invoice not like 'C%' and regexp_full_match(stock_code, '\d{5}[A-Z]*')
