create or replace view bi.store_hour with (security_invoker = true) as
select
  coalesce(sales.sale_date, traffic.traffic_date) as business_date,
  coalesce(sales.store_key, traffic.store_key) as store_key,
  coalesce(sales.hour_of_day, traffic.hour_of_day) as hour_of_day,
  coalesce(sales.transactions, 0) as transactions,
  coalesce(sales.lines, 0) as lines,
  coalesce(sales.quantity, 0) as quantity,
  coalesce(sales.net_amount, 0) as net_amount,
  traffic.entries,
  traffic.exits,
  round(sales.transactions::numeric / nullif(traffic.entries, 0), 4) as conversion_rate,
  coalesce(traffic.is_synthetic, false) as is_traffic_synthetic,
  greatest(sales.updated_at, traffic.updated_at) at time zone 'UTC' as updated_at
from analytics.sales_by_store_hour as sales
full join analytics.fact_foot_traffic as traffic
  on traffic.traffic_date = sales.sale_date
  and traffic.store_key = sales.store_key
  and traffic.hour_of_day = sales.hour_of_day;

comment on view bi.store_hour is 'Sales and people through the door per store × hour of the store''s clock. Fresh within 15 minutes of the daily load.';
comment on column bi.store_hour.business_date is 'The store''s day.';
comment on column bi.store_hour.store_key is 'Version of the store that held then.';
comment on column bi.store_hour.hour_of_day is 'Hour on the store''s clock, 0 to 23.';
comment on column bi.store_hour.transactions is 'Baskets or invoices with a line in the hour.';
comment on column bi.store_hour.lines is 'Lines sold or returned.';
comment on column bi.store_hour.quantity is 'Units sold less units returned.';
comment on column bi.store_hour.net_amount is 'Revenue less what was paid back.';
comment on column bi.store_hour.entries is 'People who came in; null where nobody counted.';
comment on column bi.store_hour.exits is 'People who left; null where nobody counted.';
comment on column bi.store_hour.conversion_rate is 'transactions ÷ entries. Over several hours divide the sums; do not average this.';
comment on column bi.store_hour.is_traffic_synthetic is 'The traffic was made up by a seeded rule, not counted.';
comment on column bi.store_hour.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
