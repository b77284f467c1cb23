import { anomaliesInput } from './anomalies.ts'
import { exact } from './columns.ts'
import { predictionFact } from './prediction-fact.ts'

const { score, reason, reasons, sold_quantity, usual_quantity, model_version } = anomaliesInput.columns

export const factAnomaly = predictionFact({
  name: 'fact_anomaly',
  description: 'Unusual days of a product in a store, for reports.',
  predictions: anomaliesInput,
  madeOn: 'anomaly_date',
  columns: {
    score,
    reason,
    reasons: { ...reasons, postgresType: 'json' },
    sold_quantity: exact(sold_quantity),
    usual_quantity: exact(usual_quantity),
    model_version,
  },
  sums: ['sold_quantity', 'usual_quantity'],
})
