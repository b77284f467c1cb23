import { type Command, Option } from 'commander'
import type { AddFile } from '../../lake/protocol.ts'
import { isNullable, typeText } from '../../lake/schema.ts'
import type { Snapshot } from '../../lake/state.ts'
import { bytesOf, rowsOf, type Table } from '../../lake/table.ts'
import { SAFE_RETENTION_HOURS } from '../../lake/vacuum.ts'
import { parseCount, parseDate } from '../arguments.ts'
import { formatBytes, print, printJson, printTable, UsageError } from '../output.ts'
import { registerScan } from './scan.ts'
import { withLake } from './with-lake.ts'

const PARTITIONS_SHOWN = 31
const BAR_CHARACTERS = 32
const MEGABYTE = 1_000_000

export function register(program: Command): void {
  const lake = program
    .command('lake')
    .description('The Delta tables: what they hold, what was done to them, and their upkeep')
    .addHelpText('after', '\nExample:\n  shelfline lake show raw/pos_transactions')

  lake
    .command('ls')
    .description('Lists the tables with their version, files, rows and bytes')
    .option('--json', 'One JSON document on standard output')
    .addHelpText('after', '\nExample:\n  shelfline lake ls')
    .action(runList)

  onTable(lake, 'show', 'Shows a table: its columns, and for each partition the files, rows and bytes.')
    .option('--at-version <version>', 'As it was at this version')
    .addOption(new Option('--as-of <instant>', 'As it was at this instant (ISO 8601)').conflicts('atVersion'))
    .option('--all', `Every partition, not only the last ${PARTITIONS_SHOWN}`)
    .addHelpText('after', '\nExample:\n  shelfline lake show cleansed/sales --as-of 2024-05-01T08:00:00Z')
    .action(runShow)

  onTable(lake, 'history', 'Shows what was done to a table, newest first.')
    .option('--limit <versions>', 'How many versions', '20')
    .addHelpText('after', '\nExample:\n  shelfline lake history raw/pos_transactions --limit 5')
    .action(runHistory)

  onTable(lake, 'compact', 'Puts small files together; the rows stay the same.')
    .option('--date <date>', 'Only the partition of this date')
    .option('--target-megabytes <size>', 'Size that files are brought to', '128')
    .option('--small-megabytes <size>', 'Files below this size are put together', '32')
    .option('--max-files <count>', 'Files that one run takes at most', '2000')
    .addHelpText('after', '\nExample:\n  shelfline lake compact raw/pos_transactions --date 2024-05-01')
    .action(runCompact)

  onTable(lake, 'vacuum', 'Deletes files that no version within the retention needs.')
    .option('--retention-hours <hours>', 'How far back versions stay readable', String(SAFE_RETENTION_HOURS))
    .option('--dry-run', 'Only say what would go')
    .option('--force', 'Allow a retention that is not safe while others read or write')
    .addHelpText('after', '\nExample:\n  shelfline lake vacuum raw/pos_transactions --dry-run')
    .action(runVacuum)
  registerScan(lake)
}

const onTable = (lake: Command, name: string, description: string): Command =>
  lake
    .command(name)
    .description(description)
    .argument('<table>', 'For example raw/pos_transactions; `shelfline lake ls` lists them')
    .option('--json', 'One JSON document on standard output')

async function runList({ json }: { json?: boolean }): Promise<void> {
  const tables = await withLake(async (lake) => {
    const summaries = []
    for (const name of await lake.list()) summaries.push(summarise(await (await lake.table(name)).snapshot()))
    return summaries
  })
  if (json) return printJson({ tables })
  if (tables.length === 0) return print('the lake holds no table yet')
  printTable(
    ['table', 'version', 'partitions', 'files', 'rows', 'size'],
    tables.map(({ table, version, partitions, files, rows, bytes }) => [
      table,
      version,
      partitions,
      files,
      rows,
      formatBytes(bytes),
    ]),
  )
}

function summarise(snapshot: Snapshot) {
  const files = [...snapshot.files.values()]
  return {
    table: snapshot.table,
    version: snapshot.version,
    partitions: partitionsOf(snapshot).length,
    files: files.length,
    rows: rowsOf(files),
    bytes: bytesOf(files),
  }
}

interface ShowOptions {
  json?: boolean
  atVersion?: string
  asOf?: string
  all?: boolean
}

async function runShow(name: string, { json, atVersion, asOf, all }: ShowOptions): Promise<void> {
  const snapshot = await withTable(name, (table) => table.snapshot(parseAt(atVersion, asOf)))
  const columns = snapshot.schema.map((column) => ({
    name: column.name,
    type: typeText(column.type),
    nullable: isNullable(column),
  }))
  const partitions = partitionsOf(snapshot)
  if (json) {
    const { partitionColumns } = snapshot
    return printJson({ ...summarise(snapshot), partitionColumns, columns, partitions })
  }
  const { files, rows, bytes } = summarise(snapshot)
  print(`${snapshot.table} at version ${snapshot.version}: ${rows} rows in ${files} files, ${formatBytes(bytes)}`)
  printTable(
    ['column', 'type', ''],
    columns.map((column) => [column.name, column.type, column.nullable ? '' : 'not null']),
  )
  const shown = all ? partitions : partitions.slice(-PARTITIONS_SHOWN)
  printPartitions(snapshot.partitionColumns.join(', '), shown)
  if (shown.length < partitions.length)
    print(`the last ${shown.length} of ${partitions.length} partitions; --all shows them all`)
}

function parseAt(version: string | undefined, asOf: string | undefined) {
  if (version !== undefined) return { version: parseCount('--at-version', version, 0) }
  if (asOf === undefined) return {}
  const instant = new Date(asOf)
  if (Number.isNaN(instant.getTime())) throw new UsageError(`--as-of ${asOf} is not an instant (2024-05-01T08:00:00Z)`)
  return { asOf: instant }
}

interface PartitionSummary {
  partition: string
  files: number
  rows: number
  bytes: number
}

function partitionsOf(snapshot: Snapshot): PartitionSummary[] {
  const nameOf = ({ partitionValues }: AddFile) =>
    snapshot.partitionColumns.map((column) => partitionValues[column] ?? 'null').join(', ')
  return [...Map.groupBy(snapshot.files.values(), nameOf)]
    .map(([partition, files]) => ({ partition, files: files.length, rows: rowsOf(files), bytes: bytesOf(files) }))
    .sort((left, right) => (left.partition < right.partition ? -1 : 1))
}

function printPartitions(heading: string, partitions: readonly PartitionSummary[]): void {
  if (heading === '' || partitions.length === 0) return
  const rowsMax = Math.max(...partitions.map(({ rows }) => rows), 1)
  printTable(
    [heading, 'files', 'rows', 'size', ''],
    partitions.map(({ partition, files, rows, bytes }) => [
      partition,
      files,
      rows,
      formatBytes(bytes),
      '█'.repeat(Math.round((rows / rowsMax) * BAR_CHARACTERS)),
    ]),
  )
}

async function runHistory(name: string, { json, limit }: { json?: boolean; limit: string }): Promise<void> {
  const versions = parseCount('--limit', limit)
  const history = await withTable(name, (table) => table.history(versions))
  if (json) return printJson({ table: name, history })
  printTable(
    ['version', 'at', 'operation', 'files added', 'removed', 'rows written'],
    history.map(({ version, at, operation, parameters, metrics, filesAdded, filesRemoved }) => [
      version,
      at?.toISOString(),
      parameters.mode ? `${operation} ${parameters.mode}` : operation,
      filesAdded,
      filesRemoved,
      metrics.numOutputRows === undefined ? '' : Number(metrics.numOutputRows),
    ]),
  )
}

interface CompactFlags {
  json?: boolean
  date?: string
  targetMegabytes: string
  smallMegabytes: string
  maxFiles: string
}

async function runCompact(name: string, flags: CompactFlags): Promise<void> {
  const options = {
    ...(flags.date !== undefined && { partition: { date: parseDate('--date', flags.date) } }),
    targetFileBytes: parseCount('--target-megabytes', flags.targetMegabytes) * MEGABYTE,
    smallFileBytes: parseCount('--small-megabytes', flags.smallMegabytes) * MEGABYTE,
    maxFilesPerRun: parseCount('--max-files', flags.maxFiles, 2),
  }
  const result = await withTable(name, (table) => table.compact(options))
  if (flags.json) return printJson({ table: name, ...result })
  const { version, filesRemoved, filesAdded, bytesRemoved, bytesAdded, lostPartitions } = result
  if (version === undefined) print(`${name}: no small files to put together`)
  else {
    print(
      `${name}: version ${version} puts ${filesRemoved} files (${formatBytes(bytesRemoved)}) ` +
        `into ${filesAdded} (${formatBytes(bytesAdded)})`,
    )
  }
  for (const partition of lostPartitions) print(`${JSON.stringify(partition)} was replaced meanwhile and is left alone`)
}

interface VacuumFlags {
  json?: boolean
  retentionHours: string
  dryRun?: boolean
  force?: boolean
}

async function runVacuum(
  name: string,
  { json, retentionHours, dryRun = false, force = false }: VacuumFlags,
): Promise<void> {
  const options = { retentionHours: parseCount('--retention-hours', retentionHours, 0), dryRun, force }
  const result = await withTable(name, (table) => table.vacuum(options))
  if (json) return printJson({ table: name, dryRun, ...result })
  if (dryRun) for (const object of result.names) print(object)
  const what = `${result.files} files (${formatBytes(result.bytes)}) and ${result.logEntries} log entries`
  print(`${name}: ${what} ${dryRun ? 'would be deleted' : 'deleted'}`)
}

const withTable = <Result>(name: string, work: (table: Table) => Promise<Result>): Promise<Result> =>
  withLake(async (lake) => work(await lake.table(name)))
