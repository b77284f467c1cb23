create or replace view bi.stock_by_store_day with (security_invoker = true) as
select
  sums.business_date, sums.store_key, sums.products, sums.stock_value, sums.overstock_value,
  round(sums.stock_value * policy.holding_rate_per_year / 365, 6) as carrying_cost,
  sums.stockouts, sums.out_of_stock_minutes, sums.lost_quantity, sums.lost_amount, sums.wasted_quantity,
  sums.wasted_cost_amount, sums.wasted_list_amount,
  sums.updated_at at time zone 'UTC' as updated_at
from analytics.stock_by_store_day as sums
cross join ref.policy_default as policy;

comment on view bi.stock_by_store_day is 'fact_inventory, fact_stockout and fact_waste summed to store × day. Fresh within 15 minutes of the daily load.';
comment on column bi.stock_by_store_day.business_date is 'The store’s day.';
comment on column bi.stock_by_store_day.store_key is 'Version of the store on the day.';
comment on column bi.stock_by_store_day.products is 'Products that moved on the day.';
comment on column bi.stock_by_store_day.stock_value is 'Value of what was left of them when the day ended, as far as their cost is known.';
comment on column bi.stock_by_store_day.overstock_value is 'The part of it beyond the maximum cover of the default policy.';
comment on column bi.stock_by_store_day.carrying_cost is 'What holding it for the day costs, at the yearly rate of the default policy.';
comment on column bi.stock_by_store_day.stockouts is 'Products that were out of stock during part of the day.';
comment on column bi.stock_by_store_day.out_of_stock_minutes is 'Minutes of the day without stock, summed over these products.';
comment on column bi.stock_by_store_day.lost_quantity is 'Units that would have sold meanwhile; null: unknown.';
comment on column bi.stock_by_store_day.lost_amount is 'What they would have sold for, at list prices, as far as they are known.';
comment on column bi.stock_by_store_day.wasted_quantity is 'Units wasted.';
comment on column bi.stock_by_store_day.wasted_cost_amount is 'What they cost, as far as it is known.';
comment on column bi.stock_by_store_day.wasted_list_amount is 'What they would have sold for, at list prices, as far as they are known.';
comment on column bi.stock_by_store_day.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
