-- Not a rule: the part of supplier_delay for warehouses without purchase orders.
create or replace function ops.overdue_plans(as_of timestamptz) returns setof ops.alert_cause
language sql stable as $$
  select
    'plan/' || plan.product_id,
    plan.warehouse_id,
    plan.product_id,
    case when before.status = 'lapsed' then 'critical' else 'warning' end,
    case when sells.currencies = 1 then sells.a_day end,
    case
      when plan.due_at < as_of then format('%s for warehouse %s: %s units were due on %s and have not arrived',
        coalesce(products.name, plan.product_id), plan.warehouse_id, ops.decimal_text(missing.units), missing.due_on)
      else format('%s for warehouse %s: of %s units due on %s, %s arrived; %s more are due on %s',
        coalesce(products.name, plan.product_id), plan.warehouse_id, ops.decimal_text(before.quantity),
        (before.due_at at time zone 'UTC')::date, ops.decimal_text(before.received_quantity),
        ops.decimal_text(missing.units), missing.due_on)
    end,
    jsonb_build_object(
      'plan_id', plan.plan_id, 'kind', 'plan', 'units', ops.decimal_text(missing.units), 'due_at', plan.due_at,
      'on_hand', warehouse.on_hand, 'given_up', before.plan_id, 'currency', case when sells.currencies = 1 then sells.currency end
    ),
    null::numeric,
    true
  from ops.supplier_plan as plan
  left join state.warehouse using (warehouse_id, product_id)
  left join ref.products using (product_id)
  left join lateral (
    select * from ops.supplier_plan as older
    where older.warehouse_id = plan.warehouse_id and older.product_id = plan.product_id and older.planned_at < plan.planned_at
    order by older.planned_at desc limit 1
  ) as before on before.status in ('short', 'lapsed')
  cross join lateral (
    select
      plan.quantity - greatest(coalesce(warehouse.received, 0) - plan.received_before, 0) as units,
      (plan.due_at at time zone 'UTC')::date as due_on
  ) as missing
  cross join lateral (
    select round(sum(rate.units_per_day * rate.unit_price), 2) as a_day, count(distinct stores.currency) as currencies,
      min(stores.currency) as currency
    from ref.shelves
    join ref.stores using (store_id)
    join state.sales_rate as rate using (store_id, product_id)
    where shelves.warehouse_id = plan.warehouse_id and shelves.product_id = plan.product_id
  ) as sells
  where plan.closed_at is null and missing.units > 0
    and (missing.due_on < (as_of at time zone 'UTC')::date or before.plan_id is not null)
$$;
comment on function ops.overdue_plans is 'Supplier plans that are overdue, and plans that replace one that was delivered in part or not at all: causes of supplier_delay.';
