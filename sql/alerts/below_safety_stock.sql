-- A store has less of a product than its safety stock.
-- Reads: state.stock, analytics.stock_cover, analytics.dim_store, analytics.dim_product, state.sales_rate.
-- Opens: there is stock, but less than the safety stock of bi.inventory_by_store, and the product sells. A product without stock
-- is a stock-out.
-- Resolves: when the stock is a tenth above the safety stock.
-- Impact: the product's revenue per day.
create or replace function ops.alert_below_safety_stock(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    stock.product_id,
    stock.store_id,
    stock.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('%s: %s left, safety stock is %s', dim_product.name, trim_scale(stock.on_hand), trim_scale(round(cover.safety_stock, 1))),
    jsonb_build_object(
      'on_hand', stock.on_hand, 'safety_stock', cover.safety_stock, 'reorder_point', cover.reorder_point,
      'units_per_day', cover.daily_quantity
    ),
    ceil(greatest(cover.reorder_point - stock.on_hand, 0)),
    stock.on_hand < cover.safety_stock
  from analytics.stock_cover as cover
  join analytics.dim_store using (store_key)
  join analytics.dim_product using (product_key)
  join state.stock on stock.store_id = dim_store.store_id and stock.product_id = dim_product.product_id
  left join state.sales_rate as rate on rate.store_id = stock.store_id and rate.product_id = stock.product_id
  where stock.on_hand > 0 and stock.on_hand < 1.1 * cover.safety_stock and cover.daily_quantity > 0
$$;
comment on function ops.alert_below_safety_stock is 'A store has less of a product than its safety stock.';
