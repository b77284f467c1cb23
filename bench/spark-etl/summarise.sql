-- Valid lines, each once, summed to store × product × day; quantities and amounts as exact decimals. Departments are joined
-- to the sums, of which there are seven times fewer than lines.
with valid as (
  select transaction_id, line_no, store_id, product_id, date, quantity, sales_value
  from read_parquet({raw})
  where quantity >= 0 and sales_value >= 0 and store_id is not null
),
line as (
  select distinct on (transaction_id, line_no) * from valid
),
fact as (
  select
    date, store_id, product_id,
    sum(quantity::decimal(18, 6))::decimal(24, 6) as quantity,
    sum(sales_value::decimal(18, 6))::decimal(24, 6) as net_amount,
    count(*) as lines
  from line
  group by date, store_id, product_id
)
select date, store_id, product_id, department, quantity, net_amount, lines
from fact
left join (select product_id, department from read_parquet({products})) as product using (product_id)
