import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, literal } from '../platform/duckdb/duckdb.ts'
import { cacheFolder } from '../platform/settings/settings.ts'
import { SourceError } from './errors.ts'
import { checkParquet } from './file.ts'

export const datasetNames = ['complete-journey', 'online-retail', 'freshretail'] as const
export type DatasetName = (typeof datasetNames)[number]

/** A published data set, and what a replay of it needs besides its map. */
export interface Dataset {
  name: DatasetName
  /** Begins the ids of its events. */
  prefix: string
  timeZone: string
  country: string
  currency: string
  /** Where it is when the user names no place; undefined when it always has to be named. */
  defaultPath: string | undefined
  /** The files under its path that are read; none when the path is the file itself. */
  files: readonly string[]
  /** How to get it, for the message that it isn't there. */
  howToGet: string
  /** The relation of the lines, in SQL. */
  lines: (path: string) => string
  /** The store of a line, and when it was written, in SQL. */
  store: string
  writtenAt: string
  /** The store's day of that time, in SQL. */
  dayOf: (writtenAt: string) => string
  /** Statements of `sql/sources` that make `source_rows`, the catalogues and the stock. */
  rows: string
  catalogue: string
  stock: string
}

export const datasets: Readonly<Record<DatasetName, Dataset>> = {
  'complete-journey': {
    name: 'complete-journey',
    prefix: 'cj',
    timeZone: 'America/New_York',
    country: 'United States',
    currency: 'USD',
    defaultPath: join(cacheFolder(), 'completejourney-0.1.0'),
    files: ['transactions.parquet', 'products.parquet', 'promotions.parquet'],
    howToGet: '`shelfline stack prepare` fetches it',
    lines: (path) => parquet(join(path, 'transactions.parquet')),
    store: 'store_id::varchar',
    writtenAt: 'transaction_timestamp',
    dayOf: (utc) => `timezone('America/New_York', timezone('UTC', ${utc}))::date`,
    rows: 'complete_journey_rows',
    catalogue: 'complete_journey_catalogue',
    stock: 'stock_by_review',
  },
  'online-retail': {
    name: 'online-retail',
    prefix: 'or',
    timeZone: 'Europe/London',
    country: 'United Kingdom',
    currency: 'GBP',
    defaultPath: join(import.meta.dirname, '..', 'data', 'online-retail-ii'),
    files: ['lines.parquet'],
    howToGet: 'it is part of the repository',
    lines: (path) => parquet(join(path, 'lines.parquet')),
    store: "lower(replace(country, ' ', '-'))",
    writtenAt: 'invoiced_at',
    dayOf: (local) => `${local}::date`,
    rows: 'online_retail_rows',
    catalogue: 'online_retail_catalogue',
    stock: 'stock_by_review',
  },
  freshretail: {
    name: 'freshretail',
    prefix: 'fr',
    timeZone: 'Asia/Shanghai',
    country: 'China',
    currency: 'CNY',
    defaultPath: undefined,
    files: [],
    howToGet: 'name the file with --path',
    lines: (path) => `(from ${parquet(path)} where sale_quantity > 0)`,
    store: 'store_id::varchar',
    writtenAt: 'date',
    dayOf: (day) => day,
    rows: 'freshretail_rows',
    catalogue: 'freshretail_catalogue',
    stock: 'stock_by_flags',
  },
}

const parquet = (path: string): string => `read_parquet(${literal(path)})`

/** @throws SourceError when the data set isn't where it should be, with how to get it */
export function locate({ name, defaultPath, files, howToGet }: Dataset, path: string | undefined): string {
  const found = path ?? defaultPath
  if (found === undefined) throw new SourceError(`replay ${name}: no data: ${howToGet}`)
  if (!existsSync(found)) {
    throw new SourceError(`replay ${name}: ${found} is not there${path === undefined ? `: ${howToGet}` : ''}`)
  }
  for (const file of files) checkParquet(join(found, file))
  if (files.length === 0) checkParquet(found)
  return found
}

/** The stores' days that the data set holds, both inclusive, as YYYY-MM-DD. */
export async function readRange(
  connection: DuckDBConnection,
  dataset: Dataset,
  path: string,
): Promise<{ from: string; to: string }> {
  const { lines, dayOf, writtenAt } = dataset
  const rows = await readRows(
    connection,
    dataset,
    path,
    `select (${dayOf('first')})::varchar, (${dayOf('last')})::varchar
     from (select min(${writtenAt}) as first, max(${writtenAt}) as last from ${lines(path)})`,
  )
  const [from, to] = rows[0] as [string | null, string | null]
  if (from === null || to === null) throw new SourceError(`replay ${dataset.name}: ${path} holds no sales`)
  return { from, to }
}

/** All stores, those with the most lines first. */
export async function readStores(connection: DuckDBConnection, dataset: Dataset, path: string): Promise<string[]> {
  const { lines, store } = dataset
  const rows = await readRows(
    connection,
    dataset,
    path,
    `select ${store} as store from ${lines(path)} group by store order by count(*) desc, store`,
  )
  return rows.map(([name]) => String(name))
}

async function readRows(connection: DuckDBConnection, { name }: Dataset, path: string, sql: string) {
  try {
    return (await connection.runAndReadAll(sql)).getRows()
  } catch (error) {
    throw new SourceError(`replay ${name}: ${path} is not this data set: ${(error as Error).message.split('\n')[0]}`)
  }
}
