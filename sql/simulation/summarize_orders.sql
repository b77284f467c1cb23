-- What became of the orders of these warehouses ($1).
with orders as materialized (
  select * from ops.purchase_order where location_id = any ($1)
),
step as (
  select action, count(distinct purchase_order_id) as orders
  from ops.purchase_order_action
  where purchase_order_id in (select purchase_order_id from orders)
  group by action
)
select
  (select count(*)::integer from orders) as orders,
  (select coalesce(jsonb_object_agg(status, number), '{}') from (
    select status, count(*) as number from orders group by status
  ) as by_status) as "byStatus",
  (select coalesce(jsonb_object_agg(action, orders), '{}') from step) as "byStep",
  (select count(*)::integer from ops.purchase_order_action
    where action = 'approve' and acted_by = 'shelfline' and purchase_order_id in (select purchase_order_id from orders)
  ) as automatic,
  (select count(*)::integer from ops.supplier_lead_time where location_id = any ($1) and days_late > 0) as "lateDeliveries",
  (select count(*)::integer from ops.purchase_order_line
    where cancelled_quantity > 0 and purchase_order_id in (select purchase_order_id from orders)
  ) as "shortLines",
  (select count(*)::integer from ops.purchase_order_line
    where damaged_quantity > 0 and purchase_order_id in (select purchase_order_id from orders)
  ) as "damagedLines"
