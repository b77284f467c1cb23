/**
 * A trained model on days that it was not trained on, series by series: what plots, drift and the decision between champion
 * and challenger are measured from.
 */
import { type DuckDBConnection, literal } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { type ForecastRows, ROW_ORDER, readAhead, readVectors } from '../forecasting/dataset.ts'
import type { RowForecasts } from '../forecasting/scoring.ts'
import type { TriedBlock } from '../forecasting/training.ts'

/** Series at most: with two weeks of origins and a block of a week some hundred thousand rows. */
const ITEMS_MAX = 1_500

export interface Trial {
  rows: ForecastRows
  /** Which of `items` a row is of. */
  item: Float32Array
  /** In days since 1970. */
  originDay: Float32Array
  horizon: Float32Array
  /** What sold; NaN where it is not known yet. Of a day on which the shelf was empty for a time it is `rows.inStockShare` of demand. */
  actual: Float32Array
  items: { storeId: string; productId: string }[]
  forecast: RowForecasts
}

export interface TrialRequest {
  connection: DuckDBConnection
  tried: TriedBlock
  /** Origins that are tried, in order; all of them at or after the last day that the block was trained through. */
  origins: readonly string[]
  seed: number
}

/** The forecasts of a draw of series, from every origin and for every day of the block. */
export async function tryBlock({ connection, tried, origins, seed }: TrialRequest): Promise<Trial> {
  const ofOrigins = `origin_date in (${origins.map((day) => `date ${literal(day)}`).join(', ')})`
  const draw = { where: ofOrigins, items_max: String(ITEMS_MAX), seed: String(seed) }
  await connection.run(statement('registry/trial_items.sql', draw))
  const where = `${ofOrigins} and (store_id, product_id) in (select (store_id, product_id) from trial_item)`
  const rows = await readAhead(connection, where)
  const keys = await readKeys(connection, where, rows.rows)
  const items = (await connection.runAndReadAll('select store_id, product_id from trial_item order by item')).getRows()
  return {
    rows,
    ...keys,
    items: items.map(([storeId, productId]) => ({ storeId: storeId as string, productId: productId as string })),
    forecast: await tried.forecast(rows),
  }
}

async function readKeys(connection: DuckDBConnection, where: string, rows: number) {
  const names = ['item', 'originDay', 'horizon', 'actual'] as const
  const keys = Object.fromEntries(names.map((name) => [name, new Float32Array(rows)])) as Record<
    (typeof names)[number],
    Float32Array
  >
  let at = 0
  await readVectors(connection, statement('registry/trial_keys.sql', { where, order: ROW_ORDER }), (count, read) => {
    for (const [column, name] of names.entries()) read(column, (row, value) => (keys[name][at + row] = value))
    at += count
  })
  if (at !== rows) throw new Error(`a trial has ${rows} rows and ${at} keys`)
  return keys
}
