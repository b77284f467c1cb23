create or replace view bi.customer_segments with (security_invoker = true) as
select
  store_key, segment, customers, repeat_customers, transactions, net_amount,
  updated_at at time zone 'UTC' as updated_at
from analytics.customer_segments;

comment on view bi.customer_segments is 'The segments of customer_analytics, counted: no row is about a person. Fresh within 15 minutes of the daily load.';
comment on column bi.customer_segments.store_key is 'Version of the store at the sales.';
comment on column bi.customer_segments.segment is 'best, loyal, new, at risk, lost or occasional.';
comment on column bi.customer_segments.customers is 'Customers in it.';
comment on column bi.customer_segments.repeat_customers is 'Those who bought more than once: divide by customers for the repeat rate.';
comment on column bi.customer_segments.transactions is 'Their baskets or invoices.';
comment on column bi.customer_segments.net_amount is 'What they paid less what was paid back.';
comment on column bi.customer_segments.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
