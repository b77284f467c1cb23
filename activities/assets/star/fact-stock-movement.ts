import { inventoryInput } from '../cleansed/inventory.ts'
import { salesInput } from '../cleansed/sales.ts'
import { starAsset } from '../framework/star-asset.ts'

const { store_id, product_id, is_synthetic } = inventoryInput.columns

export const factStockMovement = starAsset({
  name: 'fact_stock_movement',
  description:
    'How the stock of each product in each store changed on the day, by reason: sales and returns of the till, deliveries, transfers, counts, adjustments, waste.',
  members: ['store', 'product'],
  after: ['dim_price'],
  runsOnSpark: true,
  reads: {
    sales: salesInput,
    inventory: inventoryInput,
  },
  columns: {
    store_id,
    product_id,
    reason: { type: 'string', comment: 'sale, return, delivery, transfer, adjustment, count or waste.' },
    movements: { type: 'long', comment: 'Sale lines or stock movements.' },
    quantity: { type: 'decimal(18,6)', comment: 'Units added (positive) or removed (negative).' },
    is_synthetic,
    first_moved_at: { type: 'timestamp', comment: 'Instant of the first movement.' },
    last_moved_at: { type: 'timestamp', comment: 'Instant of the last movement: whose versions the row names.' },
  },
  notCarried: ['store_id', 'product_id'],
  sql: {
    stage: 'star/stage_stock_movements.sql',
    check: 'star/check_versions.sql',
    swap: {
      delete: 'star/delete_fact_stock_movement_partition.sql',
      insert: 'star/replace_fact_stock_movement_partition.sql',
    },
  },
  parameters: () => ({ at: 'last_moved_at' }),
  revision: 1,
  staged: 'table',
  sums: ['movements', 'quantity'],
  lock: 'date',
})
