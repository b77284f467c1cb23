import { statement } from '../../../platform/postgres/sql.ts'
import { orphanQuestions, starAsset } from '../framework/star-asset.ts'
import { crossSellInput } from './cross-sell.ts'

export const factCrossSell = starAsset({
  name: 'fact_cross_sell',
  description: 'For each product those that go into the same baskets, as reports read it.',
  upstream: ['predictions/cross_sell', 'dim_product'],
  pipeline: 'batch-prediction',
  reads: { predictions: crossSellInput },
  files: {
    stage: 'predictions/stage_fact_cross_sell.sql',
    check: 'predictions/check_fact_cross_sell.sql',
    swap: ['predictions/delete_fact_cross_sell_partition.sql', 'predictions/replace_fact_cross_sell_partition.sql'],
  },
  revision: 1,
  staged: 'view',
  stagingColumns: `product_id text not null, place integer not null, other_product_id text not null,
    similarity double precision not null, baskets bigint not null, baskets_together bigint not null, lift double precision,
    model_version integer not null`,
  sums: ['baskets_together'],
  questions: orphanQuestions('product'),
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('predictions/delete_fact_cross_sell_partition.sql', { date }))
    const { rowCount } = await client.query(
      statement('predictions/replace_fact_cross_sell_partition.sql', { date, staging }),
    )
    return rowCount!
  },
})
