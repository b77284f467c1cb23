create or replace view bi.stock_by_category with (security_invoker = true) as
select
  stock.store_key,
  store.store_id,
  store.name as store_name,
  store.region,
  store.currency,
  stock.category,
  stock.products,
  stock.selling_products,
  stock.out_of_stock_products,
  stock.below_safety_stock_products,
  stock.overstocked_products,
  stock.on_hand_quantity,
  stock.positive_quantity,
  stock.selling_quantity,
  stock.daily_quantity,
  round(stock.selling_quantity / nullif(stock.daily_quantity, 0), 1) as days_of_cover,
  stock.safety_stock,
  stock.reorder_point,
  stock.stock_value,
  stock.overstock_value,
  round(stock.stock_value * policy.holding_rate_per_year / 365, 6) as carrying_cost_per_day,
  stock.updated_at at time zone 'UTC' as updated_at
from analytics.stock_by_category as stock
left join analytics.dim_store as store on store.store_key = stock.store_key
cross join ref.policy_default as policy;

comment on view bi.stock_by_category is 'inventory_by_store summed to store × category: what dashboards of many stores ask for. Fresh within 15 minutes.';
comment on column bi.stock_by_category.store_key is 'Current version of the store.';
comment on column bi.stock_by_category.store_id is 'The store, as the sources call it.';
comment on column bi.stock_by_category.store_name is 'Its name.';
comment on column bi.stock_by_category.region is 'Its region.';
comment on column bi.stock_by_category.currency is 'ISO 4217 code of its money.';
comment on column bi.stock_by_category.category is 'Category of the products; Unknown where the catalogue has none.';
comment on column bi.stock_by_category.products is 'Products that the store has or had.';
comment on column bi.stock_by_category.selling_products is 'Those that sold in the last 28 days.';
comment on column bi.stock_by_category.out_of_stock_products is 'Selling products without stock.';
comment on column bi.stock_by_category.below_safety_stock_products is 'Products below their safety stock, those without stock included.';
comment on column bi.stock_by_category.overstocked_products is 'Products with more days of cover than the default policy allows.';
comment on column bi.stock_by_category.on_hand_quantity is 'Units that should be on hand; a stock below zero is subtracted.';
comment on column bi.stock_by_category.positive_quantity is 'Units on hand, a stock below zero counted as none.';
comment on column bi.stock_by_category.selling_quantity is 'Units on hand of the selling products.';
comment on column bi.stock_by_category.daily_quantity is 'Mean units sold a day over 28 days.';
comment on column bi.stock_by_category.days_of_cover is 'selling_quantity ÷ daily_quantity; null when nothing sold. Over several rows divide the sums.';
comment on column bi.stock_by_category.safety_stock is 'Units against surprises, summed.';
comment on column bi.stock_by_category.reorder_point is 'Reorder points, summed.';
comment on column bi.stock_by_category.stock_value is 'Value of what is on hand, where the cost is known.';
comment on column bi.stock_by_category.overstock_value is 'Value of what is on hand beyond the cover that the default policy allows, and of what does not sell.';
comment on column bi.stock_by_category.carrying_cost_per_day is 'stock_value × the yearly holding rate of the default policy ÷ 365.';
comment on column bi.stock_by_category.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
