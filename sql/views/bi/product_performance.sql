create or replace view bi.product_performance with (security_invoker = true) as
select
  month.month_start,
  month.store_key,
  store.store_id,
  store.name as store_name,
  month.product_key,
  product.product_id,
  product.name as product_name,
  product.category,
  product.department,
  product.brand,
  month.lines,
  month.quantity,
  month.gross_amount,
  month.discount_amount,
  month.net_amount,
  month.cost_amount,
  month.margin_amount,
  month.costed_net_amount,
  month.returned_quantity,
  month.abc_class,
  month.updated_at at time zone 'UTC' as updated_at,
  month.xyz_class
from analytics.sales_by_product_month as month
left join analytics.dim_store as store on store.store_key = month.store_key
left join analytics.dim_product as product on product.product_key = month.product_key;

comment on view bi.product_performance is 'Sales, margin and losses per store, product and month, with the ABC class of the product among the store’s products of that month. Fresh within 15 minutes of the daily load.';
comment on column bi.product_performance.month_start is 'First day of the month.';
comment on column bi.product_performance.store_key is 'Version of the store at the sale.';
comment on column bi.product_performance.store_id is 'The store, as the sources call it.';
comment on column bi.product_performance.store_name is 'Its name.';
comment on column bi.product_performance.product_key is 'Version of the product at the sale.';
comment on column bi.product_performance.product_id is 'The product, as the sources call it.';
comment on column bi.product_performance.product_name is 'Its name.';
comment on column bi.product_performance.category is 'Its category at the sale.';
comment on column bi.product_performance.department is 'Its department at the sale.';
comment on column bi.product_performance.brand is 'Its brand at the sale.';
comment on column bi.product_performance.lines is 'Lines sold or returned.';
comment on column bi.product_performance.quantity is 'Units sold less units returned.';
comment on column bi.product_performance.gross_amount is 'quantity × list price, before discount.';
comment on column bi.product_performance.discount_amount is 'Money taken off.';
comment on column bi.product_performance.net_amount is 'Revenue less what was paid back.';
comment on column bi.product_performance.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column bi.product_performance.margin_amount is 'Their net amount less their cost.';
comment on column bi.product_performance.costed_net_amount is 'Their net amount: divide the margin by it.';
comment on column bi.product_performance.returned_quantity is 'Units returned.';
comment on column bi.product_performance.abc_class is 'A: the products that make the first 80 % of the store''s revenue of the month; B: the next 15 %; C: the rest.';
comment on column bi.product_performance.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.product_performance.xyz_class is 'By the weeks that ended in the month: X: weekly sales vary by at most half of their mean; Y: by at most their mean; Z: by more. Null: nothing sold in them.';
