create or replace view bi.sales_by_day with (security_invoker = true) as
select
  sale_date, stores, transactions, lines, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount, return_lines,
  returned_amount,
  round(net_amount / nullif(transactions, 0), 2) as net_amount_per_transaction,
  updated_at at time zone 'UTC' as updated_at
from (
  select
    sale_date, stores, transactions, lines, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount, return_lines,
    returned_amount, updated_at
  from analytics.sales_by_day_total
  where (select ref.sees_everything())
  union all
  select
    sale_date,
    count(distinct store_key),
    sum(transactions)::bigint,
    sum(lines)::bigint,
    sum(quantity),
    sum(gross_amount),
    sum(discount_amount),
    sum(net_amount),
    sum(promoted_net_amount),
    sum(return_lines)::bigint,
    sum(returned_amount),
    max(updated_at)
  from analytics.sales_by_store_day
  where not (select ref.sees_everything())
  group by sale_date
) as day;

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
