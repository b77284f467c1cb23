import { statement } from '../../platform/sql.ts'
import { anomaliesInput } from './predictions-anomalies.ts'
import { orphanQuestions, starAsset } from './star-asset.ts'

export const factAnomaly = starAsset({
  name: 'fact_anomaly',
  description: 'Days of a product in a store that are unlike other days, as reports read them.',
  upstream: ['predictions/anomalies', 'dim_store', 'dim_product'],
  pipeline: 'batch-prediction',
  reads: { predictions: anomaliesInput },
  files: {
    stage: 'models/stage_fact_anomaly.sql',
    check: 'models/check_fact_anomaly.sql',
    swap: ['models/delete_fact_anomaly_partition.sql', 'models/replace_fact_anomaly_partition.sql'],
  },
  revision: 1,
  staged: 'view',
  stagingColumns: `store_id text not null, product_id text not null, score double precision not null, reason text not null,
    reasons text not null, sold_quantity numeric(18, 6) not null, usual_quantity numeric(18, 6) not null,
    model_version integer not null`,
  sums: ['sold_quantity', 'usual_quantity'],
  questions: orphanQuestions('store', 'product'),
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('models/delete_fact_anomaly_partition.sql', { date }))
    const { rowCount } = await client.query(statement('models/replace_fact_anomaly_partition.sql', { date, staging }))
    return rowCount!
  },
})
