/** A user's file of past sales, as the relations that the demand model is trained on: no server, no lake. */
import { extname } from 'node:path'
import { type DuckDBConnection, identifier, literal } from '../platform/duckdb/duckdb.ts'
import { statement } from '../platform/postgres/sql.ts'
import { SourceError } from './errors.ts'
import { checkParquet, loadFile } from './file.ts'
import { columnsOf, type SeriesMap, type StockOutColumn } from './series-map.ts'

/** A row a day, or sums of weeks, which begin on Monday. */
export type PeriodDays = 1 | 7

/** A store of a file that has none. */
export const ONLY_STORE = 'all'

export interface FileSales {
  /** Rows of features/daily_sales: what sold. */
  daily: string
  /** The same with the demand that met an empty shelf put back: what features are made from. */
  recovered: string
  /** product_id, category, department. */
  products: string
  /** store_id, product_id, date, in_stock_share of days on which not all of the demand could be met. */
  availability: string | undefined
  /** A relation of store_id, product_id, date and its columns. */
  covariates: { relation: string; known: string[]; past: string[]; fixed: string[] } | undefined
  /** First and last day that sales are known of. */
  first: string
  last: string
  /** The last day that every known covariate is known of. */
  knownThrough: string
  series: number
  /** What was done about rows that are not as expected, for the user. */
  notes: string[]
}

/**
 * Reads a file into tables of the connection.
 *
 * @throws SourceError when the file or its columns are missing, nothing can be read of it, or nothing sold
 */
export async function readSalesFile(
  connection: DuckDBConnection,
  path: string,
  map: SeriesMap,
  periodDays: PeriodDays,
): Promise<FileSales> {
  const source = await openSource(connection, path, map)
  const types = await columnTypes(connection, source)
  assertColumns(path, map, types)
  const { texts, notes: ofTexts } = await findTexts(connection, source, map, types)
  await connection.run(rowsStatement(source, map, types, texts))
  const notes = [...(await checkRows(connection, path, map)), ...ofTexts]
  if (periodDays === 7) notes.push(...(await leaveOutPartWeeks(connection)))
  // The mean of two texts' places would be a third text.
  const means = covariatesOf(map).map(
    (name) => `${texts.has(name) ? 'max' : 'avg'}(${identifier(name)}) as ${identifier(name)},`,
  )
  const period = periodDays === 7 ? "date_trunc('week', file_row.date)::date" : 'file_row.date'
  await connection.run(statement('forecasting/file_days.sql', { period, covariate_columns: means.join(' ') }))
  const { first, last, series, repeated } = await onlyRow(
    connection,
    `select min(date) filter (where lines > 0)::varchar as first, max(date) filter (where lines > 0)::varchar as last,
       count(distinct (store_id, product_id)) as series, coalesce(sum(repeated), 0) as repeated from file_day`,
  )
  if (!map.stockOut?.hour) notes.push(...noteOf(Number(repeated), 'with the series and day of another row: added up'))
  const days = { first: String(first), last: String(last) }
  await connection.run(statement('forecasting/file_daily.sql', { grid: openDays(map, periodDays) }))
  const availability = await readAvailability(connection, map, periodDays)
  if (availability) {
    await connection.run(statement('features/recovered_sales.sql', { daily: 'file_daily', availability }))
  }
  const knownThrough = await readKnownThrough(connection, map)
  return {
    daily: 'file_daily',
    recovered: availability ? 'recovered' : 'file_daily',
    products:
      '(select product_id, max(category) as category, max(department) as department from file_row group by product_id)',
    availability,
    covariates:
      covariatesOf(map).length === 0
        ? undefined
        : { relation: 'file_day', known: map.known, past: map.past, fixed: map.static },
    ...days,
    knownThrough: knownThrough ?? days.last,
    series: Number(series),
    notes,
  }
}

const covariatesOf = ({ known, past, static: fixed }: SeriesMap): string[] => [...known, ...past, ...fixed]

/** Parquet is read where it lies; text is laid into a table once, so that it is split into columns once. */
async function openSource(connection: DuckDBConnection, path: string, map: SeriesMap): Promise<string> {
  if ((map.file.format ?? extname(path).slice(1).toLowerCase()) === 'parquet') {
    checkParquet(path)
    return `read_parquet(${literal(path)})`
  }
  const { broken } = await loadFile(connection, path, map.file)
  if (broken.length > 0) {
    const { row, error, text } = broken[0]!
    throw new SourceError(`${path}: row ${row} can't be split into columns: ${error}: ${text.slice(0, 80)}`)
  }
  return 'source_rows'
}

type Types = ReadonlyMap<string, string>

async function columnTypes(connection: DuckDBConnection, source: string): Promise<Types> {
  const reader = await connection.runAndReadAll(`describe select * from ${source}`)
  return new Map(reader.getRows().map(([name, type]) => [String(name), String(type)]))
}

function assertColumns(path: string, map: SeriesMap, types: Types): void {
  const missing = columnsOf(map).filter((name) => !types.has(name))
  if (missing.length === 0) return
  const there = [...types.keys()].filter((name) => name !== 'file_row')
  throw new SourceError(
    `${path} has no column ${missing.map((name) => `"${name}"`).join(', ')}: its columns are ${there.join(', ')}`,
  )
}

function rowsStatement(source: string, map: SeriesMap, types: Types, texts: ReadonlySet<string>): string {
  const text = (column: string) => `nullif(trim(${identifier(column)}::varchar), '')`
  const number = (column: string) => numberOf(column, map, types)
  const stores = map.series.slice(0, -1).map(text)
  const optional = (column: string | undefined, sql: (column: string) => string, type: string) =>
    column === undefined ? `null::${type}` : sql(column)
  return statement('forecasting/file_rows.sql', {
    source,
    store: stores.length === 0 ? literal(ONLY_STORE) : stores.join(" || '/' || "),
    product: text(map.series.at(-1)!),
    date: dateOf(map, types),
    quantity: number(map.quantity),
    amounts: `${optional(map.netAmount, number, 'double')} as net_amount, ${optional(map.discountAmount, number, 'double')} as discount_amount`,
    hierarchy: `${optional(map.category, text, 'varchar')} as category, ${optional(map.department, text, 'varchar')} as department`,
    covariate_columns: [
      ...[...map.known, ...map.past].map((name) => {
        // No text is a value of its own: after a holiday it ends it.
        const value = texts.has(name) ? `coalesce(${placeOf(name)}, 0)` : number(name)
        return `${value} as ${identifier(name)},`
      }),
      ...map.static.map((name) => `${ranked(name, map, types)} as ${identifier(name)},`),
    ].join(' '),
    out_of_stock: map.stockOut ? outOfStock(map.stockOut, map, types) : '0.0',
    hour: optional(map.stockOut?.hour, number, 'double'),
  })
}

/** Finite, or null. A flag counts as 0 or 1. */
function numberOf(column: string, { file }: SeriesMap, types: Types): string {
  const name = identifier(column)
  if (types.get(column) !== 'VARCHAR') {
    return `(case when isfinite(${name}::double) then ${name}::double end)`
  }
  const whole = file.thousands ? `replace(${name}, ${literal(file.thousands)}, '')` : name
  const plain = file.decimal === ',' ? `replace(${whole}, ',', '.')` : whole
  const cast = `coalesce(try_cast(${plain} as double), try_cast(try_cast(${plain} as boolean) as double))`
  return `(case when isfinite(${cast}) then ${cast} end)`
}

/** A text is its place among all texts: what a tree can cut; one that was never seen is not known. */
function ranked(column: string, map: SeriesMap, types: Types): string {
  return types.get(column) === 'VARCHAR' ? placeOf(column) : numberOf(column, map, types)
}

/** From 1; null where there is no text. */
function placeOf(column: string): string {
  const text = `nullif(trim(${identifier(column)}), '')`
  return `(case when ${text} is not null then dense_rank() over (order by ${text}) end)::double`
}

/** Which columns under known and past are texts: most of their values are not numbers. Of the others, what is skipped. */
async function findTexts(
  connection: DuckDBConnection,
  source: string,
  map: SeriesMap,
  types: Types,
): Promise<{ texts: ReadonlySet<string>; notes: string[] }> {
  const texts = new Set<string>()
  const notes: string[] = []
  for (const name of [...map.known, ...map.past]) {
    if (types.get(name) !== 'VARCHAR') continue
    const text = `nullif(trim(${identifier(name)}), '')`
    const isWord = `${text} is not null and ${numberOf(name, map, types)} is null`
    const found = await onlyRow(
      connection,
      `select count(*) filter (where ${isWord}) as words, count(${text}) as filled, min(${text}) filter (where ${isWord}) as word from ${source}`,
    )
    const words = Number(found.words)
    if (2 * words > Number(found.filled)) texts.add(name)
    else notes.push(...noteOf(words, `with a ${name} that is not a number, such as "${found.word}": no value`))
  }
  return { texts, notes }
}

function dateOf({ date: { column, format } }: SeriesMap, types: Types): string {
  const name = identifier(column)
  if (types.get(column) !== 'VARCHAR') return `${name}::date`
  return format ? `try_strptime(${name}, ${literal(format)})::date` : `try_cast(try_cast(${name} as timestamp) as date)`
}

function outOfStock({ column, unit, openHours }: StockOutColumn, map: SeriesMap, types: Types): string {
  const value = `coalesce(${numberOf(column, map, types)}, 0)`
  const share = unit === 'hours' ? `${value} / ${openHours}` : value
  return `least(greatest(${share}, 0), 1)`
}

/** Leaves out what is no row of a series, and reports what is unusual. */
async function checkRows(connection: DuckDBConnection, path: string, map: SeriesMap): Promise<string[]> {
  const isKey = 'store_id is not null and product_id is not null and date is not null'
  const row = await onlyRow(
    connection,
    `select count(*) as rows, count(*) filter (where not (${isKey})) as keyless,
       count(*) filter (where quantity is null) as empty, count(*) filter (where quantity < 0) as negative,
       count(*) filter (where quantity > 0) as sold
     from file_row`,
  )
  const found = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])) as Record<
    'rows' | 'keyless' | 'empty' | 'negative' | 'sold',
    number
  >
  if (found.rows === found.keyless) {
    throw new SourceError(
      `${path}: no row has ${[...map.series, map.date.column].join(', ')}; is date.format in the map as in the file?`,
    )
  }
  if (found.sold === 0) throw new SourceError(`${path}: no sales: no ${map.quantity} is above zero`)
  await connection.run(`delete from file_row where not (${isKey})`)
  const counted: [number, string][] = [
    [found.keyless, 'without a series or a date: skipped'],
    [found.empty, `without a ${map.quantity}: only their covariates count`],
    [found.negative, `with a ${map.quantity} below zero: returns, which take nothing from what sold`],
  ]
  return counted.flatMap(([rows, what]) => noteOf(rows, what))
}

/**
 * A week at either end of the file that lacks weekdays is no week. Which weekdays a week has is known from the file's other weeks: one
 * with a row a week, whatever its weekday, has whole weeks only.
 */
async function leaveOutPartWeeks(connection: DuckDBConnection): Promise<string[]> {
  const { first, last } = await onlyRow(
    connection,
    `select
       case when isodow(min(date)) > min(isodow(date)) then date_trunc('week', min(date))::date + 6 end::varchar as first,
       case when isodow(max(date)) < max(isodow(date)) then date_trunc('week', max(date))::date end::varchar as last
     from file_row where quantity is not null`,
  )
  const parts = [
    first === null ? '' : `date <= date ${literal(String(first))}`,
    last === null ? '' : `date >= date ${literal(String(last))}`,
  ]
  const left = parts.filter((part) => part !== '')
  if (left.length === 0) return []
  const { rows } = await onlyRow(
    connection,
    `select count(*) as rows from file_row where quantity is not null and (${left.join(' or ')})`,
  )
  await connection.run(`update file_row set quantity = null where ${left.join(' or ')}`)
  return noteOf(Number(rows), 'of an incomplete week: skipped')
}

const noteOf = (rows: number, what: string): string[] =>
  rows > 0 ? [`${rows.toLocaleString('en-GB')} rows ${what}`] : []

/** Days on which a store had no row at all and was open all the same. */
function openDays({ missingDays }: SeriesMap, periodDays: PeriodDays): string {
  if (missingDays === 'closed')
    return "(select '' as store_id, '' as product_id, date '1970-01-01' as date where false)"
  return `(
    select * from (
      select store_id, min(product_id) as product_id, unnest(${periods('min(date)', periodDays)})::date as date
      from file_day where lines > 0 group by store_id
    ) anti join (from file_day where lines > 0) using (store_id, date)
  )`
}

/** From a day to the last one of the file. */
const periods = (from: string, periodDays: PeriodDays): string =>
  `generate_series(${from}::timestamp, (select max(date) from file_day where lines > 0)::timestamp, interval ${periodDays} day)`

/** Days on which not all of the demand could be met; a day of which nothing is known is one on which none was seen. */
async function readAvailability(
  connection: DuckDBConnection,
  { stockOut, missingDays }: SeriesMap,
  periodDays: PeriodDays,
): Promise<string | undefined> {
  const parts = [
    ...(stockOut
      ? ['select store_id, product_id, date, in_stock_share from file_day where in_stock_share < 1 and lines > 0']
      : []),
    ...(missingDays === 'missing'
      ? [
          `select * from (
             select store_id, product_id, unnest(${periods('min(date)', periodDays)})::date as date, 0 as in_stock_share
             from file_day where lines > 0 group by store_id, product_id
           ) anti join (from file_day where lines > 0) using (store_id, product_id, date)`,
        ]
      : []),
  ]
  if (parts.length === 0) return undefined
  await connection.run(`create or replace temp table file_availability as ${parts.join(' union all by name ')}`)
  return 'file_availability'
}

/** The last day on which each known covariate is known for any series. */
async function readKnownThrough(connection: DuckDBConnection, { known }: SeriesMap): Promise<string | undefined> {
  if (known.length === 0) return undefined
  const lasts = known.map((name) => `max(date) filter (where ${identifier(name)} is not null)`)
  const { through } = await onlyRow(connection, `select least(${lasts.join(', ')})::varchar as through from file_day`)
  return through === null ? undefined : String(through)
}

async function onlyRow(connection: DuckDBConnection, query: string): Promise<Record<string, unknown>> {
  return (await connection.runAndReadAll(query)).getRowObjectsJson()[0]!
}
