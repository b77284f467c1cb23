import { statement } from '../../platform/sql.ts'
import { stockTargetsInput } from './predictions-stock-targets.ts'
import { orphanQuestions, starAsset } from './star-asset.ts'

export const factStockTarget = starAsset({
  name: 'fact_stock_target',
  description: 'How much of each product a store should have, as reports read it.',
  upstream: ['predictions/stock_targets', 'dim_store', 'dim_product'],
  pipeline: 'batch-prediction',
  reads: { predictions: stockTargetsInput },
  files: {
    stage: 'models/stage_fact_stock_target.sql',
    check: 'models/check_fact_stock_target.sql',
    swap: ['models/delete_fact_stock_target_partition.sql', 'models/replace_fact_stock_target_partition.sql'],
  },
  revision: 1,
  staged: 'view',
  stagingColumns: `store_id text not null, product_id text not null, service_level double precision not null,
    protection_days integer not null, daily_quantity numeric(18, 6) not null, demand_quantity numeric(18, 6) not null,
    target_quantity numeric(18, 6) not null, rule text not null, days_of_cover double precision,
    on_hand_quantity numeric(18, 6), on_hand_days_of_cover double precision, model_version integer not null`,
  sums: ['demand_quantity', 'target_quantity'],
  questions: orphanQuestions('store', 'product'),
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('models/delete_fact_stock_target_partition.sql', { date }))
    const { rowCount } = await client.query(
      statement('models/replace_fact_stock_target_partition.sql', { date, staging }),
    )
    return rowCount!
  },
})
