import { literal } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { dailySalesInput } from '../features/daily-sales.ts'
import { starAsset } from '../framework/star-asset.ts'
import { predictionsInput } from './demand.ts'

/** Errors are held against each other over a whole week, so that each weekday is in once. */
const DAYS = 7

const DELETE = 'predictions/delete_forecast_dependence.sql'
const INSERT = 'predictions/insert_forecast_dependence.sql'

export const forecastDependence = starAsset({
  name: 'forecast_dependence',
  description:
    'How the errors of the forecasts for the week that ends with the day went together, over days and over stores.',
  upstream: ['features/daily_sales', 'predictions/demand'],
  pipeline: 'batch-prediction',
  reads: {
    predictions: { ...predictionsInput, daysBefore: DAYS },
    daily: { ...dailySalesInput, daysBefore: DAYS - 1 },
  },
  files: {
    stage: 'predictions/stage_forecast_dependence.sql',
    check: 'predictions/check_forecast_dependence.sql',
    swap: [DELETE, INSERT],
  },
  stageParameters: (date) => ({ forecast_date: `date ${literal(date)} - ${DAYS}` }),
  revision: 1,
  staged: 'table',
  stagingColumns: `store_id text not null, product_id text not null, target_date date not null,
    error numeric(18, 6) not null`,
  sums: ['error'],
  questions: [],
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement(DELETE, { date }))
    const { rowCount } = await client.query(statement(INSERT, { date, forecast_date: `${date} - ${DAYS}`, staging }))
    return rowCount!
  },
})
