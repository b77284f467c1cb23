-- A user's file as rows of sales. {source}: its rows; {store}, {product}, {date}, {quantity}: its columns as text, text,
-- a date and a number; {amounts}: net_amount and discount_amount; {hierarchy}: category and department; {covariate_columns}:
-- its covariates as numbers; {out_of_stock}: which part of the row's time was out of stock; {hour}: of the day, or null.
create or replace temp table file_row as
select
  {store} as store_id,
  {product} as product_id,
  {date} as date,
  {quantity} as quantity,
  {amounts},
  {hierarchy},
  {covariate_columns}
  {out_of_stock} as out_of_stock,
  {hour} as hour
from {source}
