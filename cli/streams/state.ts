import type { Command } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import { type Verification, verifyLiveState } from '../../services/live-state/verification.ts'
import { withPool } from '../connections.ts'
import { print, printJson, printTable } from '../output.ts'

export function register(program: Command): void {
  const state = program.command('state').description('The live state of stores and warehouses')
  state
    .command('verify')
    .description('Recompute the live state from the raw lake and compare; exit code 1 when it differs')
    .option('--store <store>', 'Only this store or warehouse')
    .option('--json', 'Print the result as JSON')
    .addHelpText('after', '\nExamples:\n  shelfline state verify\n  shelfline state verify --store 367 --json')
    .action(async ({ store, json }: { store?: string; json?: boolean }) => {
      const settings = loadSettings()
      const result = await withPool(settings, (pool) => verifyLiveState({ settings, pool }, { store }))
      if (json) printJson(result)
      else show(result)
      if (!result.isEqual) process.exitCode = 1
    })
}

function show({ tables, examples, conflictingIds, gaps }: Verification): void {
  for (const { table, compared, different } of tables) {
    print(`${table}: ${compared.toLocaleString('en-GB')} rows compared, ${different.toLocaleString('en-GB')} different`)
  }
  if (examples.length > 0) {
    printTable(
      ['row', 'live', 'recomputed'],
      examples.map(({ row, live, recomputed }) => [row, live, recomputed]),
    )
  }
  if (conflictingIds.count > 0) {
    const conflicting = tables.reduce((sum, table) => sum + table.conflicting, 0)
    print(
      `${conflictingIds.count.toLocaleString('en-GB')} event ids were sent with different contents, such as ${conflictingIds.examples.join(', ')}: one message of each counts. ${conflicting.toLocaleString('en-GB')} rows they belong to are not the same in both and are not counted as different`,
    )
  }
  for (const gap of gaps) print(gap)
}
