/** Rows of a table of the lake: to look at, to describe, and to take out as CSV, JSON lines or Apache Arrow. */

import type { DuckDBConnection } from '@duckdb/node-api'
import type { Lake } from '../../lake/lake.ts'
import type { Table } from '../../lake/table.ts'
import { csvField } from '../../platform/csv.ts'
import { writeArrow } from '../../platform/duckdb/arrow.ts'
import { identifier } from '../../platform/duckdb/duckdb.ts'
import { profile, type TableProfile } from '../../platform/duckdb/profile.ts'
import { InvalidError } from '../errors.ts'
import { requireCount, requireDate } from '../values.ts'
import { withTable } from './tables.ts'

export interface RowDependencies {
  lake: Lake
  /** Of the DuckDB that the lake was opened with. */
  connection: DuckDBConnection
}

/** What is left out does not limit. */
export interface RowSelection {
  /** One day, or a range; YYYY-MM-DD. */
  date?: string | undefined
  from?: string | undefined
  to?: string | undefined
  columns?: readonly string[] | undefined
  atVersion?: number | undefined
  limit?: number | undefined
}

export const rowFormats = ['csv', 'jsonl', 'arrow-stream', 'arrow-file'] as const
export type RowFormat = (typeof rowFormats)[number]

export interface Rows {
  columns: string[]
  /** Values as JSON has them: decimals, dates and large whole numbers are texts. */
  rows: unknown[][]
}

const ROWS_MAX = 10_000

/**
 * Rows to look at.
 *
 * @param selection with a limit from 1 to 10,000
 * @throws NotFoundError when there is no such table; InvalidError when the selection is impossible
 */
export async function readRows(
  { lake, connection }: RowDependencies,
  name: string,
  selection: RowSelection & { limit: number },
): Promise<Rows> {
  requireCount('limit', selection.limit, 1, ROWS_MAX)
  return withTable(lake, name, async (table) => {
    const reader = await connection.runAndReadAll(await queryOf(table, selection))
    return { columns: reader.columnNames(), rows: reader.getRowsJson() }
  })
}

/**
 * Rows in a format, in parts that are never all in memory.
 *
 * @throws as `readRows` does, before the first part
 */
export async function writeRows(
  { lake, connection }: RowDependencies,
  name: string,
  selection: RowSelection,
  format: RowFormat,
): Promise<AsyncIterable<string | Uint8Array>> {
  const query = await withTable(lake, name, (table) => queryOf(table, selection))
  if (format === 'csv' || format === 'jsonl') return lines(connection, query, format)
  return writeArrow(connection, query, format === 'arrow-stream' ? 'stream' : 'file')
}

/** What each column holds, by a sample of 5,000 rows. @throws as `readRows` does */
export const profileRows = (
  { lake, connection }: RowDependencies,
  name: string,
  selection: RowSelection = {},
): Promise<TableProfile> =>
  withTable(lake, name, async (table) => profile(connection, `(${await queryOf(table, selection)})`))

async function queryOf(table: Table, { date, from, to, columns, atVersion, limit }: RowSelection): Promise<string> {
  if (date !== undefined && (from !== undefined || to !== undefined)) {
    throw new InvalidError('cannot be combined with a range', { field: 'date', value: date, fix: 'use one of them' })
  }
  if (limit !== undefined) requireCount('limit', limit, 1, Number.MAX_SAFE_INTEGER)
  if (atVersion !== undefined) requireCount('atVersion', atVersion, 0, Number.MAX_SAFE_INTEGER)
  const range = {
    ...(from !== undefined && { from: requireDate('from', from) }),
    ...(to !== undefined && { to: requireDate('to', to) }),
  }
  const days = date === undefined ? range : requireDate('date', date)
  const where = typeof days === 'object' && Object.keys(days).length === 0 ? {} : { date: days }
  const version = atVersion === undefined ? {} : { version: atVersion }
  const { schema } = await table.snapshot(version)
  const known = schema.map(({ name }) => name)
  const wanted = columns ?? known
  const unknown = wanted.filter((column) => !known.includes(column))
  if (unknown.length > 0) {
    const fix = `the table has ${known.join(', ')}`
    throw new InvalidError('is not a column of the table', { field: 'columns', value: unknown.join(', '), fix })
  }
  const rows = `select ${wanted.map(identifier).join(', ')} from ${await table.scan({ where, ...version })}`
  return limit === undefined ? rows : `${rows} limit ${limit}`
}

/** Rows as text, a chunk of DuckDB at a time. */
async function* lines(connection: DuckDBConnection, query: string, format: 'csv' | 'jsonl'): AsyncGenerator<string> {
  const result = await connection.stream(query)
  const names = result.columnNames()
  if (format === 'csv') yield `${names.map(csvField).join(',')}\n`
  for await (const rows of result.yieldRowsJson()) {
    yield rows
      .map((row) =>
        format === 'csv'
          ? `${row.map((value) => csvField(textOf(value))).join(',')}\n`
          : `${JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at]])))}\n`,
      )
      .join('')
  }
}

const textOf = (value: unknown): string =>
  value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
