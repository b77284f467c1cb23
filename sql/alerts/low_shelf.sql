-- A shelf is nearly empty.
-- Reads: state.shelf, ref.shelves, ref.shelf_policy, state.sales_rate, ops.restock_plan.
-- Opens: the shelf holds less than half of the policy's restock_below, but is not empty, and the product sells.
-- Resolves: when it holds three quarters of restock_below, or is empty, which is a stock-out.
-- Impact: the product's revenue per day.
create or replace function ops.alert_low_shelf(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    shelf.product_id,
    shelf.store_id,
    shelf.product_id,
    'warning',
    round(rate.units_per_day * rate.unit_price, 2),
    format('%s: %s left of %s on shelf %s%s', coalesce(products.name, shelf.product_id), trim_scale(shelf.available),
      trim_scale(shelf.capacity), shelf.shelf_id,
      case
        when plan.is_short then '; the warehouse has too little stock'
        when plan.status = 'picked' then '; a refill is on its way'
        else '' end),
    jsonb_build_object(
      'available', shelf.available, 'capacity', shelf.capacity, 'units_per_day', rate.units_per_day,
      'restock_below', policy.restock_below, 'last_refill_at', shelf.last_refill_at, 'restock', plan.status
    ),
    floor(policy.restock_to * shelf.capacity - shelf.available),
    shelf.available < 0.5 * policy.restock_below * shelf.capacity and rate.units_per_day > 0
  from ops.shelves_up_to(0.75 * ops.restock_below_max()) as shelf
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  left join ops.restock_plan as plan
    on plan.store_id = shelf.store_id and plan.product_id = shelf.product_id and plan.closed_at is null
  where shelf.available > 0 and shelf.available < 0.75 * policy.restock_below * shelf.capacity
$$;
comment on function ops.alert_low_shelf is 'A shelf is nearly empty.';
