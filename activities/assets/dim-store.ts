import { statement } from '../../platform/sql.ts'
import { footTrafficColumns } from './cleansed-foot-traffic.ts'
import { inventoryColumns } from './cleansed-inventory.ts'
import { priceChangeColumns } from './cleansed-price-changes.ts'
import { salesColumns } from './cleansed-sales.ts'
import { dimension } from './dimension.ts'

export const dimStore = dimension({
  name: 'dim_store',
  description:
    'Stores with their history: a new version when the catalogue tells something new, and an inferred member for each store that the day names and no catalogue knows.',
  id: 'store_id',
  catalogue: 'ref.stores',
  reads: {
    sales: { table: 'cleansed/sales', columns: salesColumns },
    inventory: { table: 'cleansed/inventory', columns: inventoryColumns },
    prices: { table: 'cleansed/price_changes', columns: priceChangeColumns },
    traffic: { table: 'cleansed/foot_traffic', columns: footTrafficColumns },
  },
  swapFile: 'etl/merge_dim_store.sql',
  revision: 1,
  async merge(client, staging) {
    await client.query(statement('etl/merge_dim_store.sql', { staging }))
  },
})
