create or replace view bi.daily_sales_summary with (security_invoker = true) as
select
  day.sale_date,
  store.store_key,
  store.store_id,
  store.name as store_name,
  store.region,
  store.country,
  store.currency,
  day.transactions,
  day.lines,
  day.customers,
  day.quantity,
  day.gross_amount,
  day.discount_amount,
  day.net_amount,
  day.promoted_net_amount,
  day.returned_quantity,
  day.returned_amount,
  day.cost_amount,
  day.margin_amount,
  day.costed_net_amount,
  traffic.entries,
  lost.stockouts,
  lost.lost_amount,
  year_before.net_amount as net_amount_year_before,
  day.updated_at at time zone 'UTC' as updated_at
from analytics.sales_by_store_day as day
join analytics.dim_store as store using (store_key)
left join lateral (
  select sum(entries)::bigint as entries from analytics.fact_foot_traffic as hour
  where hour.traffic_date = day.sale_date and hour.store_key = day.store_key
) as traffic on true
left join lateral (
  select count(*) as stockouts, sum(lost_amount) as lost_amount from analytics.fact_stockout as stockout
  where stockout.stockout_date = day.sale_date and stockout.store_key = day.store_key
) as lost on true
left join lateral (
  select sum(earlier.net_amount) as net_amount
  from analytics.dim_store as version
  join analytics.sales_by_store_day as earlier
    on earlier.store_key = version.store_key and earlier.sale_date = day.sale_date - 364
  where version.store_id = store.store_id
) as year_before on true;

comment on view bi.daily_sales_summary is 'Sales per store and day with names, margin, people, stock-outs and the same weekday of the year before. Fresh within 15 minutes of the daily load.';
comment on column bi.daily_sales_summary.sale_date is 'The store''s day.';
comment on column bi.daily_sales_summary.store_key is 'Version of the store at the sale.';
comment on column bi.daily_sales_summary.store_id is 'The store, as the sources call it.';
comment on column bi.daily_sales_summary.store_name is 'Its name.';
comment on column bi.daily_sales_summary.region is 'Its region.';
comment on column bi.daily_sales_summary.country is 'Its country.';
comment on column bi.daily_sales_summary.currency is 'ISO 4217 code of its money.';
comment on column bi.daily_sales_summary.transactions is 'Baskets or invoices.';
comment on column bi.daily_sales_summary.lines is 'Lines sold or returned.';
comment on column bi.daily_sales_summary.customers is 'Different customers, of those who are known.';
comment on column bi.daily_sales_summary.quantity is 'Units sold less units returned.';
comment on column bi.daily_sales_summary.gross_amount is 'quantity × list price, before discount.';
comment on column bi.daily_sales_summary.discount_amount is 'Money taken off.';
comment on column bi.daily_sales_summary.net_amount is 'Revenue less what was paid back.';
comment on column bi.daily_sales_summary.promoted_net_amount is 'Part of net_amount that was sold under a promotion.';
comment on column bi.daily_sales_summary.returned_quantity is 'Units returned.';
comment on column bi.daily_sales_summary.returned_amount is 'Money paid back.';
comment on column bi.daily_sales_summary.cost_amount is 'Cost of what was sold, of the lines whose cost is known.';
comment on column bi.daily_sales_summary.margin_amount is 'Their net amount less their cost.';
comment on column bi.daily_sales_summary.costed_net_amount is 'Their net amount: divide the margin by it.';
comment on column bi.daily_sales_summary.entries is 'People who entered; null without a counter.';
comment on column bi.daily_sales_summary.stockouts is 'Products that were out of stock during part of the day.';
comment on column bi.daily_sales_summary.lost_amount is 'What these stock-outs lost, as far as it is known.';
comment on column bi.daily_sales_summary.net_amount_year_before is 'net_amount of the same weekday 52 weeks before; null without one.';
comment on column bi.daily_sales_summary.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
