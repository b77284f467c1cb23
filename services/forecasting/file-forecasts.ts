/** Forecasts of demand from a person's own file: on this machine, without a server. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  FORECAST_TABLE,
  type ForecastWork,
  type SalesHistory,
  WHY_PREFIX,
} from '../../activities/forecasting/evaluation.ts'
import { QUANTILES, quantileColumn } from '../../models/forecasting/plan.ts'
import {
  createLocalDuckDb,
  type DuckDBConnection,
  identifier,
  literal,
  withConnection,
} from '../../platform/duckdb/duckdb.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { openXgboost } from '../../platform/xgboost/xgboost.ts'
import { InvalidError, refusalOf } from '../errors.ts'

export {
  type Evaluation,
  evaluateForecast,
  type ForecastWork,
  forecastAhead,
} from '../../activities/forecasting/evaluation.ts'
export { EVALUATED, type EvaluatedForecast } from '../../activities/forecasting/evaluation-errors.ts'
export { type PlannedWeek, planSeason, readSeasonPlan } from '../../activities/forecasting/season-plan.ts'
export { FREQUENCIES, type Frequency, HORIZON_MAX, PERIOD_DAYS } from '../../models/forecasting/plan.ts'

export interface FileForecast<Sales extends SalesHistory>
  extends Pick<ForecastWork, 'frequency' | 'horizon' | 'seed' | 'signal' | 'onStep'> {
  settings: Settings
  /** Reads the file into tables of the connection. */
  readSales(connection: DuckDBConnection): Promise<Sales>
}

/**
 * Work with a forecast's tools: DuckDB in a folder of its own, XGBoost in a thread. All of it is closed at the end.
 *
 * @throws InvalidError when the sales can't be forecast, or need more memory than DuckDB may use
 */
export async function withFileForecast<Sales extends SalesHistory, Result>(
  { settings, readSales, ...request }: FileForecast<Sales>,
  work: (work: ForecastWork & { sales: Sales }, readingSeconds: number) => Promise<Result>,
): Promise<Result> {
  const home = mkdtempSync(join(tmpdir(), 'shelfline-forecast-'))
  try {
    const duckdb = await createLocalDuckDb({ ...settings, home })
    await using xgboost = openXgboost(settings)
    try {
      return await withConnection(duckdb, async (connection) => {
        const startedMs = performance.now()
        const sales = await readSales(connection)
        return await work({ ...request, connection, xgboost, sales }, (performance.now() - startedMs) / 1_000)
      })
    } finally {
      duckdb.closeSync()
    }
  } catch (error) {
    throw refusal(error, settings)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function refusal(error: unknown, { duckdbMemoryLimitMegabytes }: Settings): unknown {
  if (!(error instanceof Error && error.message.startsWith('Out of Memory Error'))) return refusalOf(error)
  const limit = `SHELFLINE_DUCKDB_MEMORY_LIMIT_MEGABYTES=${duckdbMemoryLimitMegabytes}`
  return new InvalidError(`the series in the file require more memory than ${limit} allows`, {
    fix: 'raise it, or use fewer series',
  })
}

/** What the columns of a written forecast are called, as in the file of sales. */
export interface ForecastColumns {
  /** Left out: the file has one store. */
  store?: string | undefined
  product: string
  date: string
}

const FORMATS: Readonly<Record<string, string>> = {
  '.csv': 'format csv, header',
  '.jsonl': 'format json',
  '.parquet': 'format parquet',
}
/** The endings of files that a forecast can be written to. */
export const FORECAST_FILE_ENDINGS = Object.keys(FORMATS)

/** Writes the rows of `forecastAhead`, by series and day. @param ending one of `FORECAST_FILE_ENDINGS` */
export async function writeForecasts(
  connection: DuckDBConnection,
  { store, product, date }: ForecastColumns,
  file: string,
  ending: string,
): Promise<void> {
  const described = await connection.runAndReadAll(`describe ${FORECAST_TABLE}`)
  const why = described.getRows().flatMap(([name]) => (String(name).startsWith(WHY_PREFIX) ? [String(name)] : []))
  const columns = [
    ...(store === undefined ? [] : [`store_id as ${identifier(store)}`]),
    `product_id as ${identifier(product)}`,
    `target_date as ${identifier(date)}`,
    ...['mean', ...QUANTILES.map(quantileColumn), 'high_80', ...why.map(identifier)].map(
      (name) => `round(${name}::double, 6) as ${name}`,
    ),
  ]
  await connection.run(
    `copy (select ${columns.join(', ')} from ${FORECAST_TABLE} order by store_id, product_id, target_date) to ${literal(file)} (${FORMATS[ending]})`,
  )
}
