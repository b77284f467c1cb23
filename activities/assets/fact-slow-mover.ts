import { statement } from '../../platform/sql.ts'
import { slowMoversInput } from './predictions-slow-movers.ts'
import { orphanQuestions, starAsset } from './star-asset.ts'

export const factSlowMover = starAsset({
  name: 'fact_slow_mover',
  description:
    'Products that will probably hardly sell in a store, and the money that their stock ties up, as reports read them.',
  upstream: ['predictions/slow_movers', 'dim_store', 'dim_product'],
  pipeline: 'batch-prediction',
  reads: { predictions: slowMoversInput },
  files: {
    stage: 'models/stage_fact_slow_mover.sql',
    check: 'models/check_fact_slow_mover.sql',
    swap: ['models/delete_fact_slow_mover_partition.sql', 'models/replace_fact_slow_mover_partition.sql'],
  },
  revision: 1,
  staged: 'view',
  stagingColumns: `store_id text not null, product_id text not null, probability double precision not null,
    horizon_days integer not null, days_since_sale integer not null, aging text not null, on_hand_quantity numeric(18, 6),
    unit_value numeric(18, 6), valued_at text, tied_up_amount numeric(24, 6), model_version integer not null`,
  sums: ['on_hand_quantity', 'tied_up_amount'],
  questions: orphanQuestions('store', 'product'),
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('models/delete_fact_slow_mover_partition.sql', { date }))
    const { rowCount } = await client.query(
      statement('models/replace_fact_slow_mover_partition.sql', { date, staging }),
    )
    return rowCount!
  },
})
