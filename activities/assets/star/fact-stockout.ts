import { inventoryInput } from '../cleansed/inventory.ts'
import { starAsset } from '../framework/star-asset.ts'

const { store_id, product_id, quantity_change } = inventoryInput.columns

export const factStockout = starAsset({
  name: 'fact_stockout',
  description:
    'When products were out of stock on the day, by the opening stock, every sale and every movement, and what that lost.',
  members: ['store', 'product'],
  after: ['dim_price', 'fact_sales', 'fact_inventory'],
  runsOnSpark: true,
  reads: { inventory: inventoryInput },
  columns: {
    store_id,
    product_id,
    moved_at: { type: 'timestamp', comment: 'Instant of the movement.' },
    quantity: quantity_change,
  },
  notCarried: 'all',
  sql: {
    stage: 'star/stage_stock_changes.sql',
    check: 'star/check_versions.sql',
    swap: {
      delete: 'star/delete_fact_stockout_partition.sql',
      insert: 'star/replace_fact_stockout_partition.sql',
    },
  },
  parameters: () => ({ at: 'moved_at' }),
  revision: 1,
  staged: 'table',
  sums: ['quantity'],
  // A stock-out that lasts began on a day before.
  lock: 'asset',
})
