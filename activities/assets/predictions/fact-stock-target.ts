import { exact } from './columns.ts'
import { predictionFact } from './prediction-fact.ts'
import { stockTargetsInput } from './stock-targets.ts'

const { store_id: _store, product_id: _product, ...target } = stockTargetsInput.columns

export const factStockTarget = predictionFact({
  name: 'fact_stock_target',
  description: 'How much of each product a store should have, for reports.',
  predictions: stockTargetsInput,
  madeOn: 'measured_on',
  columns: {
    ...target,
    daily_quantity: exact(target.daily_quantity),
    demand_quantity: exact(target.demand_quantity),
    target_quantity: exact(target.target_quantity),
    on_hand_quantity: exact(target.on_hand_quantity),
  },
  sums: ['demand_quantity', 'target_quantity'],
})
