create or replace view bi.sales_by_category with (security_invoker = true) as
select
  sale_date, department, category, stores, transactions, lines, quantity, gross_amount, discount_amount, net_amount,
  promoted_net_amount, cost_amount, margin_amount, costed_net_amount,
  updated_at at time zone 'UTC' as updated_at
from (
  select
    sale_date, department, category, stores, transactions, lines, quantity, gross_amount, discount_amount, net_amount,
    promoted_net_amount, cost_amount, margin_amount, costed_net_amount, updated_at
  from analytics.sales_by_category_total
  where (select ref.sees_everything())
  union all
  select
    sale_date,
    department,
    category,
    count(distinct store_key),
    sum(transactions)::bigint,
    sum(lines)::bigint,
    sum(quantity),
    sum(gross_amount),
    sum(discount_amount),
    sum(net_amount),
    sum(promoted_net_amount),
    sum(cost_amount),
    sum(margin_amount),
    sum(costed_net_amount),
    max(updated_at)
  from analytics.sales_by_category_day
  where not (select ref.sees_everything())
  group by sale_date, department, category
) as day;

comment on view bi.sales_by_category is 'Sales per category and day over all stores that the reader sees; sales_by_category_day has them by store.';
comment on column bi.sales_by_category.sale_date is 'The stores'' day.';
comment on column bi.sales_by_category.department is 'Department at the sale; Unknown where the catalogue has none.';
comment on column bi.sales_by_category.category is 'Category at the sale; Unknown where the catalogue has none.';
comment on column bi.sales_by_category.stores is 'Stores with a line.';
comment on column bi.sales_by_category.transactions is 'Baskets or invoices with a line in the category: not additive over categories.';
comment on column bi.sales_by_category.lines is 'Lines sold or returned.';
comment on column bi.sales_by_category.quantity is 'Units sold less units returned.';
comment on column bi.sales_by_category.gross_amount is 'quantity × list price, before discount.';
comment on column bi.sales_by_category.discount_amount is 'Money taken off.';
comment on column bi.sales_by_category.net_amount is 'Revenue less what was paid back. Stores of different currencies are added as they are.';
comment on column bi.sales_by_category.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.sales_by_category.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column bi.sales_by_category.margin_amount is 'Their net amount less their cost.';
comment on column bi.sales_by_category.costed_net_amount is 'Their net amount: divide the margin by it.';
comment on column bi.sales_by_category.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
