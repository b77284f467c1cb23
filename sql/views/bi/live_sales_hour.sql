create or replace view bi.live_sales_hour with (security_invoker = true) as
select
  dim_store.store_key,
  dim_store.store_id,
  dim_store.name as store_name,
  sales_hour.local_start::date as sale_date,
  sales_hour.local_start as sale_hour,
  sales_hour.lines,
  sales_hour.units as quantity,
  sales_hour.revenue as net_amount,
  sales_hour.returned_units as returned_quantity,
  sales_hour.returned_revenue as returned_amount,
  sales_hour.transactions,
  sales_hour.entries,
  sales_hour.updated_at at time zone 'UTC' as updated_at
from state.sales_hour
join analytics.dim_store on dim_store.store_id = sales_hour.store_id and dim_store.is_current
where sales_hour.product_id = '';

comment on view bi.live_sales_hour is 'Sales per store and hour as the streams keep them, before any batch: for DirectQuery on today. The last weeks; history is in fact_sales.';
comment on column bi.live_sales_hour.store_key is 'Current version of the store.';
comment on column bi.live_sales_hour.store_id is 'The store, as the sources call it.';
comment on column bi.live_sales_hour.store_name is 'Its name.';
comment on column bi.live_sales_hour.sale_date is 'The store''s day.';
comment on column bi.live_sales_hour.sale_hour is 'Start of the hour on the store''s clock.';
comment on column bi.live_sales_hour.lines is 'Lines sold or returned.';
comment on column bi.live_sales_hour.quantity is 'Units sold less units returned.';
comment on column bi.live_sales_hour.net_amount is 'Revenue less what was paid back.';
comment on column bi.live_sales_hour.returned_quantity is 'Units returned.';
comment on column bi.live_sales_hour.returned_amount is 'Money paid back.';
comment on column bi.live_sales_hour.transactions is 'Baskets or invoices.';
comment on column bi.live_sales_hour.entries is 'People who entered; 0 without a counter.';
comment on column bi.live_sales_hour.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
