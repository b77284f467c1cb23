-- A store has more of a product than it will sell in a long time.
-- Reads: state.stock, analytics.stock_cover, analytics.dim_store, analytics.dim_product, state.sales_rate, ref.policy_default.
-- Opens: the stock lasts for more than one and a half times the maximum cover of the default policy (90 days) at the pace of 28 days.
-- What does not sell at all is a slow mover, and has no alert.
-- Resolves: when it lasts for the maximum cover (60 days) or less.
-- Impact: the value of the units beyond the maximum cover, at cost, else at the price.
create or replace function ops.alert_overstock(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    stock.product_id,
    stock.store_id,
    stock.product_id,
    'warning',
    round((stock.on_hand - policy.maximum_cover_days * cover.daily_quantity) * coalesce(cover.unit_cost, rate.unit_price), 2),
    format('%s: %s on hand, enough for %s days', dim_product.name, trim_scale(stock.on_hand), round(stock.on_hand / cover.daily_quantity)),
    jsonb_build_object(
      'on_hand', stock.on_hand, 'units_per_day', cover.daily_quantity, 'days_of_cover', round(stock.on_hand / cover.daily_quantity, 1),
      'maximum_cover_days', policy.maximum_cover_days, 'unit_cost', cover.unit_cost
    ),
    null::numeric,
    stock.on_hand > 1.5 * policy.maximum_cover_days * cover.daily_quantity
  from analytics.stock_cover as cover
  join analytics.dim_store using (store_key)
  join analytics.dim_product using (product_key)
  join state.stock on stock.store_id = dim_store.store_id and stock.product_id = dim_product.product_id
  left join state.sales_rate as rate on rate.store_id = stock.store_id and rate.product_id = stock.product_id
  cross join ref.policy_default as policy
  where cover.daily_quantity > 0 and stock.on_hand > policy.maximum_cover_days * cover.daily_quantity
$$;
comment on function ops.alert_overstock is 'A store has more of a product than it will sell in a long time.';
