-- Online Retail II: one row an invoice line, in the order of the file. Nothing is mended: exact repetitions, negative
-- prices and codes with blanks go through as they are.
-- The shop is one; what it sells to a country is kept as a store of its own, so that stores and regions mean something.
create temp table source_rows as
with
lines as (
  select *, lower(replace(country, ' ', '-')) as store_id
  from read_parquet(getvariable('path') || '/lines.parquet', file_row_number = true)
)
select
  'or-' || invoice || '-' || row_number() over invoice_lines as event_id,
  invoice,
  row_number() over invoice_lines as line_no,
  store_id,
  country,
  stock_code,
  description,
  quantity,
  invoiced_at,
  unit_price::decimal(18, 3) as unit_price,
  quantity * unit_price::decimal(18, 3) as net_amount,
  customer_id
from lines
where getvariable('stores') is null or list_contains(getvariable('stores'), store_id)
window invoice_lines as (partition by invoice order by file_row_number);
