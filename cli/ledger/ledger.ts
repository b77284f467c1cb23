import type { Command } from 'commander'
import colors from 'picocolors'
import { daysBetween } from '../../contracts/calendar.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  type GridPartition,
  type LedgerFilter,
  type LedgerRange,
  type PartitionState,
  readGrid,
  readPartitions,
} from '../../services/backfill/ledger.ts'
import { parseAssets } from '../arguments.ts'
import { withPool } from '../connections.ts'
import { print, printJson, printTable } from '../output.ts'
import { register as registerDrop } from './drop.ts'
import { type GridMark, printGrid } from './grid.ts'
import { register as registerShow } from './show.ts'
import { register as registerSums } from './sums.ts'

interface Flags {
  asset?: string
  from?: string
  to?: string
  json?: boolean
}

const FAILURES_SHOWN_MAX = 10

const marks: Record<PartitionState, GridMark> = {
  succeeded: { letter: 's', meaning: 'succeeded', colour: colors.green },
  running: { letter: 'r', meaning: 'running', colour: colors.cyan },
  lost: { letter: 'l', meaning: 'lost by its worker', colour: colors.yellow },
  failed: { letter: 'F', meaning: 'failed', colour: colors.red },
  missing: { letter: '.', meaning: 'never built', colour: colors.dim },
}

export function register(program: Command): void {
  const ledger = program
    .command('ledger')
    .description('Show the grid of assets and dates: what is built, running or failed')
    .option('--asset <names>', 'Only these assets, separated by commas')
    .option('--from <date>', 'First day; default: the first in the ledger')
    .option('--to <date>', 'Last day; default: the last in the ledger')
    .option('--json', 'Print every partition with its inputs, rows, bytes and times as JSON')
    .addHelpText(
      'after',
      '\nOf more than 400 days the newest 400 are shown.\n\nExample:\n  shelfline ledger --asset fact_sales --from 2017-03-01 --to 2017-03-31',
    )
    .action(showLedger)
  // Options after the name of a command are its own.
  ledger.enablePositionalOptions()
  registerShow(ledger)
  registerDrop(ledger)
  registerSums(ledger)
}

async function showLedger({ asset, from, to, json }: Flags): Promise<void> {
  const filter: LedgerFilter = { asset: asset === undefined ? undefined : parseAssets(asset), from, to }
  await withPool(loadSettings(), async (pool) => {
    if (json) return printJson({ partitions: (await readPartitions(pool, filter))?.partitions ?? [] })
    const grid = await readGrid(pool, filter)
    if (grid === undefined)
      return print('nothing was built yet; `shelfline run daily-etl --date … --wait` builds a day')
    draw(grid)
  })
}

function draw({ assets, from, to, days, partitions }: LedgerRange & { partitions: GridPartition[] }): void {
  const byKey = new Map(partitions.map((partition) => [`${partition.asset} ${partition.date}`, partition]))
  const dates = daysBetween(from, to)
  printGrid({
    rows: assets,
    dates,
    mark: (row, date) => marks[byKey.get(`${row} ${date}`)?.state ?? 'missing'],
  })
  if (dates.length < days) print(`(the newest ${dates.length} of ${days} days; --from and --to show others)`)
  printFailures(partitions)
}

function printFailures(partitions: readonly GridPartition[]): void {
  const failed = partitions.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return
  print()
  printTable(
    ['failed', 'date', 'why'],
    failed.slice(0, FAILURES_SHOWN_MAX).map(({ asset, date, error }) => [asset, date, error]),
  )
  if (failed.length > FAILURES_SHOWN_MAX) print(`and ${failed.length - FAILURES_SHOWN_MAX} more`)
  print('`shelfline backfill plan --failed-only --assets all --from … --to …` plans them again')
}
