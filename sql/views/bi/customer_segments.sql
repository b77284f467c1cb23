create or replace view bi.customer_segments with (security_invoker = true) as
select
  store_key,
  segment,
  count(*) as customers,
  count(*) filter (where is_repeat) as repeat_customers,
  sum(transactions)::bigint as transactions,
  sum(net_amount) as net_amount,
  max(updated_at) as updated_at
from bi.customer_analytics
group by store_key, segment;

comment on view bi.customer_segments is 'The segments of customer_analytics, counted: no row is about a person.';
comment on column bi.customer_segments.store_key is 'Version of the store at the sales.';
comment on column bi.customer_segments.segment is 'best, loyal, new, at risk, lost or occasional.';
comment on column bi.customer_segments.customers is 'Customers in it.';
comment on column bi.customer_segments.repeat_customers is 'Those who bought more than once: divide by customers for the repeat rate.';
comment on column bi.customer_segments.transactions is 'Their baskets or invoices.';
comment on column bi.customer_segments.net_amount is 'What they paid less what was paid back.';
comment on column bi.customer_segments.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
