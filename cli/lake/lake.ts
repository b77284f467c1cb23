import { type Command, Option } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  compactTable,
  type Lake,
  listTables,
  readTableHistory,
  SAFE_RETENTION_HOURS,
  showTable,
  type TablePartition,
  vacuumTable,
} from '../../services/lake/tables.ts'
import { parseCount } from '../arguments.ts'
import { withLake } from '../connections.ts'
import { formatBytes, print, printJson, printTable } from '../output.ts'
import { registerScan } from './scan.ts'

const PARTITIONS_SHOWN = 31
const BAR_CHARACTERS = 32
const MEGABYTE = 1_000_000

export function register(program: Command): void {
  const lake = program
    .command('lake')
    .description('The Delta tables of the lake: what they hold, what was done to them, and their upkeep')
    .addHelpText('after', '\nExample:\n  shelfline lake show raw/pos_transactions')

  lake
    .command('list')
    .description('List the tables with their version, files, rows and bytes')
    .option('--json', 'Print the tables as JSON')
    .addHelpText('after', '\nExample:\n  shelfline lake list')
    .action(runList)

  onTable(lake, 'show', 'Show a table: its columns, and the files, rows and bytes of each partition')
    .option('--at-version <version>', 'As it was at this version')
    .addOption(new Option('--as-of <instant>', 'As it was at this instant (ISO 8601)').conflicts('atVersion'))
    .option('--all', `Every partition, not only the last ${PARTITIONS_SHOWN}`)
    .addHelpText('after', '\nExample:\n  shelfline lake show cleansed/sales --as-of 2024-05-01T08:00:00Z')
    .action(runShow)

  onTable(lake, 'history', 'Show what was done to a table, the newest version first')
    .option('--limit <versions>', 'Number of versions at most', '20')
    .addHelpText('after', '\nExample:\n  shelfline lake history raw/pos_transactions --limit 5')
    .action(runHistory)

  onTable(lake, 'compact', 'Merge small files of a table; the rows stay the same')
    .option('--date <date>', 'Only the partition of this date')
    .option('--target-megabytes <size>', 'Size of the merged files', '128')
    .option('--small-megabytes <size>', 'Merge files below this size', '32')
    .option('--max-files <count>', 'Files to merge in one run at most', '2000')
    .option('--dry-run', 'Show what would be merged, and do nothing')
    .addHelpText('after', '\nExample:\n  shelfline lake compact raw/pos_transactions --date 2024-05-01')
    .action(runCompact)

  onTable(lake, 'vacuum', 'Delete files that no version within the retention needs')
    .option('--retention-hours <hours>', 'Hours for which old versions stay readable', String(SAFE_RETENTION_HOURS))
    .option('--dry-run', 'Show what would be deleted, and do nothing')
    .option('--force', 'Allow a retention that is not safe while others read or write')
    .addHelpText('after', '\nExample:\n  shelfline lake vacuum raw/pos_transactions --dry-run')
    .action(runVacuum)
  registerScan(lake)
}

const onTable = (lake: Command, name: string, description: string): Command =>
  lake
    .command(name)
    .description(description)
    .argument('<table>', 'Name, such as raw/pos_transactions; `shelfline lake list` shows them')
    .option('--json', 'Print the result as JSON')

const inLake = <Result>(work: (lake: Lake) => Promise<Result>): Promise<Result> =>
  withLake(loadSettings(), ({ lake }) => work(lake))

async function runList({ json }: { json?: boolean }): Promise<void> {
  const tables = await inLake(listTables)
  if (json) return printJson({ tables })
  if (tables.length === 0) return print('the lake has no table yet; `shelfline worker stream` writes the raw ones')
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

interface ShowFlags {
  json?: boolean
  atVersion?: string
  asOf?: string
  all?: boolean
}

async function runShow(name: string, { json, atVersion, asOf, all }: ShowFlags): Promise<void> {
  const version = atVersion === undefined ? undefined : parseCount('--at-version', atVersion, 0)
  const details = await inLake((lake) => showTable(lake, name, { atVersion: version, asOf }))
  if (json) return printJson(details)
  const { table, rows, files, bytes, columns, partitions } = details
  print(`${table} at version ${details.version}: ${rows} rows in ${files} files, ${formatBytes(bytes)}`)
  printTable(
    ['column', 'type', ''],
    columns.map((column) => [column.name, column.type, column.nullable ? '' : 'not null']),
  )
  const shown = all ? partitions : partitions.slice(-PARTITIONS_SHOWN)
  printPartitions(details.partitionColumns.join(', '), shown)
  if (shown.length < partitions.length)
    print(`the last ${shown.length} of ${partitions.length} partitions; --all shows them all`)
}

function printPartitions(heading: string, partitions: readonly TablePartition[]): void {
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
  const history = await inLake((lake) => readTableHistory(lake, name, versions))
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
  dryRun?: boolean
}

async function runCompact(name: string, flags: CompactFlags): Promise<void> {
  const request = {
    date: flags.date,
    targetFileBytes: parseCount('--target-megabytes', flags.targetMegabytes) * MEGABYTE,
    smallFileBytes: parseCount('--small-megabytes', flags.smallMegabytes) * MEGABYTE,
    maxFiles: parseCount('--max-files', flags.maxFiles, 2),
    dryRun: flags.dryRun ?? false,
  }
  const result = await inLake((lake) => compactTable(lake, name, request))
  if (flags.json) return printJson({ table: name, ...result })
  const { version, filesRemoved, filesAdded, bytesRemoved, bytesAdded, lostPartitions, dryRun } = result
  const merged = `${filesRemoved} files (${formatBytes(bytesRemoved)})`
  if (filesRemoved === 0) print(`${name}: there are no small files to merge; nothing was done`)
  else if (dryRun) print(`${name}: ${merged} would be merged into ${filesAdded}; nothing was done`)
  else print(`${name}: version ${version} merges ${merged} into ${filesAdded} (${formatBytes(bytesAdded ?? 0)})`)
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
  const request = { retentionHours: parseCount('--retention-hours', retentionHours, 0), dryRun, force }
  const result = await withLake(loadSettings(process.env, 'vacuum'), ({ lake }) => vacuumTable(lake, name, request))
  if (json) return printJson({ table: name, dryRun, ...result })
  if (dryRun) for (const object of result.names) print(object)
  const what = `${result.files} files (${formatBytes(result.bytes)}) and ${result.logEntries} log entries`
  print(`${name}: ${what} ${dryRun ? 'would be deleted' : 'deleted'}`)
}
