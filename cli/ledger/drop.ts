import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { DropPlan } from '../../activities/backfill/drop-partitions.ts'
import type { LedgerPartition } from '../../platform/ledger.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { parseDateRange } from '../arguments.ts'
import { knownAssets, parseAssets, withPool } from '../batch.ts'
import { formatBytes, print, printJson, printTable, UsageError } from '../output.ts'
import type { Dropping } from './dropping.ts'

interface Flags {
  from: string
  to: string
  why: string
  by?: string
  withDownstream?: boolean
  force?: boolean
  dryRun?: boolean
  json?: boolean
}

const NAMED_MAX = 10

export function register(ledger: Command): void {
  ledger
    .command('drop')
    .description('Remove partitions: their rows and their row in the ledger, so that they count as never built')
    .argument('<asset>', 'Asset names separated by commas, or all')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day')
    .requiredOption('--why <text>', 'Kept in ops.dropped_partitions')
    .option('--by <name>', 'Who; default: your login')
    .option('--with-downstream', 'Also what is made from them on the same days')
    .option('--force', 'Also rows that can never be built again, as those of features/live_state')
    .option('--dry-run', 'Only say what would be removed')
    .option('--json', 'Print the partitions as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline ledger drop all --from 2030-01-01 --to 2030-01-01 --why "built by mistake" --dry-run',
    )
    .action(dropAll)
}

async function dropAll(names: string, flags: Flags): Promise<void> {
  const range = parseDateRange(flags.from, flags.to)
  if (flags.why.trim() === '') throw new UsageError('--why is empty: say why the partitions are removed')
  const settings = loadSettings()
  await withPool(settings, async (pool) => {
    const assets = parseAssets('<asset>', names, await knownAssets(pool))
    const { withDropping } = await import('./dropping.ts')
    await withDropping(settings, pool, async (dropping) => {
      const plan = await dropping.plan({ assets, ...range })
      if (!flags.json && plan.partitions.length === 0) return print('the ledger has none of these: nothing to remove')
      assertWanted(plan, dropping.takenOnce(plan), flags)
      if (!flags.dryRun) await dropEach(pool, dropping, plan, flags)
      report(plan, flags)
    })
  })
}

/** @throws UsageError naming what would be lost besides, and the flag that says that it may */
function assertWanted({ dependents }: DropPlan, takenOnce: readonly string[], { withDownstream, force }: Flags): void {
  if (dependents.length > 0 && !withDownstream) {
    throw new UsageError(
      `made from these, and still there: ${named(dependents)}; --with-downstream removes them too, nothing was removed`,
    )
  }
  if (takenOnce.length > 0 && !force) {
    throw new UsageError(
      `rows of ${takenOnce.join(', ')} were taken on their morning and can never be built again; --force removes them, nothing was removed`,
    )
  }
}

const named = (partitions: readonly LedgerPartition[]): string => {
  const shown = partitions.slice(0, NAMED_MAX).map(({ asset, date }) => `${asset} ${date}`)
  const more = partitions.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}

async function dropEach(pool: Pool, { drop }: Dropping, { partitions }: DropPlan, { why, by }: Flags): Promise<void> {
  for (const { asset, date } of partitions) await drop({ asset, date, why, by: by ?? userInfo().username })
  // The sums behind bi, and the cover of the stock, follow at once.
  await pool.query('select from analytics.refresh_bi()')
}

function report({ partitions, laterReaders }: DropPlan, { dryRun, json }: Flags): void {
  if (json) {
    const removed = partitions.map(({ asset, date, rows, bytes }) => ({ asset, date, rows, bytes }))
    printJson({ dryRun: dryRun ?? false, partitions: removed, laterReaders })
    return
  }
  printTable(
    ['asset', 'date', 'rows', 'size'],
    partitions.map(({ asset, date, rows, bytes }) => [asset, date, rows, bytes === null ? '' : formatBytes(bytes)]),
  )
  print(`\n${partitions.length} partitions ${dryRun ? 'would be removed (--dry-run)' : 'were removed'}`)
  for (const { asset, from, to } of laterReaders) {
    print(
      `${asset} of ${from} to ${to} reads these days: \`shelfline backfill run --assets ${asset} --from ${from} --to ${to} --force\` builds it without them`,
    )
  }
}
