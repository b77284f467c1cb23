/** Rows for the demand model: from the lake by DuckDB into vectors, a chunk at a time; no row is ever an object. */
import { SEGMENTS } from '../../models/forecasting/candidates.ts'
import { type DrawnOrigin, drawByWeight, type Frequency, type HorizonBlock } from '../../models/forecasting/plan.ts'
import { type DuckDBConnection, identifier, literal } from '../../platform/duckdb/duckdb.ts'
import { type NumberVector, readNumbers } from '../../platform/duckdb/vectors.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { sharedVector } from '../../platform/xgboost/xgboost.ts'
import { modelFeatures, originFeatures, RECENT_DAYS, targetParts } from '../assets/features/columns.ts'
import { onlyRow } from '../assets/framework/work.ts'
import { historyFeatures, historyParts, NO_HISTORY_PARTS } from './history.ts'

export const COVARIATES_STATEMENT = 'features/covariates.sql'
const EFFECTS_STATEMENT = 'features/value_effects.sql'
export const TARGETS_STATEMENT = 'features/targets.sql'

/** Numbers by series and day that are not in the sales themselves: prices, promotions, weather. */
export interface Covariates {
  /** A relation of store_id, product_id, date and a column for each name. */
  relation: string
  /** Known beforehand for the days ahead. */
  known: readonly string[]
  /** Known up to the day itself. */
  past: readonly string[]
  /** The same on every day of a series. */
  fixed: readonly string[]
  /** Of the known ones those with a usual value and a few others, such as a promotion or the name of a holiday: what sold on days with each is read. */
  discrete?: readonly string[]
}
export type CovariateNames = Omit<Covariates, 'relation'>

/** The relations that a target is made from, for use in a statement. */
export interface DatasetSources {
  /** Rows of features/demand. */
  features: string
  stores: string
  holidays: string
  /** As `prepareCovariates` lays them out. */
  covariates?: Covariates | undefined
  /** Whether `prepareHistory` was called: what sold a year and more ago is read too. */
  hasHistory?: boolean
  /** Days or weeks; left out: days. */
  frequency?: Frequency
  /** Days ahead whose known covariates are given; left out: those of the block. */
  toldDays?: number
  /** store_id, product_id, date, in_stock_share: which part of a day's demand could be met; days without a row were in stock. */
  availability?: string | undefined
}

/** For data that has only sales. */
export const NO_COVARIATES: CovariateNames = { known: [], past: [], fixed: [] }
/** What the product knows of the days ahead: prices and promotions, planned ones too (sql/features/price_days.sql). */
export const PRICE_COVARIATES: CovariateNames = { known: ['log_price', 'is_promoted'], past: [], fixed: [] }

/** What the features of a model depend on. */
export interface FeatureSource {
  covariates?: CovariateNames | undefined
  /** Whether a year and more ago is read. */
  hasHistory?: boolean | undefined
  frequency?: Frequency | undefined
}

/** Every number that a booster reads of a row, in its order. */
export function featuresWith({ covariates = NO_COVARIATES, hasHistory, frequency }: FeatureSource = {}): string[] {
  const ofCovariates = covariateParts(covariates).map(([name]) => name)
  const all = [...modelFeatures, ...MORNING, LEVEL, ...ofCovariates, ...(hasHistory ? historyFeatures : [])]
  return frequency === 'week' ? all.filter((name) => !OF_SINGLE_DAYS.test(name)) : all
}

/** The features that are made of each covariate, by its name. */
export function featuresOfCovariates(names: CovariateNames): Record<string, string[]> {
  const none = { known: [], past: [], fixed: [], discrete: [] }
  const of = (kind: 'known' | 'past' | 'fixed', name: string) =>
    covariateParts({ ...none, [kind]: [name], discrete: names.discrete?.includes(name) ? [name] : [] })
  return Object.fromEntries(
    (['known', 'past', 'fixed'] as const).flatMap((kind) =>
      names[kind].map((name) => [name, of(kind, name).map(([feature]) => feature)] as const),
    ),
  )
}

/** What shows nothing where a week has its sales on one day. */
const OF_SINGLE_DAYS =
  /^(lag_[1-6]|(mean|std|zero_share)_30|(std|zero_share)_7|weekday|weekday_mean_\d|store_weekday_share(_\d)?|days_to_month_end)$/

export const LEVEL = 'level'
/** What the live state of the origin's morning shows for the days ahead; null where it was not read. */
const MORNING = ['discount_now', 'discount_planned', 'stock_out_hours_7']
/** Features in units: boosters read them relative to the level, as they read what sold. */
const IN_UNITS =
  /^(lag_\d+|mean_\d+|std_\d+|weekday_mean(_\d)?|trend_28|last_same_weekday|year_(units|around_7|around_35|mean_28)|week_units_\d|(category|department|store_category|product)_mean_28)$/

/** Whether a feature is a number of units: what a model is given of it is divided by the level. */
export const isInUnits = (feature: string): boolean => IN_UNITS.test(feature)
/** Features that all days ahead of an origin share. */
export const sharedFeatures: ReadonlySet<string> = new Set([...originFeatures, ...MORNING, LEVEL])

/** Farther events have no part in what sells. */
const EVENT_DAYS_MAX = 10

/** What becomes of a covariate: its value on the day ahead, and how that lies to what was usual up to the origin. */
function covariateParts(
  { known, past, fixed, discrete = [] }: CovariateNames,
  toldDays = 0,
): [name: string, sql: string][] {
  const column = (relation: string, name: string) => `${relation}.${covariateColumn(name)}`
  const ratioTo28 = (name: string) => `${column('coming', name)} / nullif(${column('latest', `${name}_28`)}, 0)`
  return [
    ...known.flatMap((name): [string, string][] => [
      [`${name}_ahead`, column('coming', name)],
      [`${name}_ahead_to_last`, `${column('coming', name)} - ${column('latest', name)}`],
      [`${name}_ahead_to_7`, `${column('coming', name)} - ${column('latest', `${name}_7`)}`],
      [`${name}_ahead_to_28`, `${column('coming', name)} - ${column('latest', `${name}_28`)}`],
      // A difference of logarithms is a ratio already.
      ...(name.startsWith('log_') ? [] : [[`${name}_ahead_by_28`, ratioTo28(name)] as [string, string]]),
    ]),
    ...discrete.flatMap((name, index): [string, string][] => {
      const next = column('coming', `${name} next`)
      const isTold = `${next} <= least(ahead.target_date + ${EVENT_DAYS_MAX}, ahead.origin_date + ${toldDays})`
      return [
        [`${name}_effect`, effectOf(index)],
        [`${name}_to_next`, `case when ${isTold} then ${next} - ahead.target_date end`],
        [`${name}_next`, `case when ${isTold} then ${column('coming', `${name} next value`)} end`],
        [`${name}_since_last`, `least(ahead.target_date - ${column('coming', `${name} last`)}, ${EVENT_DAYS_MAX})`],
      ]
    }),
    ...past.flatMap((name): [string, string][] => [
      [`${name}_last`, column('latest', name)],
      [`${name}_last_to_7`, `${column('latest', name)} - ${column('latest', `${name}_7`)}`],
      [`${name}_7_to_28`, `${column('latest', `${name}_7`)} - ${column('latest', `${name}_28`)}`],
    ]),
    ...fixed.map((name): [string, string] => [`${name}_fixed`, column('latest', name)]),
  ]
}

/**
 * What sells with the value of a covariate, by what would sell without: of the series, drawn to its category, which is drawn to all.
 * The weights of the draws are units.
 */
function effectOf(index: number): string {
  const all = `((effect_${index}_all.units + 1) / (effect_${index}_all.expected + 1))`
  const drawn = (name: string, units: number, to: string) =>
    `((coalesce(${name}.units, 0) + ${units} * ${to}) / (coalesce(${name}.expected, 0) + ${units}))`
  return drawn(`effect_${index}_own`, 8, drawn(`effect_${index}_category`, 25, all))
}

function effectJoins({ discrete = [] }: CovariateNames): string {
  const join = (table: string, covariate: string, keys = '') =>
    [
      `asof left join ${table} on ${keys} coming.${covariateColumn(covariate)} = ${table}.value`,
      `and ahead.origin_date >= ${table}.date`,
    ].join(' ')
  return discrete
    .flatMap((name, index) => {
      const [own, category, all] = ['own', 'category', 'all'].map((of) => `effect_${index}_${of}`)
      return [
        join(own!, name, `ahead.store_id = ${own}.store_id and ahead.product_id = ${own}.product_id and`),
        join(category!, name, `coalesce(ahead.category, '') = ${category}.category and`),
        join(all!, name),
      ]
    })
    .join(' ')
}

/** Values that a covariate of events has at most. */
const VALUES_MAX = 40

/**
 * Finds which known covariates have a usual value and a few others, and adds up what sold with each: after `prepareCovariates` and
 * `prepareHistory`.
 *
 * @returns what `DatasetSources` needs
 */
export async function prepareEffects(
  connection: DuckDBConnection,
  covariates: Covariates,
  products: string,
): Promise<Covariates> {
  const discrete: string[] = []
  const events: string[] = []
  for (const name of covariates.known) {
    const column = covariateColumn(name)
    const counted = await connection.runAndReadAll(
      `select ${column}, count(*) from covariate where ${column} is not null group by all order by all limit ${VALUES_MAX + 1}`,
    )
    const values = counted.getRows().map(([value, rows]) => ({ value: Number(value), rows: Number(rows) }))
    const all = values.reduce((sum, { rows }) => sum + rows, 0)
    const usual = values.find(({ rows }) => 2 * rows >= all)
    if (values.length < 2 || values.length > VALUES_MAX || usual === undefined) continue
    const effect = `effect_${discrete.length}`
    await connection.run(statement(EFFECTS_STATEMENT, { column, usual: String(usual.value), name: effect, products }))
    discrete.push(name)
    events.push(eventColumns(name, `${column} <> ${usual.value}`))
  }
  if (discrete.length === 0) return covariates
  await connection.run(
    `create or replace temp table covariate_events as select *, ${events.join(', ')} from ${covariates.relation}`,
  )
  return { ...covariates, discrete, relation: 'covariate_events' }
}

/** The next and the last day on which a covariate is not as usual, the day itself among both. */
function eventColumns(name: string, isEvent: string): string {
  const over = (rows: string) => `over (partition by store_id, product_id order by date rows between ${rows})`
  const [ahead, before] = [over('current row and unbounded following'), over('unbounded preceding and current row')]
  return `min(case when ${isEvent} then date end) ${ahead} as ${covariateColumn(`${name} next`)},
    first_value(case when ${isEvent} then ${covariateColumn(name)} end ignore nulls) ${ahead} as ${covariateColumn(`${name} next value`)},
    max(case when ${isEvent} then date end) ${before} as ${covariateColumn(`${name} last`)}`
}

/**
 * Lays covariates out for every day of every series.
 *
 * @param features rows of features/demand: their days are the ones that are read
 * @param daysAhead farthest day ahead of the features' last one
 * @returns what `DatasetSources` needs
 */
export async function prepareCovariates(
  connection: DuckDBConnection,
  features: string,
  covariates: Covariates,
  daysAhead: number,
): Promise<Covariates> {
  const { relation, known, past, fixed } = covariates
  const names = [...known, ...past, ...fixed]
  const list = (parts: readonly string[]) => parts.join(', ')
  await connection.run(
    statement(COVARIATES_STATEMENT, {
      relation,
      features,
      last: String(daysAhead),
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
  return { ...covariates, relation: 'covariate' }
}

/** Makes the views `target_day`, every origin's days ahead of a block, and `target`, the rows of those that `layTargets` has laid out. */
export async function defineTarget(
  connection: DuckDBConnection,
  { covariates = { relation: `(${noKeys} where false)`, ...NO_COVARIATES }, availability, ...sources }: DatasetSources,
  { first, last }: HorizonBlock,
): Promise<void> {
  const { features, stores, holidays, hasHistory, toldDays = last } = sources
  const parts = covariateParts(covariates, toldDays)
  await connection.run(
    statement(TARGETS_STATEMENT, {
      features,
      stores,
      holidays,
      first: String(first),
      last: String(last),
      ...targetParts,
      ...(hasHistory ? historyParts : NO_HISTORY_PARTS),
      covariates: covariates.relation,
      value_joins: effectJoins(covariates),
      covariate_features: parts.map(([name, sql]) => `(${sql})::float as ${identifier(name)},`).join(' '),
      availability: availability ?? NO_AVAILABILITY,
    }),
  )
}

/** Lays the rows of days ahead out that are to be read. @param where SQL over the view `target_day` */
const layTargets = (connection: DuckDBConnection, where: string, joins = '') =>
  connection.run(
    `create or replace temp table target_row as select target_day.* from target_day ${joins} where ${where}`,
  )

const noKeys = "select '' as store_id, '' as product_id, date '1970-01-01' as date"
/** Every day was in stock to the end. */
export const NO_AVAILABILITY = `(${noKeys}, 1.0 as in_stock_share where false)`

/** Under a name that no feature has. */
const covariateColumn = (name: string): string => identifier(`covariate ${name}`)

/** Actual sales: the labels of targets. A day on which nothing was sold anywhere is a gap in the data, and no label. */
export async function defineLabels(
  connection: DuckDBConnection,
  daily: string,
  knownThrough: string | undefined,
): Promise<void> {
  const known = knownThrough === undefined ? 'true' : `known_on <= date ${literal(knownThrough)}`
  await connection.run(statement('features/labels.sql', { daily, known }))
}

export interface RowsWanted {
  /** SQL over origin_date and target_date. */
  where: string
  rowsMax: number
  seed: number
}

/** Rows drawn by a hash of their key, so that the same ones are drawn again. @param perMillion a number or a column */
const drawnOf = (perMillion: number | string, seed: number): string =>
  `hash(store_id, product_id, origin_date, horizon, ${seed}) % 1000000 < ${perMillion}`

async function drawn(connection: DuckDBConnection, { where, rowsMax, seed }: RowsWanted): Promise<string> {
  // Days out of stock are counted with the others: to leave them out takes as long as to read the rows.
  const counted = `select count(*) as rows from target_day join open_day using (target_date) where ${where}`
  const { rows } = await onlyRow(connection, counted)
  if (Number(rows) <= rowsMax) return where
  const perMillion = Math.floor((rowsMax / Number(rows)) * 1_000_000)
  return `(${where}) and ${drawnOf(perMillion, seed)}`
}

/**
 * Makes the table `drawn_origin`: which part of each origin's rows is read to train on, and how many rows' days one of them
 * represents.
 */
async function drawOrigins(connection: DuckDBConnection, { where, rowsMax }: RowsWanted): Promise<void> {
  const reader = await connection.runAndReadAll(
    `select origin_date::varchar, count(*) from target_day join open_day using (target_date) where ${where}
     group by origin_date order by origin_date`,
  )
  const counted = reader.getRows().map(([origin, rows]) => ({ origin: String(origin), rows: Number(rows) }))
  const drawn = counted.length === 0 ? [] : drawByWeight(counted, rowsMax)
  const row = ({ origin, probability, days }: DrawnOrigin) => {
    const perMillion = Math.ceil(probability * 1_000_000)
    return `(date ${literal(origin)}, ${perMillion}, ${(days * 1_000_000) / perMillion})`
  }
  const rows =
    drawn.length === 0
      ? 'select * from (values (null::date, 0, 1.0)) where false'
      : `values ${drawn.map(row).join(', ')}`
  await connection.run(
    `create or replace temp table drawn_origin as select * from (${rows}) as drawn (origin_date, per_million, represents)`,
  )
}

/**
 * What sold. Where a part of the day's demand met an empty shelf, a rate is sold over the part that could be met, and counts
 * as much as that part: the sum of sales over the sum of what was exposed is not biased by stops that sales bring about.
 */
const SOLD = 'coalesce(label.units, 0)::float'
/** Below this a day shows next to nothing of its demand. */
export const IN_STOCK_SHARE_MIN = 0.05
const LABELLED = `from target
  join open_day using (target_date)
  left join label using (store_id, product_id, target_date)`
const isJudgeable = `in_stock_share >= ${IN_STOCK_SHARE_MIN}`
/** The order of all rows that are read. */
export const ROW_ORDER = 'order by store_id, product_id, origin_date, horizon'
const orNaN = (expression: string) => `coalesce(${expression}, 'nan'::float)`
const featureColumn = (name: string) => orNaN(`target.${identifier(name)}${isInUnits(name) ? ' / target.level' : ''}`)

/** What is known of rows that teach: labels and weights of every objective are made of it. */
export interface Labels {
  sold: Float32Array
  level: Float32Array
  season: Float32Array
  inStockShare: Float32Array
  /** The day ahead, in days since 1970. */
  targetDay: Float32Array
}

/** Labels of rows that were drawn. */
export interface DrawnLabels extends Labels {
  /** How many rows a row represents: those that were not drawn, and the days between its origin and the one before. */
  represents: Float32Array
}

export interface TrainingChunk extends DrawnLabels {
  /** Rows of features, one after the other. */
  values: Float32Array
}

type Six = [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]

/** Rows to train on, drawn as often as they weigh, in chunks. @param features the columns that are read, by `featuresWith` */
export async function readTraining(
  connection: DuckDBConnection,
  features: readonly string[],
  wanted: RowsWanted,
): Promise<TrainingChunk[]> {
  await drawOrigins(connection, wanted)
  const where = `(${wanted.where}) and ${drawnOf('per_million', wanted.seed)}`
  await layTargets(connection, where, 'join drawn_origin using (origin_date)')
  const { actual: sold, level, season, inStockShare, targetDay } = forecastColumns
  const columns = [...features.map(featureColumn), sold, level, season, inStockShare, targetDay, 'represents::float']
  const chunks: TrainingChunk[] = []
  const width = features.length
  const query = `select ${columns.join(', ')} ${LABELLED} join drawn_origin using (origin_date) where ${isJudgeable} ${ROW_ORDER}`
  await readNumbers(connection, query, (vectors, rows) => {
    const values = sharedVector(rows * width)
    layRows(vectors.slice(0, width), rows, values)
    const own = vectors.slice(width).map((vector) => floats(vector, rows))
    const [sold, level, season, inStockShare, targetDay, represents] = own as Six
    chunks.push({ values, sold, level, season, inStockShare, targetDay, represents })
  })
  return chunks
}

/** Columns become rows, one after the other. */
function layRows(columns: readonly NumberVector[], rows: number, into: Float32Array): void {
  const width = columns.length
  for (const [column, values] of columns.entries()) {
    for (let row = 0, at = column; row < rows; row += 1, at += width) into[at] = values[row]!
  }
}

const floats = (vector: NumberVector, rows: number): Float32Array => Float32Array.from(vector.subarray(0, rows))

/** Rows that are forecast: what the boosters read, and what the other candidates are made from. */
export interface ForecastRows {
  rows: number
  /** What the columns of `values` are. */
  features: readonly string[]
  /** Rows of the model's features, one after the other. */
  values: Float32Array
  /** What sold; NaN where it is not known yet. */
  actual: Float32Array
  /** The part of the day's demand that could be met, 0 to 1: an actual is compared with that part of a forecast. */
  inStockShare: Float32Array
  /** What the series usually sells, above zero: boosters forecast relative to it. */
  level: Float32Array
  /** How much more sells in the season of the day ahead than in that of the last weeks: 1 where that is not known. */
  season: Float32Array
  /** Index into `SEGMENTS`. */
  segment: Float32Array
  seasonalNaive: Float32Array
  /** What sold 364 days before; NaN where it is not known. */
  seasonalNaiveYear: Float32Array
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
  season: 'season',
  segment: `(${SEGMENT})::float`,
  seasonalNaive: orNaN('seasonal_naive::float'),
  seasonalNaiveYear: orNaN('seasonal_naive_year'),
  weekdayMean: orNaN('target_weekday_mean'),
  mean28: orNaN('mean_28'),
  isClosed: 'coalesce(is_closed, false)::float',
  targetDay: "(target_date - date '1970-01-01')::float",
} as const

/** Labelled rows to judge by. */
export async function readJudged(
  connection: DuckDBConnection,
  features: readonly string[],
  wanted: RowsWanted,
): Promise<ForecastRows> {
  await layTargets(connection, await drawn(connection, wanted))
  return readForecastRows(connection, features, `${LABELLED} where ${isJudgeable}`, forecastColumns.actual)
}

/** Rows of days ahead that are not known yet, a part of the series. The view `target` has these rows then. */
export async function readAhead(
  connection: DuckDBConnection,
  where: string,
  features: readonly string[] = featuresWith({ covariates: PRICE_COVARIATES }),
): Promise<ForecastRows> {
  await layTargets(connection, where)
  return readForecastRows(connection, features, 'from target', "'nan'::float")
}

/** Finds where the rows of another series and origin begin. */
const SERIES_KEY = '(hash(store_id, product_id, origin_date) % 9007199254740992)::double'
const recentDays = Array.from({ length: RECENT_DAYS }, (_, index) => `recent[${index + 1}]`)

async function readForecastRows(
  connection: DuckDBConnection,
  features: readonly string[],
  from: string,
  actual: string,
): Promise<ForecastRows> {
  const own = { ...forecastColumns, actual }
  const names = [...Object.keys(own), 'values', 'series', 'recent', 'seasonalDifference'] as const
  const parts = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<ReadPart, Float32Array[]>
  const width = features.length
  const expressions = [...features.map(featureColumn), ...Object.values(own), SERIES_KEY, ...recentDays]
  let rows = 0
  let series = -1
  let lastKey = Number.NaN
  let difference = 0
  await readNumbers(connection, `select ${expressions.join(', ')} ${from} ${ROW_ORDER}`, (vectors, count) => {
    const values = new Float32Array(count * width)
    layRows(vectors.slice(0, width), count, values)
    parts.values.push(values)
    let column = width
    for (const name of Object.keys(own) as (keyof typeof own)[]) parts[name].push(floats(vectors[column++]!, count))
    const keys = vectors[column++]!
    const recent = vectors.slice(column)
    const [ofSeries, differences] = [new Float32Array(count), new Float32Array(count)]
    for (let row = 0; row < count; row += 1) {
      if (keys[row] !== lastKey) {
        lastKey = keys[row]!
        series += 1
        const days = Float32Array.from(recent, (vector) => vector[row]!)
        difference = seasonalDifference(days)
        parts.recent.push(days)
      }
      ofSeries[row] = series
      differences[row] = difference
    }
    parts.series.push(ofSeries)
    parts.seasonalDifference.push(differences)
    rows += count
  })
  const vectors = Object.fromEntries(names.map((name) => [name, joined(parts[name as ReadPart])]))
  return { rows, features, ...(vectors as Record<ReadPart, Float32Array>) }
}
type ReadPart = keyof typeof forecastColumns | 'values' | 'series' | 'recent' | 'seasonalDifference'

/** Mean absolute difference to the week before. */
export function seasonalDifference(recent: Float32Array): number {
  let sum = 0
  for (let day = 7; day < recent.length; day += 1) sum += Math.abs(recent[day]! - recent[day - 7]!)
  return sum / (recent.length - 7)
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
