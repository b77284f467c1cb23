/** Rows for the demand model: from the lake by DuckDB into vectors, a chunk at a time; no row is ever an object. */
import { SEGMENTS } from '../models/demand/candidates.ts'
import type { HorizonBlock } from '../models/demand/plan.ts'
import { type DuckDBConnection, literal } from '../platform/duckdb.ts'
import { statement } from '../platform/sql.ts'
import { type MatrixChunk, sharedVector } from '../platform/xgboost.ts'
import { modelFeatures, RECENT_DAYS, targetParts } from './assets/features-columns.ts'
import { onlyRow } from './assets/work.ts'

/** The relations that a target is made from, ready to stand in a statement. */
export interface DatasetSources {
  /** Rows of features/demand. */
  features: string
  stores: string
  holidays: string
}

/** Makes the view `target`: every origin's rows for the days ahead of a block. */
export async function defineTarget(
  connection: DuckDBConnection,
  sources: DatasetSources,
  { first, last }: HorizonBlock,
): Promise<void> {
  const parameters = { ...sources, first: String(first), last: String(last) }
  await connection.run(statement('features/targets.sql', { ...parameters, ...targetParts }))
}

/** What came: the labels of targets. A day on which nobody sold anything anywhere is a gap in the data, and no label. */
export async function defineLabels(
  connection: DuckDBConnection,
  daily: string,
  knownThrough: string | undefined,
): Promise<void> {
  const known = knownThrough === undefined ? 'true' : `known_on <= date ${literal(knownThrough)}`
  await connection.run(statement('features/labels.sql', { daily, known }))
}

export interface RowsWanted {
  /** SQL over the target's columns. */
  where: string
  rowsMax: number
  seed: number
}

/** Drawn by a hash of their key, so that the same rows are drawn again. */
async function drawn(connection: DuckDBConnection, { where, rowsMax, seed }: RowsWanted): Promise<string> {
  const labelled = `from target join open_day using (target_date) where ${where}`
  const { rows } = await onlyRow(connection, `select count(*) as rows ${labelled}`)
  if (Number(rows) <= rowsMax) return where
  const perMillion = Math.floor((rowsMax / Number(rows)) * 1_000_000)
  return `(${where}) and hash(store_id, product_id, origin_date, horizon, ${seed}) % 1000000 < ${perMillion}`
}

const LABEL = 'coalesce(label.units, 0)::float'
const LABELLED = `from target
  join open_day using (target_date)
  left join label using (store_id, product_id, target_date)`
/** The order of all rows that are read. */
export const ROW_ORDER = 'order by store_id, product_id, origin_date, horizon'
const orNaN = (expression: string) => `coalesce(${expression}, 'nan'::float)`

/** A matrix to train on, in chunks, with its labels. */
export async function readTraining(connection: DuckDBConnection, wanted: RowsWanted): Promise<MatrixChunk[]> {
  const where = await drawn(connection, wanted)
  const columns = [...modelFeatures.map((name) => orNaN(`target."${name}"`)), LABEL]
  const chunks: MatrixChunk[] = []
  const width = modelFeatures.length
  await readVectors(
    connection,
    `select ${columns.join(', ')} ${LABELLED} where ${where} ${ROW_ORDER}`,
    (rows, read) => {
      const values = sharedVector(rows * width)
      const labels = sharedVector(rows)
      for (let column = 0; column < width; column += 1)
        read(column, (row, value) => (values[row * width + column] = value))
      read(width, (row, value) => (labels[row] = value))
      chunks.push({ values, labels })
    },
  )
  return chunks
}

/** Rows that are forecast: what the boosters read, and what the other candidates are made from. */
export interface ForecastRows {
  rows: number
  /** Rows of the model's features, one after the other. */
  values: Float32Array
  /** What came; NaN where nobody knows yet. */
  actual: Float32Array
  /** Index into `SEGMENTS`. */
  segment: Float32Array
  seasonalNaive: Float32Array
  weekdayMean: Float32Array
  mean28: Float32Array
  /** 1 where the store is closed on that weekday. */
  isClosed: Float32Array
  /** Mean absolute difference to the week before, in the series' recent days: the scale of MASE. */
  seasonalDifference: Float32Array
  /** The day ahead, in days since 1970. */
  targetDay: Float32Array
  /** The last days of sales of the row's series, oldest first, one series after the other. */
  recent: Float32Array
  /** Which of `recent` a row belongs to. */
  series: Float32Array
}

const SEGMENT = `case demand_class ${SEGMENTS.map((name, index) => `when '${name}' then ${index}`).join(' ')} end`
const forecastColumns = {
  actual: LABEL,
  segment: `(${SEGMENT})::float`,
  seasonalNaive: 'seasonal_naive',
  weekdayMean: orNaN('target_weekday_mean'),
  mean28: orNaN('mean_28'),
  isClosed: 'is_closed::float',
  targetDay: "(target_date - date '1970-01-01')::float",
  seasonalDifference: `list_avg(list_transform(range(8, ${RECENT_DAYS + 1}), lambda i : abs(recent[i] - recent[i - 7])))::float`,
} as const

/** Labelled rows to judge by. */
export async function readJudged(connection: DuckDBConnection, wanted: RowsWanted): Promise<ForecastRows> {
  const where = await drawn(connection, wanted)
  return readForecastRows(connection, `${LABELLED} where ${where}`, forecastColumns.actual)
}

/** Rows of days ahead that nobody knows yet, a part of the series. */
export const readAhead = (connection: DuckDBConnection, where: string): Promise<ForecastRows> =>
  readForecastRows(connection, `from target where ${where}`, "'nan'::float")

async function readForecastRows(connection: DuckDBConnection, from: string, actual: string): Promise<ForecastRows> {
  const own = { ...forecastColumns, actual }
  const series = `(dense_rank() over (order by store_id, product_id, origin_date) - 1)::float`
  const { rows } = await onlyRow(connection, `select count(*) as rows ${from}`)
  const count = Number(rows)
  const width = modelFeatures.length
  const values = new Float32Array(count * width)
  const names = Object.keys(own) as (keyof typeof own)[]
  const columns = Object.fromEntries([...names, 'series'].map((name) => [name, new Float32Array(count)])) as Record<
    keyof typeof own | 'series',
    Float32Array
  >
  const expressions = [...modelFeatures.map((name) => orNaN(`target."${name}"`)), ...Object.values(own), series]
  let at = 0
  await readVectors(connection, `select ${expressions.join(', ')} ${from} ${ROW_ORDER}`, (size, read) => {
    for (let column = 0; column < width; column += 1) {
      read(column, (row, value) => (values[(at + row) * width + column] = value))
    }
    for (const [index, name] of [...names, 'series' as const].entries()) {
      read(width + index, (row, value) => (columns[name][at + row] = value))
    }
    at += size
  })
  return { rows: count, values, ...columns, recent: await readRecent(connection, from) }
}

async function readRecent(connection: DuckDBConnection, from: string): Promise<Float32Array> {
  const distinct = `(select distinct store_id, product_id, origin_date, recent ${from})`
  const days = Array.from({ length: RECENT_DAYS }, (_, index) => `recent[${index + 1}]`)
  const parts: Float32Array[] = []
  const query = `select ${days.join(', ')} from ${distinct} order by store_id, product_id, origin_date`
  await readVectors(connection, query, (rows, read) => {
    const part = new Float32Array(rows * RECENT_DAYS)
    for (let day = 0; day < RECENT_DAYS; day += 1) read(day, (row, value) => (part[row * RECENT_DAYS + day] = value))
    parts.push(part)
  })
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

type ReadColumn = (column: number, take: (row: number, value: number) => void) => void

/** Streams a query's float columns, some thousands of rows at a time. */
async function readVectors(
  connection: DuckDBConnection,
  query: string,
  take: (rows: number, read: ReadColumn) => void,
): Promise<void> {
  const result = await connection.stream(query)
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
    const { rowCount } = chunk
    const current = chunk
    take(rowCount, (column, each) => {
      const vector = current.getColumnVector(column)
      for (let row = 0; row < rowCount; row += 1) each(row, vector.getItem(row) as number)
    })
  }
}
