-- Actual sales, as far as they were known: {daily}: rows of features/daily_sales; {known}: which of them count.
create or replace temp table label as
select store_id, product_id, date as target_date, sum(units)::float as units, sum(lines) as lines
from {daily}
where {known}
group by all;

create or replace temp table open_day as
select distinct target_date from label where lines > 0
