import { datedTable } from '../framework/lake-input.ts'
import { takenOnce } from '../framework/taken-once.ts'

export const opsState = takenOnce({
  output: datedTable(
    'ops/state',
    'Every row of the live state on the morning after the day: stock, shelves, warehouses, lots, prices, markdowns, stock-out risk. Copied once; empty for days without a copy.',
    {
      kind: {
        type: 'string',
        comment: 'The table of the live state, e.g. `stock`, `shelf`, `warehouse_lot`, `stock_out_risk`.',
      },
      store_id: { type: 'string', comment: 'The store or warehouse.' },
      product_id: { type: 'string', comment: 'The product.' },
      batch_id: { type: 'string', comment: 'The lot; empty where the table has none, or the lot is unknown.' },
      quantity: {
        type: 'double',
        isNullable: true,
        comment: 'Units, or the price, the percentage or the probability that the table is about.',
      },
      state: { type: 'string', comment: 'The whole row, as JSON.' },
    },
  ),
  orderBy: ['kind', 'store_id', 'product_id', 'batch_id'],
  sql: 'ops/state.sql',
  revision: 1,
})
