import { statement } from '../../platform/sql.ts'
import { predictionsInput } from './predictions-demand.ts'
import { orphanQuestions, starAsset } from './star-asset.ts'

export const factForecast = starAsset({
  name: 'fact_forecast',
  description: 'The forecasts that were made from the day, as reports read them.',
  upstream: ['predictions/demand', 'dim_store', 'dim_product'],
  pipeline: 'batch-prediction',
  reads: { predictions: predictionsInput },
  files: {
    stage: 'models/stage_forecasts.sql',
    check: 'models/check_fact_forecast.sql',
    swap: ['models/delete_fact_forecast_partition.sql', 'models/replace_fact_forecast_partition.sql'],
  },
  revision: 1,
  staged: 'view',
  stagingColumns: `store_id text not null, product_id text not null, target_date date not null,
    model_name text not null, model_version integer not null, mean_quantity numeric(18, 6) not null,
    p10_quantity numeric(18, 6), p50_quantity numeric(18, 6), p90_quantity numeric(18, 6)`,
  sums: ['mean_quantity'],
  questions: orphanQuestions('store', 'product'),
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('models/delete_fact_forecast_partition.sql', { date }))
    const { rowCount } = await client.query(statement('models/replace_fact_forecast_partition.sql', { date, staging }))
    return rowCount!
  },
})
