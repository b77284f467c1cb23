/** Rows for the demand model: from the lake by DuckDB into vectors, a chunk at a time; no row is ever an object. */
import { SEGMENTS } from '../models/demand/candidates.ts'
import type { HorizonBlock } from '../models/demand/plan.ts'
import { type DuckDBConnection, literal } from '../platform/duckdb.ts'
import { readNumbers } from '../platform/duckdb-vectors.ts'
import { statement } from '../platform/sql.ts'
import { sharedVector } from '../platform/xgboost.ts'
import { modelFeatures, RECENT_DAYS, targetParts } from './assets/features-columns.ts'
import { onlyRow } from './assets/work.ts'

/** Numbers by series and day that the sales themselves don't tell: prices, promotions, weather. */
export interface Covariates {
  /** A relation of store_id, product_id, date and a column for each name. */
  relation: string
  /** Known beforehand for the days ahead. */
  known: readonly string[]
  /** Known up to the day itself. */
  past: readonly string[]
  /** The same on every day of a series. */
  fixed: readonly string[]
}
export type CovariateNames = Omit<Covariates, 'relation'>

/** The relations that a target is made from, ready to stand in a statement. */
export interface DatasetSources {
  /** Rows of features/demand. */
  features: string
  stores: string
  holidays: string
  covariates?: Covariates | undefined
  /** store_id, product_id, date, in_stock_share: which part of a day's demand could be met; days without a row were in stock. */
  availability?: string | undefined
}

/** Of data that tells sales alone. */
export const NO_COVARIATES: CovariateNames = { known: [], past: [], fixed: [] }
/** What the product knows of the days ahead: prices and promotions, planned ones too (sql/features/price_days.sql). */
export const PRICE_COVARIATES: CovariateNames = { known: ['log_price', 'is_promoted'], past: [], fixed: [] }

/** Every number that a booster reads of a row, in its order. */
export function featuresWith(covariates: CovariateNames = NO_COVARIATES): string[] {
  return [...modelFeatures, ...MORNING, LEVEL, ...covariateParts(covariates).map(([name]) => name)]
}

const LEVEL = 'level'
/** What the live state of the origin's morning says of the days ahead; null where nobody looked. */
const MORNING = ['discount_now', 'discount_planned', 'stock_out_hours_7']
/** Features in units: boosters read them relative to the level, as they read what sold. */
const IN_UNITS =
  /^(lag_\d+|mean_\d+|std_\d+|weekday_mean(_\d)?|trend_28|last_same_weekday|(category|department|store_category|product)_mean_28)$/

/** What becomes of a covariate: its value on the day ahead, and how that lies to what was usual up to the origin. */
function covariateParts({ known, past, fixed }: CovariateNames): [name: string, sql: string][] {
  const column = (relation: string, name: string) => `${relation}.${covariateColumn(name)}`
  return [
    ...known.flatMap((name): [string, string][] => [
      [`${name}_ahead`, column('coming', name)],
      [`${name}_ahead_to_last`, `${column('coming', name)} - ${column('latest', name)}`],
      [`${name}_ahead_to_7`, `${column('coming', name)} - ${column('latest', `${name}_7`)}`],
      [`${name}_ahead_to_28`, `${column('coming', name)} - ${column('latest', `${name}_28`)}`],
    ]),
    ...past.flatMap((name): [string, string][] => [
      [`${name}_last`, column('latest', name)],
      [`${name}_last_to_7`, `${column('latest', name)} - ${column('latest', `${name}_7`)}`],
      [`${name}_7_to_28`, `${column('latest', `${name}_7`)} - ${column('latest', `${name}_28`)}`],
    ]),
    ...fixed.map((name): [string, string] => [`${name}_fixed`, column('latest', name)]),
  ]
}

/** Makes the view `target`: every origin's rows for the days ahead of a block. */
export async function defineTarget(
  connection: DuckDBConnection,
  { covariates, availability, ...sources }: DatasetSources,
  { first, last }: HorizonBlock,
): Promise<void> {
  const parameters = { ...sources, first: String(first), last: String(last) }
  const parts = covariateParts(covariates ?? NO_COVARIATES)
  await connection.run(
    statement('features/targets.sql', {
      ...parameters,
      ...targetParts,
      covariates: covariates
        ? await prepareCovariates(connection, sources.features, covariates, last)
        : `(${noKeys} where false)`,
      covariate_features: parts.map(([name, sql]) => `(${sql})::float as ${identifier(name)},`).join(' '),
      availability: availability ?? noAvailability,
    }),
  )
}

const noKeys = "select '' as store_id, '' as product_id, date '1970-01-01' as date"
const noAvailability = `(${noKeys}, 1.0 as in_stock_share where false)`

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Under a name that no feature has. */
const covariateColumn = (name: string): string => identifier(`covariate ${name}`)

async function prepareCovariates(
  connection: DuckDBConnection,
  features: string,
  { relation, known, past, fixed }: Covariates,
  last: number,
): Promise<string> {
  const names = [...known, ...past, ...fixed]
  const list = (parts: readonly string[]) => parts.join(', ')
  await connection.run(
    statement('features/covariates.sql', {
      ...{ relation, features, last: String(last) },
      latest: list(
        names.map((name) => {
          const column = identifier(name)
          return `arg_max(${column}, date) filter (where ${column} is not null) as ${covariateColumn(name)}`
        }),
      ),
      filled: list(
        names.map((name) => `last_value(${covariateColumn(name)} ignore nulls) over past as ${covariateColumn(name)}`),
      ),
      means: [...known, ...past]
        .flatMap((name) =>
          [7, 28].map(
            (days) => `, avg(${covariateColumn(name)}) over days_${days} as ${covariateColumn(`${name}_${days}`)}`,
          ),
        )
        .join(''),
    }),
  )
  return 'covariate'
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

/**
 * What sold. Where a part of the day's demand met an empty shelf, a rate is sold over the part that could be met, and counts
 * as much as that part: the sum of sales over the sum of what was exposed is not biased by stops that sales bring about.
 */
const SOLD = 'coalesce(label.units, 0)::float'
/** Below this a day says next to nothing of its demand. */
const IN_STOCK_SHARE_MIN = 0.05
const LABELLED = `from target
  join open_day using (target_date)
  left join label using (store_id, product_id, target_date)`
const isJudgeable = `in_stock_share >= ${IN_STOCK_SHARE_MIN}`
/** The order of all rows that are read. */
export const ROW_ORDER = 'order by store_id, product_id, origin_date, horizon'
const orNaN = (expression: string) => `coalesce(${expression}, 'nan'::float)`
const featureColumn = (name: string) =>
  orNaN(`target.${identifier(name)}${IN_UNITS.test(name) ? ' / target.level' : ''}`)

/** Rows to train on: each label is one of `Labels`, so that one reading serves every objective. */
export interface TrainingChunk {
  /** Rows of features, one after the other. */
  values: Float32Array
  sold: Float32Array
  level: Float32Array
  inStockShare: Float32Array
}

/** Rows to train on, in chunks. @param features the columns that are read, by `featuresWith` */
export async function readTraining(
  connection: DuckDBConnection,
  features: readonly string[],
  { where: wanted, ...draw }: RowsWanted,
): Promise<TrainingChunk[]> {
  const where = await drawn(connection, { where: `(${wanted}) and ${isJudgeable}`, ...draw })
  const columns = [...features.map(featureColumn), SOLD, 'level', 'in_stock_share']
  const chunks: TrainingChunk[] = []
  const width = features.length
  await readVectors(
    connection,
    `select ${columns.join(', ')} ${LABELLED} where ${where} ${ROW_ORDER}`,
    (rows, read) => {
      const values = sharedVector(rows * width)
      for (let column = 0; column < width; column += 1)
        read(column, (row, value) => (values[row * width + column] = value))
      const vector = (column: number) => {
        const own = new Float32Array(rows)
        read(column, (row, value) => (own[row] = value))
        return own
      }
      chunks.push({ values, sold: vector(width), level: vector(width + 1), inStockShare: vector(width + 2) })
    },
  )
  return chunks
}

/** Rows that are forecast: what the boosters read, and what the other candidates are made from. */
export interface ForecastRows {
  rows: number
  /** What the columns of `values` are. */
  features: readonly string[]
  /** Rows of the model's features, one after the other. */
  values: Float32Array
  /** What sold; NaN where nobody knows yet. */
  actual: Float32Array
  /** The part of the day's demand that could be met, 0 to 1: an actual is held against that part of a forecast. */
  inStockShare: Float32Array
  /** What the series usually sells, above zero: boosters forecast relative to it. */
  level: Float32Array
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
  actual: SOLD,
  inStockShare: 'in_stock_share',
  level: 'level',
  segment: `(${SEGMENT})::float`,
  seasonalNaive: orNaN('seasonal_naive::float'),
  weekdayMean: orNaN('target_weekday_mean'),
  mean28: orNaN('mean_28'),
  isClosed: 'coalesce(is_closed, false)::float',
  targetDay: "(target_date - date '1970-01-01')::float",
} as const

/** Labelled rows to judge by. */
export async function readJudged(
  connection: DuckDBConnection,
  features: readonly string[],
  { where: wanted, ...draw }: RowsWanted,
): Promise<ForecastRows> {
  const where = await drawn(connection, { where: `(${wanted}) and ${isJudgeable}`, ...draw })
  return readForecastRows(connection, features, `${LABELLED} where ${where}`, forecastColumns.actual)
}

/** Rows of days ahead whose outcome is known, all of them. */
export const readOutcome = (
  connection: DuckDBConnection,
  features: readonly string[],
  where: string,
): Promise<ForecastRows> =>
  readForecastRows(connection, features, `${LABELLED} where ${where} and ${isJudgeable}`, forecastColumns.actual)

/** Rows of days ahead that nobody knows yet, a part of the series. */
export const readAhead = (
  connection: DuckDBConnection,
  where: string,
  features: readonly string[] = featuresWith(PRICE_COVARIATES),
): Promise<ForecastRows> => readForecastRows(connection, features, `from target where ${where}`, "'nan'::float")

async function readForecastRows(
  connection: DuckDBConnection,
  features: readonly string[],
  from: string,
  actual: string,
): Promise<ForecastRows> {
  const own = { ...forecastColumns, actual }
  const series = `(dense_rank() over (order by store_id, product_id, origin_date) - 1)::float`
  const { rows } = await onlyRow(connection, `select count(*) as rows ${from}`)
  const count = Number(rows)
  const width = features.length
  const values = new Float32Array(count * width)
  const names = Object.keys(own) as (keyof typeof own)[]
  const columns = Object.fromEntries([...names, 'series'].map((name) => [name, new Float32Array(count)])) as Record<
    keyof typeof own | 'series',
    Float32Array
  >
  const expressions = [...features.map(featureColumn), ...Object.values(own), series]
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
  const recent = await readRecent(connection, from)
  const bySeries = Float32Array.from({ length: recent.length / RECENT_DAYS }, (_, index) =>
    seasonalDifference(recent.subarray(index * RECENT_DAYS, (index + 1) * RECENT_DAYS)),
  )
  const differences = columns.series.map((index) => bySeries[index]!)
  return { rows: count, features, values, ...columns, recent, seasonalDifference: differences }
}

/** Mean absolute difference to the week before. */
function seasonalDifference(recent: Float32Array): number {
  let sum = 0
  for (let day = 7; day < recent.length; day += 1) sum += Math.abs(recent[day]! - recent[day - 7]!)
  return sum / (recent.length - 7)
}

async function readRecent(connection: DuckDBConnection, from: string): Promise<Float32Array> {
  const distinct = `(select store_id, product_id, origin_date, any_value(recent) as recent ${from} group by all)`
  const days = Array.from({ length: RECENT_DAYS }, (_, index) => `recent[${index + 1}]`)
  const parts: Float32Array[] = []
  const query = `select ${days.join(', ')} from ${distinct} order by store_id, product_id, origin_date`
  await readVectors(connection, query, (rows, read) => {
    const part = new Float32Array(rows * RECENT_DAYS)
    for (let day = 0; day < RECENT_DAYS; day += 1) read(day, (row, value) => (part[row * RECENT_DAYS + day] = value))
    parts.push(part)
  })
  return joined(parts)
}

/** One vector of many. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

type ReadColumn = (column: number, take: (row: number, value: number) => void) => void

/** Streams a query's float columns, none of them null, some thousands of rows at a time. */
export async function readVectors(
  connection: DuckDBConnection,
  query: string,
  take: (rows: number, read: ReadColumn) => void,
): Promise<void> {
  await readNumbers(connection, query, (columns, rows) => {
    take(rows, (column, each) => {
      const values = columns[column]!
      for (let row = 0; row < rows; row += 1) each(row, values[row]!)
    })
  })
}
