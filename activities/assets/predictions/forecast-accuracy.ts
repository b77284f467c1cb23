import { HORIZON_DAYS_MAX } from '../../../models/forecasting/plan.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { dailySalesInput } from '../features/daily-sales.ts'
import { orphanQuestions, starAsset } from '../framework/star-asset.ts'
import { predictionsInput } from './demand.ts'

export const forecastAccuracy = starAsset({
  name: 'forecast_accuracy',
  description: 'What was forecast for the day, in all the weeks before, against what came.',
  upstream: ['features/daily_sales', 'predictions/demand', 'dim_store', 'dim_product'],
  pipeline: 'batch-prediction',
  reads: { predictions: { ...predictionsInput, daysBefore: HORIZON_DAYS_MAX }, daily: dailySalesInput },
  files: {
    stage: 'predictions/stage_forecast_accuracy.sql',
    check: 'predictions/check_forecast_accuracy.sql',
    swap: ['predictions/delete_forecast_accuracy_partition.sql', 'predictions/replace_forecast_accuracy_partition.sql'],
  },
  revision: 1,
  staged: 'table',
  stagingColumns: `store_id text not null, product_id text not null, horizon integer not null,
    model_name text not null, model_version integer not null, actual_quantity numeric(18, 6) not null,
    forecast_quantity numeric(18, 6) not null, absolute_error numeric(18, 6) not null, has_quantiles boolean not null,
    pinball_loss numeric(18, 6) not null, is_covered_80 boolean not null, is_covered_90 boolean not null`,
  sums: ['actual_quantity', 'forecast_quantity', 'absolute_error', 'pinball_loss'],
  questions: orphanQuestions('store', 'product'),
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('predictions/delete_forecast_accuracy_partition.sql', { date }))
    const query = statement('predictions/replace_forecast_accuracy_partition.sql', { date, staging })
    return (await client.query(query)).rowCount!
  },
})
