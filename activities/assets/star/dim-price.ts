import { priceChangesInput } from '../cleansed/price-changes.ts'
import { starAsset } from '../framework/star-asset.ts'

const price = priceChangesInput.columns

export const dimPrice = starAsset({
  name: 'dim_price',
  description:
    'List prices with their history, per store and product: the changes of the day, and the end of each price.',
  members: [],
  runsOnSpark: true,
  reads: { prices: priceChangesInput },
  columns: {
    store_id: price.store_id,
    product_id: price.product_id,
    valid_from: { type: 'timestamp', comment: 'The price holds from this instant on.' },
    price: { type: 'decimal(18,6)', comment: "List price of one unit, in the store's currency." },
    reason: price.reason,
    promotion_id: price.promotion_id,
    is_synthetic: price.is_synthetic,
  },
  notCarried: [],
  sql: {
    stage: 'star/stage_price_changes.sql',
    check: 'star/check_sums.sql',
    swap: { replace: 'star/replace_dim_price_partition.sql' },
  },
  revision: 1,
  staged: 'table',
  sums: ['price'],
  // A price ends where the next begins, which another day may contain.
  lock: 'asset',
  async replace(run, { stagedRows }) {
    await run.statement('replace')
    return stagedRows
  },
})
