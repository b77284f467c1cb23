import { statement } from '../../platform/sql.ts'
import { crossSellInput } from './predictions-cross-sell.ts'
import { orphanQuestions, starAsset } from './star-asset.ts'

export const factCrossSell = starAsset({
  name: 'fact_cross_sell',
  description: 'For each product those that go into the same baskets, as reports read it.',
  upstream: ['predictions/cross_sell', 'dim_product'],
  pipeline: 'batch-prediction',
  reads: { predictions: crossSellInput },
  files: {
    stage: 'models/stage_fact_cross_sell.sql',
    check: 'models/check_fact_cross_sell.sql',
    swap: ['models/delete_fact_cross_sell_partition.sql', 'models/replace_fact_cross_sell_partition.sql'],
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
    await client.query(statement('models/delete_fact_cross_sell_partition.sql', { date }))
    const { rowCount } = await client.query(
      statement('models/replace_fact_cross_sell_partition.sql', { date, staging }),
    )
    return rowCount!
  },
})
