import { starAsset } from '../framework/star-asset.ts'
import { crossSellInput } from './cross-sell.ts'

const pair = crossSellInput.columns

export const factCrossSell = starAsset({
  name: 'fact_cross_sell',
  description: 'For each product the products in the same baskets, for reports.',
  members: ['product'],
  addsMembers: { product: ['product_id', 'other_product_id'] },
  pipeline: 'batch-prediction',
  reads: { predictions: crossSellInput },
  columns: {
    ...pair,
    baskets: { ...pair.baskets, type: 'long' },
    baskets_together: { ...pair.baskets_together, type: 'long' },
  },
  notCarried: ['product_id', 'other_product_id'],
  sql: {
    stage: 'predictions/stage_fact_cross_sell.sql',
    check: 'predictions/check_fact_cross_sell.sql',
    swap: {
      delete: 'predictions/delete_fact_cross_sell_partition.sql',
      insert: 'predictions/replace_fact_cross_sell_partition.sql',
    },
  },
  revision: 1,
  staged: 'view',
  sums: ['baskets_together'],
  lock: 'date',
})
