-- A shelf is empty while the store sells.
-- Reads: state.shelf, ref.shelves, ref.shelf_policy, state.sales_rate, ops.restock_plan.
-- Opens: the shelf should hold nothing, and the store sold something in the last hour.
-- Holds: until more than a twentieth of its capacity is on it again.
-- Impact: what the product sells a day. Critical when it sells at least once a day.
create or replace function ops.alert_stock_out(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with selling as materialized (
    select store_id from state.shelf
    where last_sale_at <= as_of
    group by store_id having max(last_sale_at) > as_of - interval '1 hour'
  )
  select
    shelf.product_id,
    shelf.store_id,
    shelf.product_id,
    case when rate.units_per_day >= 1 then 'critical' else 'warning' end,
    round(rate.units_per_day * rate.unit_price, 2),
    format('%s is sold out on shelf %s%s', coalesce(products.name, shelf.product_id), shelf.shelf_id,
      case
        when plan.is_short then '; the warehouse has none'
        when plan.status = 'picked' then '; goods are on their way'
        else '' end),
    jsonb_build_object(
      'available', shelf.available, 'capacity', shelf.capacity, 'units_per_day', rate.units_per_day,
      'last_sale_at', shelf.last_sale_at, 'last_refill_at', shelf.last_refill_at, 'restock', plan.status
    ),
    floor(policy.restock_to * shelf.capacity),
    shelf.available <= 0 and shelf.store_id in (select store_id from selling)
  from ops.shelves_up_to(0.05) as shelf
  join ref.shelf_policy as policy using (store_id, product_id)
  left join ref.products using (product_id)
  left join state.sales_rate as rate using (store_id, product_id)
  left join ops.restock_plan as plan
    on plan.store_id = shelf.store_id and plan.product_id = shelf.product_id and plan.closed_at is null
$$;
comment on function ops.alert_stock_out is 'A shelf is empty while the store sells.';
