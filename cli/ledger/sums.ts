import type { Command } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import { rebuildSums } from '../../services/backfill/sums.ts'
import { withPool } from '../connections.ts'
import { printJson, printTable } from '../output.ts'

interface Flags {
  from: string
  to: string
  json?: boolean
}

export function register(ledger: Command): void {
  ledger
    .command('sums')
    .description('Make the sums behind reports again from their facts, whether or not anything has changed')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day')
    .option('--json', 'Print what was summed as JSON')
    .addHelpText('after', '\nExample:\n  shelfline ledger sums --from 2017-03-01 --to 2017-03-31')
    .action(async ({ from, to, json }: Flags) => {
      const sums = await withPool(loadSettings(), (pool) => rebuildSums(pool, { from, to }))
      if (json) return printJson({ sums })
      printTable(
        ['sums', 'days', 'rows written'],
        sums.map(({ aggregate, dates, rows }) => [aggregate, dates, rows]),
      )
    })
}
