-- Goods that are expected at the places that the login sees, the earliest first, as one page: of orders that their suppliers have, of
-- plans of warehouses without orders, and of transfers. $1 place, $2 supplier, $3 state: null for any. $4 at most; $5 the place in the
-- list after which the page begins (day, kind, id): null for the first.
with expected as materialized (
  select
    'order' as kind,
    orders.purchase_order_id as id,
    orders.location_id as place_id,
    orders.supplier_id,
    coalesce(suppliers.name, orders.supplier_id) as source,
    orders.expected_on,
    line.lines,
    line.outstanding,
    line.value,
    orders.currency,
    orders.status,
    line.received > 0 as is_partly_received,
    null as product
  from ops.purchase_order as orders
  left join ref.suppliers on suppliers.supplier_id = orders.supplier_id
  cross join lateral (
    select
      count(*) filter (where own.quantity > own.received_quantity + own.cancelled_quantity)::integer as lines,
      sum(greatest(own.quantity - own.received_quantity - own.cancelled_quantity, 0)) as outstanding,
      sum(greatest(own.quantity - own.received_quantity - own.cancelled_quantity, 0) * own.unit_cost) as value,
      sum(own.received_quantity) as received
    from ops.purchase_order_line as own
    where own.purchase_order_id = orders.purchase_order_id
  ) as line
  where orders.status in ('sent', 'acknowledged', 'partly_received') and line.outstanding > 0
  union all
  select
    'plan', plan.plan_id, plan.warehouse_id, null, null, (plan.due_at at time zone 'UTC')::date, 1,
    plan.quantity - plan.received_quantity, null, null, plan.status, plan.received_quantity > 0,
    coalesce(products.name, plan.product_id)
  from ops.supplier_plan as plan
  left join ref.products on products.product_id = plan.product_id
  where plan.closed_at is null and plan.quantity > plan.received_quantity
  union all
  select
    'transfer', transfer_id, to_location_id, null, from_location_id,
    (coalesce(arrives_at, decided_at + make_interval(days => lead_time_days)) at time zone ops.time_zone_of(to_location_id))::date,
    1, quantity, null, null, state, false, coalesce(products.name, transfer.product_id)
  from ops.transfer_proposal as transfer
  left join ref.products on products.product_id = transfer.product_id
  where state in ('approved', 'shipped')
),
dated as materialized (
  select
    *,
    expected_on - ((select ops.now()) at time zone ops.time_zone_of(place_id))::date as in_days,
    coalesce(expected_on, 'infinity') as sort_day
  from expected
  where ($1::text is null or place_id = $1) and ($2::text is null or supplier_id = $2)
),
judged as materialized (
  select
    *,
    case
      when in_days < 0 then 'late'
      when is_partly_received then 'short'
      when in_days = 0 then 'today'
      else 'coming'
    end as state
  from dated
)
select
  kind,
  id,
  place_id as "placeId",
  supplier_id as "supplierId",
  source,
  product,
  expected_on as "expectedOn",
  in_days as "inDays",
  lines,
  ops.decimal_text(outstanding) as outstanding,
  round(value, 2)::text as value,
  currency,
  state,
  (select count(*) from judged where $3::text is null or judged.state = $3)::integer as total,
  (select json_object_agg(of_state.state, of_state.count) from (select state, count(*) from judged group by state) as of_state) as counts,
  array[sort_day::text, kind, id] as place
from judged
where ($3::text is null or state = $3)
  and ($5::text[] is null or (sort_day, kind, id) > ($5[1]::date, $5[2], $5[3]))
order by sort_day, kind, id
limit $4
