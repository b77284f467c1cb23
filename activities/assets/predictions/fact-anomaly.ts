import { anomaliesInput } from './anomalies.ts'
import { predictionFact } from './prediction-fact.ts'

export const factAnomaly = predictionFact({
  name: 'fact_anomaly',
  description: 'Days of a product in a store that are unlike other days, as reports read them.',
  predictions: anomaliesInput,
  madeOn: 'anomaly_date',
  columns: {
    score: 'double precision not null',
    reason: 'text not null',
    reasons: 'json not null',
    sold_quantity: 'numeric(18, 6) not null',
    usual_quantity: 'numeric(18, 6) not null',
    model_version: 'integer not null',
  },
  sums: ['sold_quantity', 'usual_quantity'],
})
