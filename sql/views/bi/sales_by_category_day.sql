create or replace view bi.sales_by_category_day with (security_invoker = true) as
select
  sale_date, store_key, department, category, transactions, lines, quantity, gross_amount, discount_amount, net_amount,
  promoted_net_amount,
  cost_amount, margin_amount, costed_net_amount,
  updated_at at time zone 'UTC' as updated_at
from analytics.sales_by_category_day;

comment on view bi.sales_by_category_day is 'fact_sales summed to store × category × day, by the category at the sale.';
comment on column bi.sales_by_category_day.sale_date is 'The store''s day.';
comment on column bi.sales_by_category_day.store_key is 'Version of the store at the sale.';
comment on column bi.sales_by_category_day.department is 'Department of the product at the sale; Unknown if the catalogue has none.';
comment on column bi.sales_by_category_day.category is 'Category of the product at the sale; Unknown if the catalogue has none.';
comment on column bi.sales_by_category_day.transactions is 'Baskets or invoices with a line in the category: not additive over categories.';
comment on column bi.sales_by_category_day.lines is 'Lines sold or returned.';
comment on column bi.sales_by_category_day.quantity is 'Units sold less units returned.';
comment on column bi.sales_by_category_day.gross_amount is 'quantity × list price, before discount.';
comment on column bi.sales_by_category_day.discount_amount is 'Money taken off.';
comment on column bi.sales_by_category_day.net_amount is 'Revenue less what was paid back.';
comment on column bi.sales_by_category_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.sales_by_category_day.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column bi.sales_by_category_day.margin_amount is 'Their net amount less their cost.';
comment on column bi.sales_by_category_day.costed_net_amount is 'Their net amount: the part of net_amount whose cost is known.';
comment on column bi.sales_by_category_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
