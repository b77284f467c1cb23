import { dashboard, lines, number, rows, variable } from './panels.ts'

const chosen = 'supplier_id = any (array[$supplier]::text[])'
const IS_OPEN = `status in ('draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received')`

export const orders = dashboard({
  uid: 'shelfline-orders',
  title: 'Order lifecycle',
  description: 'Purchase orders from the proposal over approval and sending to the delivery; transfers; suppliers.',
  from: 'now-30d',
  variables: [
    variable('supplier', 'Supplier', 'select distinct supplier_id from bi.dim_supplier order by supplier_id'),
  ],
  sections: [
    {
      title: 'Now',
      panels: [
        number(
          'Wait for approval',
          `select count(*) as value from ops.purchase_order where status = 'awaiting_approval'`,
          {
            description: 'Orders that a person has to approve: `shelfline orders list --status awaiting_approval`.',
          },
        ),
        number(
          'Longest wait',
          `select coalesce(max(extract(epoch from now() - waits_since)), 0) as value from ops.purchase_order where status = 'awaiting_approval'`,
          {
            description: 'Of the order that has waited longest for approval.',
            unit: 's',
            bad: 86_400,
          },
        ),
        number('Approved, not sent', `select count(*) as value from ops.purchase_order where status = 'approved'`, {
          description: 'Orders that the supplier has not got yet.',
          bad: 1,
        }),
        number(
          'On the way',
          `select count(*) as value from ops.purchase_order where status in ('sent', 'acknowledged', 'partly_received')`,
          {
            description: 'Orders that a delivery is expected for.',
          },
        ),
        number('Outstanding', 'select sum(outstanding_amount) as value from bi.open_orders', {
          description: 'What was ordered and has not come, at cost.',
        }),
        number(
          'Overdue lines',
          `select count(*) as value from bi.open_orders where expected_date < current_date and sent_at is not null`,
          {
            description: 'Lines whose delivery was expected before today.',
            bad: 1,
          },
        ),
      ],
    },
    {
      title: 'The course of orders',
      panels: [
        rows(
          'Orders by state',
          `select status, currency, count(*) as orders, sum(total_value) as value, min(created_at) as oldest
from ops.purchase_order
where ${chosen} and (${IS_OPEN} or $__timeFilter(updated_at))
group by status, currency
order by orders desc`,
          { description: 'Open ones, and those that changed in the chosen time.' },
        ),
        lines(
          'What happened to orders',
          `select $__timeGroupAlias(acted_at, 1h), action as metric, count(*) as value
from ops.purchase_order_action
where $__timeFilter(acted_at)
group by 1, 2
order by 1`,
          {
            description: 'By hour: proposed, approved, sent, received and so on.',
            bars: true,
            stacked: true,
            width: 12,
          },
        ),
        rows(
          'How long the steps take',
          `with steps as (
  select purchase_order_id, min(acted_at) as proposed,
    max(acted_at) filter (where action = 'approve') as approved,
    min(acted_at) filter (where action = 'send') as sent,
    max(acted_at) filter (where action = 'receive') as received
  from ops.purchase_order_action
  group by purchase_order_id
  having $__timeFilter(min(acted_at))
)

select step, count(seconds) as orders,
  round((percentile_cont(0.5) within group (order by seconds) / 3600)::numeric, 2) as median_hours,
  round((percentile_cont(0.9) within group (order by seconds) / 3600)::numeric, 2) as p90_hours
from steps
cross join lateral (values
  ('proposed to approved', extract(epoch from approved - proposed)),
  ('approved to sent', extract(epoch from sent - approved)),
  ('sent to last delivery', extract(epoch from received - sent))
) as step (step, seconds)
group by step
order by step`,
          { description: 'Of orders that were proposed in the chosen time.' },
        ),
        rows(
          'Open orders',
          `select created_at, purchase_order_id, supplier_id, location_id, status, total_value, currency, waits_since, sent_at
from ops.purchase_order
where ${chosen} and ${IS_OPEN}
order by created_at
limit 100`,
          { description: '`shelfline orders show ORDER` shows one.' },
        ),
      ],
    },
    {
      title: 'Proposals and transfers',
      panels: [
        lines(
          'Proposed lines by day',
          `select order_date::timestamp as time, status as metric, count(*) as value
from bi.reorder_predictions
join bi.dim_supplier using (supplier_key)
where ${chosen} and $__timeFilter(order_date::timestamp)
group by 1, 2
order by 1`,
          { description: 'By the state that the order has now.', bars: true, stacked: true, width: 12 },
        ),
        rows(
          'Transfers',
          `select review_date, state, count(*) as transfers, sum(quantity) as quantity, sum(gain_amount) as gain
from bi.transfers
where $__timeFilter(review_date::timestamp)
group by review_date, state
order by review_date desc
limit 50`,
          { description: 'Between stores and warehouses.' },
        ),
      ],
    },
    {
      title: 'Suppliers',
      panels: [
        rows(
          'How suppliers deliver',
          `select name as supplier, sum(lines) as lines, sum(settled_lines) as settled_lines, round(avg(fill), 3) as fill, round(avg(on_time), 3) as on_time,
  sum(deliveries) as deliveries, round(avg(lead_time_p50_days), 1) as lead_time_days
from bi.supplier_performance
join bi.dim_supplier using (supplier_key)
where ${chosen}
group by name
order by lines desc
limit 50`,
          { description: 'Mean over the locations that each supplies.', width: 24 },
        ),
      ],
    },
  ],
})
