import { DEMAND_SPEEDS, SPEED_BOUNDS } from '../../../models/replenishment/demand-speed.ts'
import { dailySalesInput } from '../features/daily-sales.ts'
import { starAsset } from '../framework/star-asset.ts'
import { predictionsInput } from './demand.ts'

/** Errors are compared over a whole week, so that each weekday counts once. */
const DAYS = 7

const slower = SPEED_BOUNDS.map((bound, index) => `when usual < ${bound} then '${DEMAND_SPEEDS[index]}'`)
const speed = `case ${slower.join(' ')} else '${DEMAND_SPEEDS.at(-1)}' end`

const { store_id, product_id, target_date } = predictionsInput.columns

export const forecastDependence = starAsset({
  name: 'forecast_dependence',
  description:
    'The correlation of the forecast errors of the week that ends with the day, between days and between stores, of slow, medium and fast sellers.',
  members: [],
  pipeline: 'batch-prediction',
  reads: {
    predictions: { ...predictionsInput, daysBefore: DAYS },
    daily: { ...dailySalesInput, daysBefore: DAYS - 1 },
  },
  columns: {
    store_id,
    product_id,
    target_date,
    speed: { type: 'string', comment: 'slow, medium or fast, by the mean units a day that were forecast.' },
    error: { type: 'decimal(18,6)', comment: 'Sold less forecast, over the standard deviation that was forecast.' },
  },
  notCarried: 'all',
  table: 'ops.forecast_dependence',
  sql: {
    stage: 'predictions/stage_forecast_dependence.sql',
    check: 'star/check_sums.sql',
    swap: {
      delete: 'predictions/delete_forecast_dependence.sql',
      insert: 'predictions/insert_forecast_dependence.sql',
    },
  },
  parameters: (date) => ({ forecast_date: `${date} - ${DAYS}`, speed }),
  revision: 2,
  staged: 'table',
  sums: ['error'],
  lock: 'date',
})
