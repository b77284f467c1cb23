/** `shelfline lake scan` and `profile`: a table's rows, and what its columns hold. */
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import { withConnection } from '../../platform/duckdb/duckdb.ts'
import { recordAction } from '../../platform/postgres/audit.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  profileRows,
  type RowDependencies,
  type RowFormat,
  type RowSelection,
  type Rows,
  readRows,
  writeRows,
} from '../../services/lake/rows.ts'
import { parseCount } from '../arguments.ts'
import { withLake, withPool } from '../connections.ts'
import { identifyNow } from '../identity.ts'
import { print, printJson, printTable, UsageError } from '../output.ts'
import { printProfile } from '../profile.ts'

const formats = ['table', 'csv', 'jsonl', 'arrow'] as const
type Format = (typeof formats)[number]

/** A table on a terminal is for a glance; files and pipes get everything that was asked for. */
const TABLE_ROWS = 20

interface SelectionFlags {
  date?: string
  from?: string
  to?: string
  columns?: string
  atVersion?: string
}

interface ScanFlags extends SelectionFlags {
  limit?: string
  format: Format
  out?: string
}

export function registerScan(lake: Command): void {
  onRows(lake, 'profile', 'Show what each column holds: nulls, distinct values, range, mean, the most frequent value')
    .option('--json', 'Print the profile as JSON')
    .addHelpText('after', '\nExample:\n  shelfline lake profile cleansed/sales --from 2017-01-01 --to 2017-01-28')
    .action(runProfile)

  onRows(lake, 'scan', 'Print rows of a table, or write them as CSV, JSON lines or Apache Arrow')
    .option('--limit <rows>', `Number of rows at most (default for tables: ${TABLE_ROWS})`)
    .addOption(new Option('--format <format>', 'Format of the rows').choices(formats).default('table'))
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
    .argument('<table>', 'Name, such as cleansed/sales; `shelfline lake list` shows them')
    .option('--date <date>', 'Only the partition of this date')
    .option('--from <date>', 'Only dates from this one on')
    .option('--to <date>', 'Only dates up to this one')
    .option('--columns <names>', 'Only these columns, separated by commas')
    .option('--at-version <version>', 'As it was at this version')

const inRows = <Result>(work: (open: RowDependencies) => Promise<Result>): Promise<Result> =>
  withLake(loadSettings(), ({ lake, duckdb }) => withConnection(duckdb, (connection) => work({ lake, connection })))

const selectionOf = ({ date, from, to, columns, atVersion }: SelectionFlags): RowSelection => ({
  date,
  from,
  to,
  columns: columns?.split(',').map((column) => column.trim()),
  atVersion: atVersion === undefined ? undefined : parseCount('--at-version', atVersion, 0),
})

async function runProfile(name: string, { json, ...flags }: SelectionFlags & { json?: boolean }): Promise<void> {
  const profiled = await inRows((open) => profileRows(open, name, selectionOf(flags)))
  if (json) printJson({ table: name, ...profiled })
  else printProfile(name, profiled)
}

async function runScan(name: string, { limit, format, out, ...flags }: ScanFlags): Promise<void> {
  if (format === 'arrow' && out === undefined && process.stdout.isTTY) {
    throw new UsageError('--format arrow writes bytes; add --out FILE, or pipe them into a program')
  }
  if (format === 'table' && out !== undefined) {
    throw new UsageError('--out writes no table: add --format csv, jsonl or arrow')
  }
  const selection = {
    ...selectionOf(flags),
    limit: limit === undefined ? undefined : parseCount('--limit', limit),
  }
  await identifyNow()
  await withPool(loadSettings(), (pool) => recordAction(pool, { action: 'read', object: 'lake table', id: name }))
  await inRows(async (open) => {
    if (format === 'table') {
      return printRows(name, await readRows(open, name, { ...selection, limit: selection.limit ?? TABLE_ROWS }))
    }
    await write(await writeRows(open, name, selection, rowFormat(format, out)), out)
  })
}

function rowFormat(format: Exclude<Format, 'table'>, out: string | undefined): RowFormat {
  if (format !== 'arrow') return format
  return out === undefined ? 'arrow-stream' : 'arrow-file'
}

function printRows(name: string, { columns, rows }: Rows): void {
  if (rows.length === 0) {
    print(`${name} has no rows in this range`)
    return
  }
  printTable(
    columns,
    rows.map((row) => row.map((value) => (value === null ? '' : String(value)))),
  )
}

async function write(parts: AsyncIterable<string | Uint8Array>, file: string | undefined): Promise<void> {
  if (file !== undefined) {
    await pipeline(Readable.from(parts, { objectMode: true }), createWriteStream(file))
    return print(`wrote ${file}`)
  }
  for await (const part of parts) if (!process.stdout.write(part)) await once(process.stdout, 'drain')
}
