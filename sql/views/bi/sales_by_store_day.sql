create or replace view bi.sales_by_store_day with (security_invoker = true) as
select
  sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount,
  promoted_net_amount, return_lines, returned_quantity, returned_amount,
  cost_amount, margin_amount, costed_net_amount,
  updated_at at time zone 'UTC' as updated_at
from analytics.sales_by_store_day;

comment on view bi.sales_by_store_day is 'fact_sales summed to store × day.';
comment on column bi.sales_by_store_day.sale_date is 'The store''s day.';
comment on column bi.sales_by_store_day.store_key is 'Version of the store at the sale.';
comment on column bi.sales_by_store_day.transactions is 'Baskets or invoices.';
comment on column bi.sales_by_store_day.lines is 'Lines sold or returned.';
comment on column bi.sales_by_store_day.customers is 'Different customers, of those who are known.';
comment on column bi.sales_by_store_day.quantity is 'Units sold less units returned.';
comment on column bi.sales_by_store_day.gross_amount is 'quantity × list price, before discount.';
comment on column bi.sales_by_store_day.discount_amount is 'Money taken off.';
comment on column bi.sales_by_store_day.net_amount is 'Revenue less what was paid back.';
comment on column bi.sales_by_store_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.sales_by_store_day.return_lines is 'Lines that take goods back.';
comment on column bi.sales_by_store_day.returned_quantity is 'Units returned.';
comment on column bi.sales_by_store_day.returned_amount is 'Money paid back.';
comment on column bi.sales_by_store_day.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column bi.sales_by_store_day.margin_amount is 'Their net amount less their cost.';
comment on column bi.sales_by_store_day.costed_net_amount is 'Their net amount: the part of net_amount whose cost is known.';
comment on column bi.sales_by_store_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
