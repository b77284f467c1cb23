import { statement } from '../../../platform/postgres/sql.ts'
import { priceChangesInput } from '../cleansed/price-changes.ts'
import { starAsset } from '../framework/star-asset.ts'

export const dimPrice = starAsset({
  name: 'dim_price',
  description:
    'List prices with their history, per store and product: the changes of the day, and where each price ends.',
  upstream: ['cleansed/price_changes'],
  reads: { prices: priceChangesInput },
  files: {
    stage: 'star/stage_price_changes.sql',
    check: 'star/check_dim_price.sql',
    swap: ['star/replace_dim_price_partition.sql'],
  },
  revision: 1,
  staged: 'table',
  stagingColumns: `store_id text not null, product_id text not null, valid_from timestamptz not null,
    price numeric(18, 6) not null, reason text not null, promotion_id text, is_synthetic boolean not null`,
  sums: ['price'],
  questions: [],
  // A price ends where the next begins, which another day may tell.
  lock: 'asset',
  async replace(client, { date, staging, stagedRows }) {
    await client.query(statement('star/replace_dim_price_partition.sql', { date, staging }))
    return stagedRows
  },
})
