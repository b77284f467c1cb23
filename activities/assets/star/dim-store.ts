import { footTrafficInput } from '../cleansed/foot-traffic.ts'
import { inventoryInput } from '../cleansed/inventory.ts'
import { priceChangesInput } from '../cleansed/price-changes.ts'
import { salesInput } from '../cleansed/sales.ts'
import { mergeStatements } from '../framework/members.ts'
import { dimension } from './dimension.ts'

export const dimStore = dimension({
  name: 'dim_store',
  description:
    'Stores with their history: a new version after a change in the catalogue, and an inferred member for each store of the day that is in no catalogue.',
  id: 'store_id',
  catalogue: 'ref.stores',
  reads: {
    sales: salesInput,
    inventory: inventoryInput,
    prices: priceChangesInput,
    traffic: footTrafficInput,
  },
  sql: { stage: 'star/stage_store_members.sql', merge: mergeStatements.store },
  revision: 1,
})
