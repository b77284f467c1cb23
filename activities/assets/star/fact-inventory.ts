import { statement } from '../../../platform/postgres/sql.ts'
import { inventoryInput } from '../cleansed/inventory.ts'
import { salesInput } from '../cleansed/sales.ts'
import { orphanQuestions, starAsset } from '../framework/star-asset.ts'

export const factInventory = starAsset({
  name: 'fact_inventory',
  description:
    'Stock of each product in each store that moved on the day: opening + received − sold + adjusted = closing. A day on which nothing moved has no row; its stock is the closing of the last one.',
  upstream: ['cleansed/sales', 'cleansed/inventory', 'dim_store', 'dim_product'],
  reads: {
    sales: salesInput,
    inventory: inventoryInput,
  },
  files: {
    stage: 'star/stage_inventory.sql',
    check: 'star/check_fact_inventory.sql',
    swap: [
      'star/begin_fact_inventory_partition.sql',
      'star/mend_later_inventory.sql',
      'star/replace_fact_inventory_partition.sql',
      'star/add_inventory_balances.sql',
    ],
  },
  revision: 1,
  staged: 'table',
  stagingColumns: `store_id text not null, product_id text not null, first_store_key bigint not null,
    first_product_key bigint not null, received numeric(18, 6) not null,
    sold numeric(18, 6) not null, adjusted numeric(18, 6) not null, is_synthetic boolean not null,
    last_moved_at timestamptz not null`,
  sums: ['received', 'sold', 'adjusted'],
  questions: orphanQuestions('store', 'product'),
  // A day opens with what all days before it left, whichever of them was built last.
  lock: 'asset',
  async replace(client, { date, staging }) {
    await client.query(statement('star/begin_fact_inventory_partition.sql', { date, staging }))
    const { rows } = await client.query(`select exists (select from movement where last_date > ${date}) as "hasLater"`)
    if (rows[0].hasLater) await client.query(statement('star/mend_later_inventory.sql', { date }))
    const inserted = await client.query(statement('star/replace_fact_inventory_partition.sql', { date, staging }))
    await client.query(statement('star/add_inventory_balances.sql', { date }))
    return inserted.rowCount!
  },
})
