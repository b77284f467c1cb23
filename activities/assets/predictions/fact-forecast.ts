import { predictionsInput } from './demand.ts'
import { predictionFact } from './prediction-fact.ts'

export const factForecast = predictionFact({
  name: 'fact_forecast',
  description: 'The forecasts that were made from the day, as reports read them.',
  predictions: predictionsInput,
  madeOn: 'forecast_date',
  columns: {
    target_date: 'date not null',
    model_name: 'text not null',
    model_version: 'integer not null',
    mean_quantity: 'numeric(18, 6) not null',
    p10_quantity: 'numeric(18, 6)',
    p50_quantity: 'numeric(18, 6)',
    p90_quantity: 'numeric(18, 6)',
  },
  sums: ['mean_quantity'],
})
