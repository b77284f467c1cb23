-- Sale lines of Online Retail II as numbers, with every hundredth made odd by a seeded rule: ten times the quantity and
-- more, a tenth of the price, ten times the price, or sold at night. {lines}: the data set.
with line as (
  select
    row_number() over (order by invoiced_at, invoice, stock_code, quantity, unit_price) as n,
    *
  from read_parquet({lines})
  where quantity > 0 and unit_price > 0
),
usual as (
  select stock_code, median(quantity) as quantity, median(unit_price) as unit_price from line group by stock_code
),
faulty as (
  select
    line.* exclude (quantity, unit_price),
    n % 100 = 0 as is_odd,
    case when n % 400 = 0 then 10 * quantity + 50 else quantity end as quantity,
    case n % 400 when 100 then unit_price / 10 when 200 then unit_price * 10 else unit_price end as unit_price,
    case when n % 400 = 300 then 3 else hour(invoiced_at) end as hour
  from line
)
select
  ln(faulty.quantity)::float as quantity,
  ln(faulty.quantity / usual.quantity)::float as quantity_ratio,
  ln(faulty.unit_price)::float as price,
  ln(faulty.unit_price / usual.unit_price)::float as price_ratio,
  hour::float as hour,
  ln(count(*) over (partition by invoice))::float as lines,
  is_odd::integer as is_odd
from faulty
join usual using (stock_code)
order by n
