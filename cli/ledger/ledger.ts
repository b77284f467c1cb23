import type { Command } from 'commander'
import colors from 'picocolors'
import { daysBetween } from '../../activities/backfill/staleness.ts'
import { type LedgerPartition, readLedger } from '../../platform/ledger.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { parseDate, parseDateRange } from '../arguments.ts'
import { knownAssets, parseAssets, withPool } from '../batch.ts'
import { print, printJson, printTable } from '../output.ts'
import { register as registerDrop } from './drop.ts'
import { type GridMark, printGrid } from './grid.ts'

interface Flags {
  asset?: string
  from?: string
  to?: string
  json?: boolean
}

/** Beyond this the grid shows the newest days, and says so. */
const GRID_DAYS_MAX = 400
const FAILURES_SHOWN_MAX = 10

const marks = {
  succeeded: { letter: 's', meaning: 'succeeded', colour: colors.green },
  running: { letter: 'r', meaning: 'running', colour: colors.cyan },
  lost: { letter: 'l', meaning: 'lost by its worker', colour: colors.yellow },
  failed: { letter: 'F', meaning: 'failed', colour: colors.red },
  none: { letter: '.', meaning: 'never built', colour: colors.dim },
} satisfies Record<string, GridMark>

export function register(program: Command): void {
  const ledger = program
    .command('ledger')
    .description('The grid of assets and dates: what is built, running or failed')
    .option('--asset <names>', 'Only these assets, separated by commas')
    .option('--from <date>', 'First day; default: the first in the ledger')
    .option('--to <date>', 'Last day; default: the last in the ledger')
    .option('--json', 'Print every partition with its inputs, rows, bytes and times as JSON')
    .addHelpText('after', '\nExample:\n  shelfline ledger --asset fact_sales --from 2017-03-01 --to 2017-03-31')
    .action(showLedger)
  // What stands after `drop` are its own options.
  ledger.enablePositionalOptions()
  registerDrop(ledger)
}

async function showLedger({ asset, from, to, json }: Flags): Promise<void> {
  if (from !== undefined && to !== undefined) parseDateRange(from, to)
  if (from !== undefined) parseDate('--from', from)
  if (to !== undefined) parseDate('--to', to)
  await withPool(loadSettings(), async (pool) => {
    const known = await knownAssets(pool)
    const assets = asset === undefined ? known : parseAssets('--asset', asset, known)
    const partitions = await readLedger(pool, {
      ...(asset !== undefined && { assets }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    })
    if (json) return printJson({ partitions })
    if (partitions.length === 0) return print('the ledger is empty here: nothing was built yet')
    draw(assets, partitions, { from, to })
  })
}

function draw(
  assets: readonly string[],
  partitions: readonly LedgerPartition[],
  limits: { from: string | undefined; to: string | undefined },
): void {
  const byKey = new Map(partitions.map((partition) => [`${partition.asset} ${partition.date}`, partition]))
  const built = partitions.map(({ date }) => date).sort()
  const all = daysBetween(limits.from ?? built[0]!, limits.to ?? built.at(-1)!)
  const dates = all.slice(-GRID_DAYS_MAX)
  // An asset that no worker knows any more may still have partitions.
  const rows = [...new Set([...assets, ...partitions.map(({ asset }) => asset)])]
  printGrid({ rows, dates, mark: (row, date) => markOf(byKey.get(`${row} ${date}`)) })
  if (dates.length < all.length)
    print(`(the newest ${GRID_DAYS_MAX} of ${all.length} days; --from and --to show others)`)
  printFailures(partitions)
}

function markOf(partition: LedgerPartition | undefined): GridMark {
  if (partition === undefined) return marks.none
  return partition.isAbandoned ? marks.lost : marks[partition.status]
}

function printFailures(partitions: readonly LedgerPartition[]): void {
  const failed = partitions.filter(({ status }) => status === 'failed')
  if (failed.length === 0) return
  print()
  printTable(
    ['failed', 'date', 'why'],
    failed.slice(0, FAILURES_SHOWN_MAX).map(({ asset, date, error }) => [asset, date, error]),
  )
  if (failed.length > FAILURES_SHOWN_MAX) print(`and ${failed.length - FAILURES_SHOWN_MAX} more`)
  print('`shelfline backfill plan --failed-only --assets all --from … --to …` plans them again')
}
