import type { Command } from 'commander'
import { createLogger } from '../../platform/log.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import type { DropChoice, DropPlan } from '../../services/backfill/dropping.ts'
import { actor } from '../acting.ts'
import { parseAssets } from '../arguments.ts'
import { withLake, withPool } from '../connections.ts'
import { identify } from '../identity.ts'
import { formatBytes, print, printJson, printTable } from '../output.ts'

interface Flags {
  from: string
  to: string
  why: string
  withDownstream?: boolean
  force?: boolean
  dryRun?: boolean
  json?: boolean
}

export function register(ledger: Command): void {
  ledger
    .command('drop')
    .description('Remove partitions: their rows and their row in the ledger, so that they count as never built')
    .argument('<assets>', 'Assets separated by commas, or all')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day')
    .requiredOption('--why <text>', 'Reason, kept with your name in ops.dropped_partitions')
    .hook('preAction', identify)
    .option('--with-downstream', 'Also what is made from them on the same days')
    .option('--force', 'Also rows that can never be built again, such as those of features/live_state')
    .option('--dry-run', 'Show what would be removed, and do nothing')
    .option('--json', 'Print the partitions as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline ledger drop all --from 2030-01-01 --to 2030-01-01 --why "built by mistake" --dry-run',
    )
    .action(drop)
}

async function drop(names: string, flags: Flags): Promise<void> {
  const { from, to, withDownstream, force, why } = flags
  const choice: DropChoice = { assets: parseAssets(names), from, to, withDownstream, force }
  const settings = loadSettings()
  // Loaded here: every asset takes a while, and the help does without.
  const { chooseDrop, dropPartitions } = await import('../../services/backfill/dropping.ts')
  const plan = await withPool(settings, (pool) =>
    flags.dryRun
      ? chooseDrop(pool, choice)
      : withLake(settings, (open) => {
          const logger = createLogger({ logLevel: 'silent' }, 'cli')
          return dropPartitions({ settings, pool, logger, ...open }, { ...choice, why, by: actor() })
        }),
  )
  report(plan, flags)
}

function report({ partitions, laterReaders }: DropPlan, { from, to, dryRun, json }: Flags): void {
  if (json) {
    const removed = partitions.map(({ asset, date, rows, bytes }) => ({ asset, date, rows, bytes }))
    printJson({ dryRun: dryRun ?? false, partitions: removed, laterReaders })
    return
  }
  if (partitions.length === 0) {
    print(`the ledger has no such partition from ${from} to ${to}; nothing to remove`)
    return
  }
  printTable(
    ['asset', 'date', 'rows', 'size'],
    partitions.map(({ asset, date, rows, bytes }) => [asset, date, rows, bytes === null ? '' : formatBytes(bytes)]),
  )
  print(`\n${partitions.length} partitions ${dryRun ? 'would be removed (--dry-run)' : 'were removed'}`)
  for (const { asset, from: first, to: last } of laterReaders) {
    print(
      `${asset} of ${first} to ${last} reads these days: \`shelfline backfill run --assets ${asset} --from ${first} --to ${last} --force\` builds it without them`,
    )
  }
}
