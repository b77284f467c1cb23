-- An order that arrives too late could still be rushed.
-- Reads: ops.purchase_order, ops.purchase_order_line, ref.suppliers, ref.location_product, ref.shelves, state.warehouse, state.stock,
-- state.sales_rate.
-- Opens: a line of an order that was sent and is still expected, of a supplier that rushes orders; at the usual pace its stock (a
-- warehouse's with that of the stores it refills left out) is used up before the expected day; and the sales that are saved are worth more
-- than the fee.
-- Resolves: when they are worth less than half of the fee, or the goods are there.
-- Impact: the sales value of the days between a rushed and the expected delivery without stock, less the fee.
create or replace function ops.alert_expedite(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with line as materialized (
    select
      orders.purchase_order_id, orders.location_id, orders.expected_on, orders.currency, line.product_id, suppliers.supplier_id,
      suppliers.expedite_lead_time_days, coalesce(suppliers.expedite_fee, 0) as fee,
      line.quantity - line.received_quantity - line.cancelled_quantity as outstanding,
      (as_of at time zone ops.time_zone_of(orders.location_id))::date as today
    from ops.purchase_order as orders
    join ops.purchase_order_line as line using (purchase_order_id)
    join ref.suppliers using (supplier_id)
    where orders.status in ('sent', 'acknowledged', 'partly_received') and suppliers.expedite_lead_time_days is not null
      and line.quantity > line.received_quantity + line.cancelled_quantity
  ),
  pace as (
    select
      line.*,
      coalesce(warehouse.on_hand, stock.on_hand, 0) as on_hand,
      demand.units_per_day, demand.unit_price
    from line
    left join state.warehouse on warehouse.warehouse_id = line.location_id and warehouse.product_id = line.product_id
    left join state.stock on stock.store_id = line.location_id and stock.product_id = line.product_id
    cross join lateral (
      select sum(rate.units_per_day) as units_per_day, sum(rate.units_per_day * rate.unit_price) / nullif(sum(rate.units_per_day), 0) as unit_price
      from state.sales_rate as rate
      where rate.product_id = line.product_id
        and (
          rate.store_id = line.location_id
          or exists (
            select from ref.shelves
            where shelves.store_id = rate.store_id and shelves.product_id = rate.product_id and shelves.warehouse_id = line.location_id
          )
        )
    ) as demand
  ),
  saving as (
    select
      pace.*, gap.days,
      least(gap.days * units_per_day, outstanding) * unit_price as saved
    from pace
    cross join lateral (
      select
        (expected_on - today) - greatest(expedite_lead_time_days, greatest(on_hand, 0) / units_per_day) as days
    ) as gap
    where units_per_day > 0 and gap.days > 0
  )
  select
    purchase_order_id || '/' || saving.product_id,
    location_id,
    saving.product_id,
    'warning',
    round(saved - fee, 2),
    format('%s of order %s is due on %s, %s days too late; %s could deliver in %s days for %s', coalesce(products.name, saving.product_id),
      purchase_order_id, expected_on, round(days, 1), saving.supplier_id, trim_scale(expedite_lead_time_days), trim_scale(fee)),
    jsonb_build_object(
      'purchase_order_id', purchase_order_id, 'expected_on', expected_on, 'on_hand', on_hand, 'units_per_day', units_per_day,
      'days_without_stock', round(days, 1), 'saved', round(saved, 2), 'fee', fee, 'currency', currency
    ),
    outstanding,
    saved > fee
  from saving
  left join ref.products using (product_id)
  where saved > fee / 2
$$;
comment on function ops.alert_expedite is 'An order that arrives too late could still be rushed.';
