/** Forecasts of what has never sold, out of the hierarchy. */
import { FORECAST_NUMBERS } from '../../models/forecasting/plan.ts'
import { type DuckDBConnection, literal } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'

const LEVELS_STATEMENT = 'features/forecast_levels.sql'
const COLD_START_STATEMENT = 'features/cold_start.sql'
export const COLD_START_STATEMENTS: readonly string[] = [LEVELS_STATEMENT, COLD_START_STATEMENT]

export interface ColdStart {
  /** A table of store_id, product_id, target_date and numbers, where the forecasts of what sells already are. */
  forecasts: string
  /** The columns of the numbers; left out: `FORECAST_NUMBERS`. */
  numbers?: readonly string[]
  /** store_id, product_id of all that need a forecast. */
  series: string
  /** product_id, category, department. */
  products: string
  /** Further columns of the table and their values, as SQL over target_date. */
  others?: Readonly<Record<string, string>>
}

export interface Ended {
  /** As of `ColdStart`. */
  forecasts: string
  numbers?: readonly string[]
  /** Rows of features/daily_sales: what sold, up to the origin and before the window of the features. */
  daily: string
  /** YYYY-MM-DD */
  origin: string
  periodDays: number
}

/** Lays out what series sell in the mean, by store and category and up the hierarchy: the table that `coldStarts` reads. */
export async function layForecastLevels(
  connection: DuckDBConnection,
  { forecasts, products, numbers = FORECAST_NUMBERS }: Pick<ColdStart, 'forecasts' | 'products' | 'numbers'>,
): Promise<void> {
  const averages = `{${numbers.map((name) => `${name}: avg(${name})`).join(', ')}}`
  await connection.run(statement(LEVELS_STATEMENT, { forecasts, products, averages }))
}

/** A select of the forecasts of the series that have none: what their peers sell, in the mean. Needs `layForecastLevels`. */
export const coldStarts = ({
  numbers = FORECAST_NUMBERS,
  ...sources
}: Pick<ColdStart, 'forecasts' | 'series' | 'products' | 'numbers'>): string =>
  statement(COLD_START_STATEMENT, {
    ...sources,
    scaled: numbers.map((name) => `said.${name} * factor as ${name}`).join(', '),
  })

/** Adds to a table of forecasts those of the series that it does not have. */
export async function insertColdStarts(
  connection: DuckDBConnection,
  { others = {}, ...sources }: ColdStart,
): Promise<void> {
  await layForecastLevels(connection, sources)
  const further = Object.entries(others).map(([name, sql]) => `, ${sql} as ${name}`)
  await connection.run(
    `insert into ${sources.forecasts} by name select *${further.join('')} from (${coldStarts(sources)})`,
  )
}

/**
 * Adds to a table of forecasts those of the series that have stopped selling: zero, or for a season that has come before what it
 * sold then. Needs the tables of `prepareHistory`. Its quantiles are the mean, its deviation is Poisson's.
 */
export async function insertEnded(
  connection: DuckDBConnection,
  { forecasts, numbers = FORECAST_NUMBERS, daily, origin, periodDays }: Ended,
): Promise<void> {
  const select = statement('features/ended.sql', {
    forecasts,
    daily,
    origin: `date ${literal(origin)}`,
    numbers: numbers.map((name) => `${name === 'deviation' ? 'sqrt(units)' : 'units'} as ${name}`).join(', '),
    period_days: String(periodDays),
  })
  await connection.run(`insert into ${forecasts} by name ${select}`)
}
