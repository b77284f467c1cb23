import type { Command } from 'commander'
import { createLogger } from '../platform/log.ts'
import { createPool } from '../platform/postgres.ts'
import { loadSettings } from '../platform/settings.ts'
import { readStatus, type Status } from '../platform/status.ts'
import { formatDuration, print, printJson, printTable } from './output.ts'

export function register(program: Command): void {
  program
    .command('status')
    .description('what came in, what became of it, and what was built from it')
    .option('--json', 'print the figures as JSON')
    .addHelpText('after', '\nExample:\n  shelfline status')
    .action(async ({ json }: { json?: boolean }) => {
      const settings = loadSettings()
      const pool = createPool(settings, createLogger({ logLevel: 'silent' }, 'cli'))
      try {
        const status = await readStatus(pool)
        if (json) printJson(status)
        else printStatus(status)
      } finally {
        await pool.end()
      }
    })
}

/** The tables that `shelfline status` and `./scripts/run` show. */
export function printStatus({ streams, openDeadLetters, assets }: Status): void {
  print('Events')
  printTable(
    ['processor', 'consumed', 'applied', 'duplicate', 'late', 'dead'],
    streams.map((row) => [row.processor, row.consumed, row.applied, row.duplicate, row.late, row.dead]),
  )
  if (openDeadLetters.length > 0) {
    print('\nOpen dead letters')
    printTable(
      ['topic', 'reason', 'letters'],
      openDeadLetters.map(({ topic, reason, letters }) => [topic, reason, letters]),
    )
  }
  print('\nAssets')
  printTable(
    ['asset', 'days', 'failed', 'rows', 'newest day', 'median time'],
    assets.map((row) => [
      row.asset,
      row.succeeded,
      row.failed,
      row.rows,
      row.newest,
      row.medianMs === null ? '' : formatDuration(row.medianMs),
    ]),
  )
}
