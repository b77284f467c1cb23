create or replace view bi.customer_analytics with (security_invoker = true) as
with bought as (
  select
    store_key, customer,
    min(sale_date) as first_bought_on,
    max(sale_date) as last_bought_on,
    count(*) as days,
    sum(transactions)::bigint as transactions,
    sum(quantity) as quantity,
    sum(net_amount) as net_amount,
    max(updated_at) as updated_at
  from analytics.customer_day
  group by store_key, customer
),
ranked as (
  select
    *,
    max(last_bought_on) over by_store - last_bought_on as recency_days,
    ntile(5) over (by_store order by last_bought_on, customer) as recency_fifth,
    ntile(5) over (by_store order by transactions, customer) as frequency_fifth,
    ntile(5) over (by_store order by net_amount, customer) as value_fifth
  from bought
  window by_store as (partition by store_key)
)
select
  store_key,
  customer,
  first_bought_on,
  last_bought_on,
  recency_days,
  days,
  transactions,
  quantity,
  net_amount,
  round(net_amount / nullif(transactions, 0), 2) as net_amount_per_transaction,
  recency_fifth,
  frequency_fifth,
  value_fifth,
  case
    when recency_fifth >= 4 and frequency_fifth >= 4 and value_fifth >= 4 then 'best'
    when recency_fifth >= 3 and frequency_fifth >= 3 then 'loyal'
    when transactions = 1 and recency_fifth >= 4 then 'new'
    when recency_fifth <= 2 and frequency_fifth >= 3 then 'at risk'
    when recency_fifth = 1 then 'lost'
    else 'occasional'
  end as segment,
  transactions > 1 as is_repeat,
  updated_at at time zone 'UTC' as updated_at
from ranked;

comment on view bi.customer_analytics is 'Known customers of each store under a pseudonym: how recently, how often and for how much they bought, and the segment that follows. Fresh within 15 minutes of the daily load.';
comment on column bi.customer_analytics.store_key is 'Version of the store at the sales.';
comment on column bi.customer_analytics.customer is 'Pseudonym: the same customer is the same in every store.';
comment on column bi.customer_analytics.first_bought_on is 'First day with a purchase.';
comment on column bi.customer_analytics.last_bought_on is 'Last day with a purchase.';
comment on column bi.customer_analytics.recency_days is 'Days from then to the last purchase of any customer of the store.';
comment on column bi.customer_analytics.days is 'Days with a purchase.';
comment on column bi.customer_analytics.transactions is 'Baskets or invoices.';
comment on column bi.customer_analytics.quantity is 'Units bought less units returned.';
comment on column bi.customer_analytics.net_amount is 'Money paid less what was paid back.';
comment on column bi.customer_analytics.net_amount_per_transaction is 'net_amount ÷ transactions.';
comment on column bi.customer_analytics.recency_fifth is '5: the fifth of the store''s customers who bought most recently; 1: least.';
comment on column bi.customer_analytics.frequency_fifth is '5: the fifth who bought most often.';
comment on column bi.customer_analytics.value_fifth is '5: the fifth who paid most.';
comment on column bi.customer_analytics.segment is 'best, loyal, new, at risk, lost or occasional, by the three fifths.';
comment on column bi.customer_analytics.is_repeat is 'Bought more than once.';
comment on column bi.customer_analytics.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
