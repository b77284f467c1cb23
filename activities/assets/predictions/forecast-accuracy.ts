import { MEASURED_DAYS_MAX } from '../../../models/forecasting/plan.ts'
import { dailySalesInput } from '../features/daily-sales.ts'
import type { AssetColumn } from '../framework/columns.ts'
import { starAsset } from '../framework/star-asset.ts'
import { predictionsInput } from './demand.ts'

const { store_id, product_id, horizon, model_name, model_version } = predictionsInput.columns
const quantity = (comment: string): AssetColumn => ({ type: 'decimal(18,6)', comment })
const flag = (comment: string): AssetColumn => ({ type: 'boolean', comment })

export const forecastAccuracy = starAsset({
  name: 'forecast_accuracy',
  description: 'Every forecast of the day, made in the weeks before, compared with the actual sales.',
  members: ['store', 'product'],
  addsMembers: { store: ['store_id'], product: ['product_id'] },
  pipeline: 'batch-prediction',
  runsOnSpark: true,
  reads: { predictions: { ...predictionsInput, daysBefore: MEASURED_DAYS_MAX }, daily: dailySalesInput },
  columns: {
    store_id,
    product_id,
    horizon,
    model_name,
    model_version,
    actual_quantity: quantity('Units that sold.'),
    forecast_quantity: quantity('Units that were forecast, the mean.'),
    absolute_error: quantity('|forecast − sold|.'),
    has_quantiles: flag('The forecast had quantiles.'),
    pinball_loss: quantity('Mean pinball loss of its seven quantiles, in units.'),
    is_covered_80: flag('What sold lay between the 10 % and the 90 % quantile.'),
    is_covered_90: flag('What sold lay between the 5 % and the 95 % quantile.'),
  },
  notCarried: 'all',
  sql: {
    stage: 'predictions/stage_forecast_accuracy.sql',
    check: 'predictions/check_forecast_accuracy.sql',
    swap: {
      delete: 'predictions/delete_forecast_accuracy_partition.sql',
      insert: 'predictions/replace_forecast_accuracy_partition.sql',
    },
  },
  revision: 2,
  staged: 'table',
  sums: ['actual_quantity', 'forecast_quantity', 'absolute_error', 'pinball_loss'],
  lock: 'date',
})
