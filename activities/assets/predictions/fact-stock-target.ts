import { predictionFact } from './prediction-fact.ts'
import { stockTargetsInput } from './stock-targets.ts'

export const factStockTarget = predictionFact({
  name: 'fact_stock_target',
  description: 'How much of each product a store should have, as reports read it.',
  predictions: stockTargetsInput,
  madeOn: 'measured_on',
  columns: {
    service_level: 'double precision not null',
    protection_days: 'integer not null',
    daily_quantity: 'numeric(18, 6) not null',
    demand_quantity: 'numeric(18, 6) not null',
    target_quantity: 'numeric(18, 6) not null',
    rule: 'text not null',
    days_of_cover: 'double precision',
    on_hand_quantity: 'numeric(18, 6)',
    on_hand_days_of_cover: 'double precision',
    model_version: 'integer not null',
  },
  sums: ['demand_quantity', 'target_quantity'],
})
