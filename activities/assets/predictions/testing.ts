/** Forecasts as a model would have made them, for tests of what reads them. */
import { QUANTILES, quantileColumn } from '../../../models/forecasting/plan.ts'
import type { TestAssets } from '../framework/testing.ts'
import { predictionsInput } from './demand.ts'

/** Quantiles are the mean, more or less a tenth of it for each step from the median. */
export const quantileAt = (mean: number, index: number) => mean * (1 + (index - 3) / 10)

/** @param rows `('store', 'product', horizon, mean)`: what is forecast on the date */
export const putForecasts = (
  world: TestAssets,
  date: string,
  rows: readonly string[],
  { model = 'demand', version = 4 } = {},
): Promise<void> => {
  const quantiles = QUANTILES.map(
    (level, index) => `${quantileAt(1, index)} * mean::double as ${quantileColumn(level)}`,
  )
  return world.put(
    predictionsInput,
    date,
    `select store_id, product_id, (date '${date}' + horizon)::date as target_date, horizon, mean::double as mean,
       ${quantiles.join(', ')}, '${model}' as model_name, ${version} as model_version, date '${date}' as date
     from (values ${rows.join(', ')}) as said (store_id, product_id, horizon, mean)`,
  )
}
