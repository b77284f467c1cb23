import { inventoryInput } from '../cleansed/inventory.ts'
import { priceChangesInput } from '../cleansed/price-changes.ts'
import { salesInput } from '../cleansed/sales.ts'
import { mergeStatements } from '../framework/members.ts'
import { dimension } from './dimension.ts'

/** Whether dim_product has every version that the catalogue contains; then only the day's products are looked at. */
const COUNT_VERSIONS = `select (select count(*) from ref.product_versions)
  = (select count(*) from analytics.dim_product where not is_unknown) as "isComplete"`

export const dimProduct = dimension({
  name: 'dim_product',
  description:
    'Products with their history: every version from the catalogue, and an inferred member for each product of the day that is in no catalogue.',
  id: 'product_id',
  catalogue: 'ref.product_versions',
  reads: {
    sales: salesInput,
    inventory: inventoryInput,
    prices: priceChangesInput,
  },
  sql: { stage: 'star/stage_product_members.sql', merge: mergeStatements.product },
  revision: 1,
  async scope(run, staging) {
    const [counted] = await run.query<{ isComplete: boolean }>(COUNT_VERSIONS)
    return { scope: counted!.isComplete ? `product_id in (select member_id from ${staging} as named)` : 'true' }
  },
})
