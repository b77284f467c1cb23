create or replace view bi.sales_by_day with (security_invoker = true) as
select
  sale_date,
  count(distinct store_key) as stores,
  sum(transactions)::bigint as transactions,
  sum(lines)::bigint as lines,
  sum(quantity) as quantity,
  sum(gross_amount) as gross_amount,
  sum(discount_amount) as discount_amount,
  sum(net_amount) as net_amount,
  sum(promoted_net_amount) as promoted_net_amount,
  sum(return_lines)::bigint as return_lines,
  sum(returned_amount) as returned_amount,
  round(sum(net_amount) / nullif(sum(transactions), 0), 2) as net_amount_per_transaction,
  max(updated_at) at time zone 'UTC' as updated_at
from analytics.sales_by_store_day
group by sale_date;

comment on view bi.sales_by_day is 'Sales per day over all stores that the reader sees. Fresh within 15 minutes of the daily load; live_sales_hour has today.';
comment on column bi.sales_by_day.sale_date is 'The stores'' day.';
comment on column bi.sales_by_day.stores is 'Stores with a line.';
comment on column bi.sales_by_day.transactions is 'Baskets or invoices.';
comment on column bi.sales_by_day.lines is 'Lines sold or returned.';
comment on column bi.sales_by_day.quantity is 'Units sold less units returned.';
comment on column bi.sales_by_day.gross_amount is 'quantity × list price, before discount.';
comment on column bi.sales_by_day.discount_amount is 'Money taken off.';
comment on column bi.sales_by_day.net_amount is 'Revenue less what was paid back. Stores of different currencies are added as they are.';
comment on column bi.sales_by_day.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.sales_by_day.return_lines is 'Lines that take goods back.';
comment on column bi.sales_by_day.returned_amount is 'Money paid back.';
comment on column bi.sales_by_day.net_amount_per_transaction is 'net_amount ÷ transactions. Over several days divide the sums; do not average this.';
comment on column bi.sales_by_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
