import type { Columns } from '../framework/columns.ts'
import { exact } from './columns.ts'
import { predictionsInput } from './demand.ts'
import { predictionFact } from './prediction-fact.ts'

const { target_date, model_name, model_version, mean, deviation } = predictionsInput.columns
const { q10, q50, q90 }: Columns = predictionsInput.columns

export const factForecast = predictionFact({
  name: 'fact_forecast',
  description: 'The forecasts that were made from the day, for reports.',
  predictions: predictionsInput,
  runsOnSpark: true,
  madeOn: 'forecast_date',
  columns: {
    target_date,
    model_name,
    model_version,
    mean_quantity: exact(mean),
    deviation_quantity: exact(deviation),
    p10_quantity: exact(q10!),
    p50_quantity: exact(q50!),
    p90_quantity: exact(q90!),
  },
  sums: ['mean_quantity'],
})
