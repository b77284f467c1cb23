import { predictionFact } from './prediction-fact.ts'
import { slowMoversInput } from './slow-movers.ts'

export const factSlowMover = predictionFact({
  name: 'fact_slow_mover',
  description:
    'Products that will probably hardly sell in a store, and the money that their stock ties up, as reports read them.',
  predictions: slowMoversInput,
  madeOn: 'measured_on',
  columns: {
    probability: 'double precision not null',
    horizon_days: 'integer not null',
    days_since_sale: 'integer not null',
    aging: 'text not null',
    on_hand_quantity: 'numeric(18, 6)',
    unit_value: 'numeric(18, 6)',
    valued_at: 'text',
    tied_up_amount: 'numeric(24, 6)',
    model_version: 'integer not null',
  },
  sums: ['on_hand_quantity', 'tied_up_amount'],
})
