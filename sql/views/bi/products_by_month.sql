create or replace view bi.products_by_month with (security_invoker = true) as
select
  month.month_start,
  month.product_key,
  product.product_id,
  product.name as product_name,
  product.category,
  product.department,
  product.brand,
  month.stores,
  month.lines,
  month.quantity,
  month.gross_amount,
  month.discount_amount,
  month.net_amount,
  month.cost_amount,
  month.margin_amount,
  month.costed_net_amount,
  month.returned_quantity,
  month.updated_at at time zone 'UTC' as updated_at
from (
  select
    month_start, product_key, stores, lines, quantity, gross_amount, discount_amount, net_amount, cost_amount, margin_amount,
    costed_net_amount, returned_quantity, updated_at
  from analytics.product_month_total
  where (select ref.sees_everything())
  union all
  select
    month_start,
    product_key,
    count(distinct store_key),
    sum(lines)::bigint,
    sum(quantity),
    sum(gross_amount),
    sum(discount_amount),
    sum(net_amount),
    sum(cost_amount),
    sum(margin_amount),
    sum(costed_net_amount),
    sum(returned_quantity),
    max(updated_at)
  from analytics.sales_by_product_month
  where not (select ref.sees_everything())
  group by month_start, product_key
) as month
left join analytics.dim_product as product on product.product_key = month.product_key;

comment on view bi.products_by_month is 'Sales and margin per product and month over all stores that the reader sees; product_performance has them by store.';
comment on column bi.products_by_month.month_start is 'First day of the month.';
comment on column bi.products_by_month.product_key is 'Version of the product at the sale.';
comment on column bi.products_by_month.product_id is 'The product, as the sources call it.';
comment on column bi.products_by_month.product_name is 'Its name.';
comment on column bi.products_by_month.category is 'Its category at the sale.';
comment on column bi.products_by_month.department is 'Its department at the sale.';
comment on column bi.products_by_month.brand is 'Its brand at the sale.';
comment on column bi.products_by_month.stores is 'Stores with a line, by version.';
comment on column bi.products_by_month.lines is 'Lines sold or returned.';
comment on column bi.products_by_month.quantity is 'Units sold less units returned.';
comment on column bi.products_by_month.gross_amount is 'quantity × list price, before discount.';
comment on column bi.products_by_month.discount_amount is 'Money taken off.';
comment on column bi.products_by_month.net_amount is 'Revenue less what was paid back. Stores of different currencies are added as they are.';
comment on column bi.products_by_month.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column bi.products_by_month.margin_amount is 'Their net amount less their cost.';
comment on column bi.products_by_month.costed_net_amount is 'Their net amount: divide the margin by it.';
comment on column bi.products_by_month.returned_quantity is 'Units returned.';
comment on column bi.products_by_month.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
