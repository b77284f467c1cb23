/** From the sums of days to the features of every series: DuckDB finds what counts, and the pure functions work on typed arrays. */
import { addDays, dayNumber } from '../../../contracts/calendar.ts'
import {
  createDemandFeatures,
  type DemandFeatures,
  recentColumns,
  type SeriesDays,
  seriesColumns,
  WINDOW_DAYS_MAX,
} from '../../../models/forecasting/demand-features.ts'
import { type DuckDBConnection, literal } from '../../../platform/duckdb/duckdb.ts'
import { appendNumbers, type NumberVector, readNumbers } from '../../../platform/duckdb/vectors.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { onlyRow } from '../framework/work.ts'
import { demandParts, liveFeatures } from './columns.ts'

/** The statements whose change is a change of the features. */
const sql = { known: 'features/known_sales.sql', features: 'features/demand.sql' } as const
export const DEMAND_STATEMENTS = Object.values(sql)

/** Relations, for use in a statement. */
export interface DemandSources {
  /** Days, YYYY-MM-DD, for each of which every active series gets a row. */
  origins: readonly string[]
  /** Rows of features/daily_sales. */
  daily: string
  /** store_id, date, known_for, entries; left out where visitors are not counted. */
  traffic?: string
  /** product_id, category, department. */
  products: string
  /** Rows of features/live_state; left out: nothing is known of the live state. */
  live?: string
  /** The shard's condition on a series; left out: all. */
  keep?: string
  signal?: AbortSignal
}

const NO_TRAFFIC =
  "(select '' as store_id, date '1970-01-01' as date, date '1970-01-01' as known_for, 0 as entries where false)"
const NO_LIVE_STATE = `(select '' as store_id, '' as product_id, date '1970-01-01' as date${liveFeatures.map((name) => `, null::float as ${name}`).join('')} where false)`

/** Cells of series × days that are held at once, five numbers each: 160 MB. */
const CELLS_MAX = 4_000_000
/** Rows of features that are made at once, about a kilobyte each: of more series fewer origins. */
const FEATURE_ROWS_MAX = 300_000
/** Rows of features that are handed over at once. */
const BUFFER_ROWS = 16_384

/** Makes the temporary table `features`: the rows of features/demand for one origin or many. */
export async function makeDemandFeatures(connection: DuckDBConnection, sources: DemandSources): Promise<void> {
  const sorted = { ...sources, origins: [...sources.origins].sort() }
  const epochs = await epochsOf(connection, sorted)
  const atOnce = await originsAtOnce(connection, sorted)
  for (const [index, origins] of epochs.flatMap((epoch) => inParts(epoch, atOnce)).entries()) {
    await makeSeriesRows(connection, { ...sources, origins })
    const select = statement(sql.features, {
      origins: originsRelation(origins),
      traffic: sources.traffic ?? NO_TRAFFIC,
      products: sources.products,
      live: sources.live ?? NO_LIVE_STATE,
      ...demandParts,
    })
    await connection.run(
      index === 0 ? `create or replace temp table features as ${select}` : `insert into features ${select}`,
    )
  }
  const made = ['known_sale', 'known_store', 'known_series', 'known_day', 'series_row', 'peer_row']
  await connection.run(made.map((name) => `drop table ${name}`).join('; '))
}

/** Runs of origins between which nothing late became known: all of a run look back on the same sales. */
async function epochsOf(connection: DuckDBConnection, { origins, daily }: DemandSources): Promise<string[][]> {
  if (origins.length === 1) return [[...origins]]
  const reader = await connection.runAndReadAll(
    `select distinct known_for::varchar as day from ${daily}
     where known_for > date and date >= date ${literal(lookedBackTo(origins[0]!))} and known_for <= date ${literal(origins.at(-1)!)}
     order by day`,
  )
  const lateOn = reader.getRows().map(([day]) => String(day))
  const epochs: string[][] = []
  let late = 0
  for (const origin of origins) {
    const before = late
    while (late < lateOn.length && lateOn[late]! <= origin) late += 1
    if (epochs.length === 0 || late > before) epochs.push([])
    epochs.at(-1)!.push(origin)
  }
  return epochs
}

/** As many as have `FEATURE_ROWS_MAX` rows, if every series is active. */
async function originsAtOnce(connection: DuckDBConnection, { origins, daily }: DemandSources): Promise<number> {
  if (origins.length === 1) return 1
  const { series } = await onlyRow(connection, `select count(distinct (store_id, product_id)) as series from ${daily}`)
  return Math.max(1, Math.floor(FEATURE_ROWS_MAX / Math.max(1, Number(series))))
}

const inParts = (origins: readonly string[], size: number): string[][] =>
  Array.from({ length: Math.ceil(origins.length / size) }, (_, part) => origins.slice(part * size, (part + 1) * size))

const lookedBackTo = (origin: string): string => addDays(origin, 1 - WINDOW_DAYS_MAX)

function originsRelation(origins: readonly string[]): string {
  const from = dayNumber(lookedBackTo(origins[0]!))
  const rows = origins.map((date, index) => `(date ${literal(date)}, ${index}, ${dayNumber(date) - from})`)
  return `(values ${rows.join(', ')}) as origins (origin_date, origin_no, day)`
}

/** Makes `known_series` and, by series_no and origin_no, `series_row` of the shard's series and `peer_row` of all. */
async function makeSeriesRows(
  connection: DuckDBConnection,
  { origins, daily, keep = 'true', signal }: DemandSources,
): Promise<void> {
  const [from, to] = [lookedBackTo(origins[0]!), origins.at(-1)!]
  const days = dayNumber(to) - dayNumber(from) + 1
  const dates = {
    from: `date ${literal(from)}`,
    to: `date ${literal(to)}`,
    first_origin: `date ${literal(origins[0]!)}`,
  }
  await connection.run(statement(sql.known, { daily, keep, ...dates }))
  const numbers = [...seriesColumns, ...recentColumns].map((name) => `${name} float`).join(', ')
  await connection.run(`create or replace temp table series_row (series_no integer, origin_no integer, ${numbers})`)
  await connection.run('create or replace temp table peer_row (series_no integer, origin_no integer, mean_28 float)')
  const { series } = await onlyRow(connection, 'select count(*) as series from known_series')
  const stores = await readOpenDays(connection, days)
  const originDays = Int32Array.from(origins, (date) => dayNumber(date) - dayNumber(from))
  const capacity = Math.max(BUFFER_ROWS, origins.length)
  const features = createDemandFeatures({ days, firstDay: dayNumber(from), origins: originDays }, capacity)
  const atOnce = Math.max(1, Math.floor(CELLS_MAX / days))
  for (let first = 0; first < Number(series); first += atOnce) {
    signal?.throwIfAborted()
    const grid = await readGrid(connection, { first, count: Math.min(atOnce, Number(series) - first), days })
    await writeRows(connection, features, grid, stores, origins.length)
  }
}

/** By store: how many days it was open before each day, counted from the first that is looked at. */
async function readOpenDays(connection: DuckDBConnection, days: number): Promise<Float64Array[]> {
  const { stores } = await onlyRow(connection, 'select count(*) as stores from known_store')
  const open = Array.from({ length: Number(stores) }, () => new Float64Array(days + 1))
  const query = 'select store_no, day from known_day join known_store using (store_id)'
  await readNumbers(connection, query, ([store, day], rows) => {
    for (let row = 0; row < rows; row += 1) open[store![row]!]![day![row]! + 1] = 1
  })
  for (const counts of open) for (let day = 1; day <= days; day += 1) counts[day] = counts[day]! + counts[day - 1]!
  return open
}

const MEASURES = {
  units: 'units',
  returnedUnits: 'returned_units',
  netAmount: 'net_amount',
  discountAmount: 'discount_amount',
  promotedUnits: 'promoted_units',
} as const satisfies Record<keyof SeriesDays, string>
const measures = Object.keys(MEASURES) as (keyof SeriesDays)[]

/** Some series with a place for every day. */
interface Grid {
  first: number
  count: number
  days: number
  values: SeriesDays
  store: Int32Array
  isOwn: Int32Array
}

/** Puts each sum at its series' and day's place, whatever the order in which it is read. */
async function readGrid(
  connection: DuckDBConnection,
  { first, count, days }: Pick<Grid, 'first' | 'count' | 'days'>,
): Promise<Grid> {
  const values = Object.fromEntries(
    measures.map((name) => [name, new Float64Array(count * days)]),
  ) as unknown as SeriesDays
  const range = `series_no between ${first} and ${first + count - 1}`
  const columns = ['series_no', 'day', ...Object.values(MEASURES)].join(', ')
  const sales = `select ${columns} from known_sale join known_series using (store_id, product_id) where ${range}`
  await readNumbers(connection, sales, ([series, day, ...sums], rows) => {
    for (const [index, name] of measures.entries()) {
      const [into, sum] = [values[name], sums[index]!]
      for (let row = 0; row < rows; row += 1) {
        const place = (series![row]! - first) * days + day![row]!
        into[place] = into[place]! + sum[row]!
      }
    }
  })
  for (const name of measures) {
    const own = values[name]
    for (let place = 0; place < own.length; place += 1) own[place] = own[place]! / 1_000_000
  }
  const grid: Grid = { first, count, days, values, store: new Int32Array(count), isOwn: new Int32Array(count) }
  const series = `select series_no, store_no, is_own::integer from known_series where ${range}`
  await readNumbers(connection, series, ([number, store, isOwn], rows) => {
    for (let row = 0; row < rows; row += 1) {
      grid.store[number![row]! - first] = store![row]!
      grid.isOwn[number![row]! - first] = isOwn![row]!
    }
  })
  return grid
}

/** The rows of a grid's series, all of them as peers, those of the shard as features. */
async function writeRows(
  connection: DuckDBConnection,
  features: DemandFeatures,
  { first, count, days, values, store, isOwn }: Grid,
  openDays: readonly Float64Array[],
  origins: number,
): Promise<void> {
  const seriesNo = new Int32Array(features.origin.length)
  const own = [...seriesColumns, ...recentColumns].map((name) => features.columns[name]!)
  const append = async (table: string, columns: readonly NumberVector[], rows: number) => {
    if (rows > 0) await appendNumbers(connection, table, [seriesNo, features.origin, ...columns], rows)
  }
  for (const isShard of [1, 0]) {
    let rows = 0
    const flush = async () => {
      if (isShard) await append('series_row', own, rows)
      await append('peer_row', [features.columns.mean_28!], rows)
      rows = 0
    }
    for (let index = 0; index < count; index += 1) {
      if (isOwn[index] !== isShard) continue
      if (rows + origins > seriesNo.length) await flush()
      const written = features.write(seriesAt(values, index, days), openDays[store[index]!]!, rows)
      seriesNo.fill(first + index, rows, rows + written)
      rows += written
    }
    await flush()
  }
}

const seriesAt = (values: SeriesDays, index: number, days: number): SeriesDays => {
  const own = (sums: Float64Array) => sums.subarray(index * days, (index + 1) * days)
  return {
    units: own(values.units),
    returnedUnits: own(values.returnedUnits),
    netAmount: own(values.netAmount),
    discountAmount: own(values.discountAmount),
    promotedUnits: own(values.promotedUnits),
  }
}
