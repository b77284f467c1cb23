import { datedTable } from '../framework/lake-input.ts'
import { takenOnce } from '../framework/taken-once.ts'

export const opsDecisions = takenOnce({
  output: datedTable(
    'ops/decisions',
    'What was decided, as it was on the morning after the day: plans, orders, transfers, discounts, removals, alerts and policies that were open, or changed on the day or after it. Copied once; empty for days without a copy.',
    {
      kind: { type: 'string', comment: 'What was decided, e.g. `restock_plan`, `purchase_order`, `alert`, `policy`.' },
      decision_id: { type: 'string', comment: 'Its id.' },
      store_id: { type: 'string', comment: 'The store or warehouse; empty: all.' },
      product_id: { type: 'string', comment: 'The product; empty where it is about several or none.' },
      decided_at: { type: 'timestamp', comment: 'When it was decided first.' },
      decision: { type: 'string', comment: 'The whole row, as JSON; an order with its lines.' },
    },
  ),
  orderBy: ['kind', 'decision_id', 'store_id', 'product_id'],
  sql: 'ops/decisions.sql',
  revision: 1,
})
