create or replace view bi.inventory_by_store with (security_invoker = true) as
select
  cover.store_key,
  store.store_id,
  store.name as store_name,
  store.region,
  store.currency,
  cover.product_key,
  product.product_id,
  product.name as product_name,
  product.category,
  cover.on_hand_quantity,
  cover.unit_cost,
  cover.stock_value,
  cover.daily_quantity,
  cover.days_of_cover,
  cover.safety_stock,
  cover.reorder_point,
  cover.stock_status,
  cover.overstock_value,
  round(cover.stock_value * policy.holding_rate_per_year / 365, 6) as carrying_cost_per_day,
  cover.measured_on,
  cover.updated_at at time zone 'UTC' as updated_at,
  cover.reorder_point - cover.on_hand_quantity as short_quantity
from analytics.stock_cover as cover
-- Left joins: every key has its row, and a question without names does not read them.
left join analytics.dim_store as store on store.store_key = cover.store_key
left join analytics.dim_product as product on product.product_key = cover.product_key
cross join ref.policy_default as policy;

comment on view bi.inventory_by_store is 'What each store has of each product now: units, value, how long it lasts, and where it is between out of stock and too much. Fresh within 15 minutes.';
comment on column bi.inventory_by_store.store_key is 'Current version of the store.';
comment on column bi.inventory_by_store.store_id is 'The store, as the sources call it.';
comment on column bi.inventory_by_store.store_name is 'Its name.';
comment on column bi.inventory_by_store.region is 'Its region.';
comment on column bi.inventory_by_store.currency is 'ISO 4217 code of its money.';
comment on column bi.inventory_by_store.product_key is 'Current version of the product.';
comment on column bi.inventory_by_store.product_id is 'The product, as the sources call it.';
comment on column bi.inventory_by_store.product_name is 'Its name.';
comment on column bi.inventory_by_store.category is 'Its category.';
comment on column bi.inventory_by_store.on_hand_quantity is 'Units that should be on hand.';
comment on column bi.inventory_by_store.unit_cost is 'What a unit costs now; null: unknown.';
comment on column bi.inventory_by_store.stock_value is 'on_hand_quantity × unit_cost, nothing for a stock below zero; null: unknown.';
comment on column bi.inventory_by_store.daily_quantity is 'Mean units sold a day over 28 days.';
comment on column bi.inventory_by_store.days_of_cover is 'on_hand_quantity ÷ daily_quantity; 0 when out of stock, null when nothing sold.';
comment on column bi.inventory_by_store.safety_stock is 'Units against surprises, as in fact_inventory.';
comment on column bi.inventory_by_store.reorder_point is 'As in fact_inventory.';
comment on column bi.inventory_by_store.stock_status is 'out of stock, below safety stock, below reorder point, enough, overstock (more days of cover than the default policy allows: 60) or not selling (nothing in 28 days).';
comment on column bi.inventory_by_store.overstock_value is 'Value of what is on hand beyond these days of cover; all of it where nothing sells; null: cost unknown.';
comment on column bi.inventory_by_store.carrying_cost_per_day is 'stock_value × the yearly holding rate of the default policy ÷ 365; null: cost unknown.';
comment on column bi.inventory_by_store.measured_on is 'The store''s last day with a sale.';
comment on column bi.inventory_by_store.updated_at is 'When the row was last written, UTC: the column to detect changes by.';
comment on column bi.inventory_by_store.short_quantity is 'Units below the reorder point; negative: above it.';
