/** A table's profile for people to look at: what each column holds, by Danfo.js over a sample of rows. */
import type { DuckDBConnection } from '@duckdb/node-api'

/** A data frame is for some thousands of rows: its group-by takes fifty times as long as DuckDB's, its sort is quadratic. */
export const PROFILE_ROWS_MAX = 5_000
const SAMPLE_SEED = 1

/** What a column of the sample holds. Shares are from 0 to 1; of a column without numbers the figures are left out. */
export interface ColumnProfile {
  column: string
  type: string
  /** Share of rows in which it is null. */
  nulls: number
  /** Different values. */
  distinct: number
  minimum: string | null
  maximum: string | null
  mean?: number
  deviation?: number
  median?: number
  /** The most frequent value and its share of the rows; null where each value is there once. */
  mostFrequent: { value: string; share: number } | null
}

export interface TableProfile {
  /** Rows that were looked at: a seeded sample where there are more than 5,000. */
  rowsSampled: number
  rows: number
  columns: ColumnProfile[]
}

const NUMERIC = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL)/

/** @param relation what is after `from` in a query */
export async function profile(connection: DuckDBConnection, relation: string): Promise<TableProfile> {
  // Danfo.js takes a second and more to load: only a profile waits for it.
  const { DataFrame } = await import('danfojs-node')
  const counted = await connection.runAndReadAll(`select count(*) as rows from ${relation}`)
  const sample = `select * from ${relation} using sample reservoir(${PROFILE_ROWS_MAX} rows) repeatable (${SAMPLE_SEED})`
  const reader = await connection.runAndReadAll(sample)
  const types = reader.columnTypes().map(String)
  const rows = Number(counted.getRows()[0]![0])
  const values = reader.getRowsJson().map((row) => row.map((value, at) => plain(value, types[at]!)))
  const names = reader.columnNames()
  const frame = new DataFrame(values, { columns: names })
  const columns = names.map((name, at) => profileColumn(frame.column(name), name, types[at]!))
  return { rows, rowsSampled: values.length, columns }
}

/** Decimals and large whole numbers come as text; a profile may round them. Everything else is counted as text. */
function plain(value: unknown, type: string): string | number | null {
  if (value === null) return null
  if (NUMERIC.test(type)) return Number(value)
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

type Series = InstanceType<typeof import('danfojs-node')['Series']>

function profileColumn(column: Series, name: string, type: string): ColumnProfile {
  const present = column.values.filter((value) => value !== null && value !== undefined)
  const nulls = column.size === 0 ? 0 : 1 - present.length / column.size
  const empty = { column: name, type, nulls, distinct: 0, minimum: null, maximum: null, mostFrequent: null }
  if (present.length === 0) return empty
  const series = column.dropNa() as Series
  const counts = countValues(present)
  const distinct = counts.size
  const [value, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most))
  const mostFrequent = distinct === present.length ? null : { value, share: count / column.size }
  if (!NUMERIC.test(type)) {
    const sorted = present.map(String).sort()
    return { ...empty, distinct, minimum: sorted[0]!, maximum: sorted.at(-1)!, mostFrequent }
  }
  return {
    ...empty,
    distinct,
    minimum: String(series.min()),
    maximum: String(series.max()),
    mean: series.mean(),
    ...(present.length > 1 && { deviation: series.std() }),
    median: series.median(),
    mostFrequent,
  }
}

/** Value → how often it is there. Danfo.js's own count takes only the whole part of numbers. */
function countValues(values: readonly unknown[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  return counts
}
