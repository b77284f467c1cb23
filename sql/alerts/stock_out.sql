-- A shelf is empty while the store sells.
-- Reads: state.shelf, ref.shelves, ref.shelf_policy, ref.stores, state.sales_rate, ops.restock_plan, ops.supplier_plan,
-- ops.alert.
-- Opens: the shelf should be empty, and the store sold something in the last hour. When a warehouse has none of a
-- product and at least two of its stores are out of it, the warehouse gets one alert instead; alerts that a person has
-- acknowledged or snoozed stay with their store.
-- Resolves: when the shelf holds more than a twentieth of its capacity again.
-- Impact: the product's revenue per day. Critical when it sells at least one unit a day.
create or replace function ops.alert_stock_out(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  with selling as materialized (
    select store_id from state.shelf
    where last_sale_at <= as_of
    group by store_id having max(last_sale_at) > as_of - interval '1 hour'
  ),
  sold_out as materialized (
    select
      shelf.*, coalesce(products.name, shelf.product_id) as product, rate.units_per_day,
      round(rate.units_per_day * rate.unit_price, 2) as impact, plan.status as restock, plan.is_short, stores.currency,
      floor(policy.restock_to * shelf.capacity) as wanted,
      shelf.available <= 0 and shelf.store_id in (select store_id from selling) as opens,
      -- An open plan is short when the warehouse had no stock to pick for it.
      plan.status = 'open' and plan.is_short and not exists (
        select from ops.alert
        where alert_type = 'stock_out' and status in ('acknowledged', 'snoozed')
          and alert.store_id = shelf.store_id and alert.product_id = shelf.product_id
      ) as waits
    from ops.shelves_up_to(0.05) as shelf
    join ref.shelf_policy as policy using (store_id, product_id)
    left join ref.products using (product_id)
    left join ref.stores using (store_id)
    left join state.sales_rate as rate using (store_id, product_id)
    left join ops.restock_plan as plan
      on plan.store_id = shelf.store_id and plan.product_id = shelf.product_id and plan.closed_at is null
  ),
  waiting as (
    select warehouse_id, product_id from sold_out where waits group by warehouse_id, product_id having count(*) >= 2
  )
  select
    product_id,
    store_id,
    product_id,
    case when units_per_day >= 1 then 'critical' else 'warning' end,
    impact,
    format('%s is sold out on shelf %s%s', product, shelf_id,
      case
        when restock = 'picked' then '; a refill is on its way'
        when is_short then '; the warehouse has none'
        else '' end),
    jsonb_build_object(
      'available', available, 'capacity', capacity, 'units_per_day', units_per_day, 'last_sale_at', last_sale_at,
      'last_refill_at', last_refill_at, 'restock', restock
    ),
    wanted,
    opens
  from sold_out
  where not (coalesce(waits, false) and (warehouse_id, product_id) in (select warehouse_id, product_id from waiting))
  union all
  select
    product_id,
    warehouse_id,
    product_id,
    case when sum(units_per_day) >= 1 then 'critical' else 'warning' end,
    case when count(distinct currency) = 1 then sum(impact) end,
    format('%s is sold out in %s stores; warehouse %s has none%s', min(product), count(*), warehouse_id,
      case
        when supply.due_at < as_of then format(', and the delivery due on %s has not arrived', (supply.due_at at time zone 'UTC')::date)
        when supply.due_at is not null then format('; more is due on %s', (supply.due_at at time zone 'UTC')::date)
        else '' end),
    jsonb_build_object(
      'stores', jsonb_agg(store_id order by store_id), 'units_per_day', sum(units_per_day), 'last_sale_at', max(last_sale_at),
      'due_at', supply.due_at, 'currency', case when count(distinct currency) = 1 then min(currency) end
    ),
    sum(wanted),
    bool_or(opens)
  from sold_out
  join waiting using (warehouse_id, product_id)
  left join lateral (
    select due_at from ops.supplier_plan as plan
    where plan.warehouse_id = sold_out.warehouse_id and plan.product_id = sold_out.product_id and closed_at is null
  ) as supply on true
  where waits
  group by warehouse_id, product_id, supply.due_at
$$;
comment on function ops.alert_stock_out is 'A shelf is empty while the store sells.';
