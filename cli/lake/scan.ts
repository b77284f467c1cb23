/** `shelfline lake scan` and `profile`: a table's rows, and what its columns hold. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import { quoteName } from '../../lake/schema.ts'
import type { Table } from '../../lake/table.ts'
import { writeArrow } from '../../platform/duckdb/arrow.ts'
import type { DuckDBConnection } from '../../platform/duckdb/duckdb.ts'
import { profile } from '../../platform/duckdb/profile.ts'
import { parseCount, parseDate } from '../arguments.ts'
import { print, printJson, printTable, UsageError } from '../output.ts'
import { withLakeConnection } from './with-lake.ts'

const formats = ['table', 'csv', 'jsonl', 'arrow'] as const
type Format = (typeof formats)[number]

/** A table on a terminal is for a glance; files and pipes get everything that was asked for. */
const TABLE_ROWS = 20

interface Selection {
  date?: string
  from?: string
  to?: string
  columns?: string
  atVersion?: string
}

interface ScanFlags extends Selection {
  limit?: string
  format: Format
  out?: string
}

export function registerScan(lake: Command): void {
  onRows(
    lake,
    'profile',
    'Shows what each column holds: nulls, different values, range, mean, the most frequent value.',
  )
    .option('--json', 'One JSON document on standard output')
    .addHelpText('after', '\nExample:\n  shelfline lake profile cleansed/sales --from 2017-01-01 --to 2017-01-28')
    .action(runProfile)

  onRows(lake, 'scan', 'Prints rows of a table, or writes them as CSV, JSON lines or Apache Arrow.')
    .option('--limit <rows>', `At most so many rows (format table: ${TABLE_ROWS} unless given)`)
    .addOption(new Option('--format <format>', 'How rows are written').choices(formats).default('table'))
    .option('--out <file>', 'Write to this file; an Arrow file can be opened as Feather')
    .addHelpText(
      'after',
      `
Examples:
  shelfline lake scan cleansed/sales --date 2017-01-05 --columns store_id,product_id,quantity
  shelfline lake scan cleansed/sales --from 2017-01-01 --to 2017-01-28 --format arrow --out sales.feather
  shelfline lake scan raw/pos_transactions --format arrow | python3 -c 'import pyarrow as pa, sys; print(pa.ipc.open_stream(sys.stdin.buffer).read_pandas())'`,
    )
    .action(runScan)
}

const onRows = (lake: Command, name: string, description: string): Command =>
  lake
    .command(name)
    .description(description)
    .argument('<table>', 'For example cleansed/sales; `shelfline lake ls` lists the tables')
    .option('--date <date>', 'Only the partition of this date')
    .option('--from <date>', 'Only dates from this one on')
    .option('--to <date>', 'Only dates up to this one')
    .option('--columns <names>', 'Only these columns, separated by commas')
    .option('--at-version <version>', 'As it was at this version')

async function runProfile(name: string, { json, ...selection }: Selection & { json?: boolean }): Promise<void> {
  const profiled = await withLakeConnection(async (lake, connection) =>
    profile(connection, `(${await queryOf(await lake.table(name), selection)})`),
  )
  if (json) return printJson({ table: name, ...profiled })
  const { rows, rowsSampled, columns } = profiled
  if (rows === 0) return print(`${name}: no rows in this range`)
  print(rows === rowsSampled ? `${name}: ${rows} rows` : `${name}: ${rows} rows, of which ${rowsSampled} were sampled`)
  printTable(
    ['column', 'type', 'null', 'distinct', 'minimum', 'median', 'mean', 'deviation', 'maximum', 'most frequent'],
    columns.map(({ column, type, nulls, distinct, minimum, median, mean, deviation, maximum, mostFrequent }) => [
      ...[column, typeName(type), percent(nulls), distinct, short(minimum), figure(median), figure(mean)],
      ...[
        figure(deviation),
        short(maximum),
        mostFrequent && `${short(mostFrequent.value)} ${percent(mostFrequent.share)}`,
      ],
    ]),
  )
}

const typeName = (type: string): string => type.toLowerCase().replace('timestamp with time zone', 'timestamptz')
const percent = (share: number): string => `${(share * 100).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`
const figure = (value: number | undefined): string => (value === undefined ? '' : String(Number(value.toPrecision(6))))
const CHARACTERS_SHOWN = 16
const short = (text: string | null): string =>
  text === null ? '' : text.length > CHARACTERS_SHOWN ? `${text.slice(0, CHARACTERS_SHOWN - 1)}…` : text

async function runScan(name: string, flags: ScanFlags): Promise<void> {
  const isBinary = flags.format === 'arrow'
  if (isBinary && flags.out === undefined && process.stdout.isTTY) {
    throw new UsageError('--format arrow writes bytes; add --out FILE, or pipe them into a program')
  }
  await withLakeConnection(async (lake, connection) => {
    const rows = flags.limit === undefined ? undefined : parseCount('--limit', flags.limit)
    const limit = rows ?? (flags.format === 'table' ? TABLE_ROWS : undefined)
    const query = (await queryOf(await lake.table(name), flags)) + (limit === undefined ? '' : ` limit ${limit}`)
    if (flags.format === 'table') return printRows(connection, query)
    const bytes = isBinary
      ? writeArrow(connection, query, flags.out === undefined ? 'stream' : 'file')
      : lines(connection, query, flags.format)
    await write(bytes, flags.out)
  })
}

async function queryOf(table: Table, { date, from, to, columns, atVersion }: Selection): Promise<string> {
  if (date !== undefined && (from !== undefined || to !== undefined)) {
    throw new UsageError('--date is one day, --from and --to are several; use one or the other')
  }
  const range = {
    ...(from !== undefined && { from: parseDate('--from', from) }),
    ...(to !== undefined && { to: parseDate('--to', to) }),
  }
  const isRange = Object.keys(range).length > 0
  const where = date === undefined ? (isRange ? { date: range } : {}) : { date: parseDate('--date', date) }
  const version = atVersion === undefined ? {} : { version: parseCount('--at-version', atVersion, 0) }
  const { schema } = await table.snapshot(version)
  const known = schema.map(({ name }) => name)
  const wanted = columns?.split(',').map((column) => column.trim()) ?? known
  const unknown = wanted.filter((column) => !known.includes(column))
  if (unknown.length > 0) {
    throw new UsageError(`--columns ${unknown.join(', ')}: the table has ${known.join(', ')}`)
  }
  return `select ${wanted.map(quoteName).join(', ')} from ${await table.scan({ where, ...version })}`
}

async function printRows(connection: DuckDBConnection, query: string): Promise<void> {
  const reader = await connection.runAndReadAll(query)
  const rows = reader.getRowsJson()
  if (rows.length === 0) return print('no rows: the table holds none in this range')
  printTable(
    reader.columnNames(),
    rows.map((row) => row.map((value) => (value === null ? '' : String(value)))),
  )
}

/** Rows as text, a chunk of DuckDB at a time. */
async function* lines(connection: DuckDBConnection, query: string, format: Format): AsyncGenerator<string> {
  const result = await connection.stream(query)
  const names = result.columnNames()
  if (format === 'csv') yield `${names.map(csvField).join(',')}\n`
  for await (const rows of result.yieldRowsJson()) {
    yield rows
      .map((row) =>
        format === 'csv'
          ? `${row.map(csvField).join(',')}\n`
          : `${JSON.stringify(Object.fromEntries(names.map((name, at) => [name, row[at]])))}\n`,
      )
      .join('')
  }
}

/** RFC 4180: a field with a comma, a quote or a line break stands in quotes. */
function csvField(value: unknown): string {
  const text = value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

async function write(parts: AsyncIterable<string | Uint8Array>, file: string | undefined): Promise<void> {
  if (file !== undefined) {
    await pipeline(Readable.from(parts, { objectMode: true }), createWriteStream(file))
    return print(`wrote ${file}`)
  }
  for await (const part of parts) if (!process.stdout.write(part)) await once(process.stdout, 'drain')
}
