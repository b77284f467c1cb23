import { inventoryInput } from '../cleansed/inventory.ts'
import { salesInput } from '../cleansed/sales.ts'
import { starAsset } from '../framework/star-asset.ts'

const { store_id, product_id } = inventoryInput.columns

export const factInventory = starAsset({
  name: 'fact_inventory',
  description:
    'Stock of each product in each store that moved on the day: opening + received − sold + adjusted = closing. A day on which nothing moved has no row; its stock is the closing of the last one.',
  members: ['store', 'product'],
  reads: {
    sales: salesInput,
    inventory: inventoryInput,
  },
  columns: {
    store_id,
    product_id,
    first_store_key: { type: 'long', comment: "Key of the store's first version: what balances are kept by." },
    first_product_key: { type: 'long', comment: "Key of the product's first version." },
    received: {
      type: 'decimal(18,6)',
      comment: 'Units that came by delivery or transfer; transfers out are negative.',
    },
    sold: { type: 'decimal(18,6)', comment: 'Units sold less units returned, from the till.' },
    adjusted: {
      type: 'decimal(18,6)',
      comment: 'Units that counts, adjustments and waste added (positive) or removed (negative).',
    },
    is_synthetic: {
      type: 'boolean',
      comment: 'Rests on stock movements that were made up by a seeded rule.',
    },
    last_moved_at: { type: 'timestamp', comment: 'Instant of the last movement: whose versions the row names.' },
  },
  notCarried: 'all',
  sql: {
    stage: 'star/stage_inventory.sql',
    check: 'star/check_fact_inventory.sql',
    swap: {
      begin: 'star/begin_fact_inventory_partition.sql',
      mend: 'star/mend_later_inventory.sql',
      insert: 'star/replace_fact_inventory_partition.sql',
      balance: 'star/add_inventory_balances.sql',
    },
  },
  revision: 1,
  staged: 'table',
  sums: ['received', 'sold', 'adjusted'],
  // A day opens with what all days before it left, whichever of them was built last.
  lock: 'asset',
  async replace(run, { date }) {
    await run.statement('begin')
    const [later] = await run.query<{ exists: boolean }>(
      `select exists (select from movement where last_date > ${date})`,
    )
    if (later!.exists) await run.statement('mend')
    const { rowCount } = await run.statement('insert')
    await run.statement('balance')
    return rowCount!
  },
})
