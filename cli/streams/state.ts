import type { Command } from 'commander'
import { createLogger } from '../../platform/log.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { type Verification, verifyState } from '../../streams/runtime/verify.ts'
import { print, printJson, printTable } from '../output.ts'

export function register(program: Command): void {
  registerVerify(program.command('state').description('the live state of shelves, lots, warehouses and stock'), 'state')
}

/** `verify`, below `shelfline state` and, as it was first called, below `shelfline streams`. */
export function registerVerify(parent: Command, name: string): void {
  parent
    .command('verify')
    .description('recompute the live state from the raw lake and compare')
    .option('--store <store>', 'only this store, or this warehouse')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', `\nExamples:\n  shelfline ${name} verify\n  shelfline ${name} verify --store 367 --json`)
    .action(async ({ store, json }: { store?: string; json?: boolean }) => {
      const settings = loadSettings()
      const pool = createPool(settings, createLogger(settings, 'cli'))
      const result = await verifyState(settings, pool, store).finally(() => pool.end())
      if (json) printJson(result)
      else show(result)
      if (!result.isEqual) process.exitCode = 1
    })
}

function show({ tables, examples, gaps }: Verification): void {
  for (const { table, compared, different } of tables) {
    print(`${table}: ${compared.toLocaleString('en-GB')} rows compared, ${different.toLocaleString('en-GB')} different`)
  }
  if (examples.length > 0) {
    printTable(
      ['row', 'live', 'recomputed'],
      examples.map(({ row, live, recomputed }) => [row, live, recomputed]),
    )
  }
  for (const gap of gaps) print(gap)
}
