import { exact } from './columns.ts'
import { predictionFact } from './prediction-fact.ts'
import { slowMoversInput } from './slow-movers.ts'

const { probability, horizon_days, days_since_sale, aging, on_hand_quantity, unit_value, valued_at, model_version } =
  slowMoversInput.columns

export const factSlowMover = predictionFact({
  name: 'fact_slow_mover',
  description: 'Products that will probably hardly sell in a store, and the value of their stock, for reports.',
  predictions: slowMoversInput,
  madeOn: 'measured_on',
  columns: {
    probability,
    horizon_days,
    days_since_sale,
    aging,
    on_hand_quantity: exact(on_hand_quantity),
    unit_value: exact(unit_value),
    valued_at,
    tied_up_amount: {
      type: 'decimal(24,6)',
      isNullable: true,
      comment: 'Units on hand × unit_value; null where either is unknown.',
    },
    model_version,
  },
  sums: ['on_hand_quantity', 'tied_up_amount'],
})
