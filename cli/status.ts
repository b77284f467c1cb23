import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { isNeeded } from '../platform/worker-kinds.ts'
import { readStatus, type Status, type WorkerStatus } from '../services/status/status.ts'
import { withPool } from './connections.ts'
import { formatDuration, print, printJson, printTable } from './output.ts'

export function register(program: Command): void {
  program
    .command('status')
    .description(
      'Show which workers run, the outcome of the events, and what was built; exit code 1 when a kind of worker is missing',
    )
    .option('--json', 'Print the figures as JSON')
    .addHelpText('after', '\nExample:\n  shelfline status')
    .action(async ({ json }: { json?: boolean }) => {
      const status = await withPool(loadSettings(), readStatus)
      if (status.workers.some(({ kind, alive }) => alive === 0 && isNeeded(kind))) process.exitCode = 1
      if (json) printJson(status)
      else printStatus(status)
    })
}

/** The tables that `shelfline status` and `./scripts/run` show. */
export function printStatus({ workers, streams, openDeadLetters, waiting, unsent, assets }: Status): void {
  print('Workers')
  printTable(
    ['kind', 'alive', 'since', 'last seen'],
    workers.map((worker) => [
      worker.kind,
      worker.alive === 0 ? 'no worker' : worker.alive,
      worker.since && toMinute(worker.since),
      lastSeen(worker),
    ]),
  )
  for (const { kind, alive, problems } of workers) {
    if (alive === 0 && isNeeded(kind)) print(`no ${kind} worker runs; \`shelfline worker ${kind}\` starts one`)
    for (const problem of problems) print(`${kind} worker ${problem}`)
  }
  print('\nEvents')
  if (streams.length === 0) print('no event was read yet; `shelfline worker stream` reads them')
  else {
    printTable(
      ['processor', 'consumed', 'applied', 'duplicate', 'late', 'dead'],
      streams.map((row) => [row.processor, row.consumed, row.applied, row.duplicate, row.late, row.dead]),
    )
  }
  if (openDeadLetters.length > 0) {
    print('\nOpen dead letters')
    printTable(
      ['topic', 'reason', 'letters'],
      openDeadLetters.map(({ topic, reason, letters }) => [topic, reason, letters]),
    )
  }
  if (waiting.length > 0) {
    print('\nWaiting for Kafka (`shelfline outbox list`)')
    printTable(
      ['from', 'topic', 'oldest'],
      waiting.map(({ relay, topic, seconds }) => [relay, topic, formatDuration(seconds * 1000)]),
    )
  }
  if (unsent.length > 0) {
    print('\nSet aside, because Kafka rejected them (`shelfline outbox list`)')
    printTable(
      ['from', 'topic', 'reason', 'messages', 'since (UTC)'],
      unsent.map(({ relay, topic, reason, messages, since }) => [relay, topic, reason, messages, toMinute(since)]),
    )
  }
  print('\nAssets')
  if (assets.length === 0) {
    print('nothing was built yet; `shelfline run daily-etl --date … --wait` builds a day')
    return
  }
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

function lastSeen({ lastSeenAt, secondsSinceSeen }: WorkerStatus): string {
  if (lastSeenAt === null || secondsSinceSeen === null) return 'never'
  if (secondsSinceSeen < 120) return `${Math.round(secondsSinceSeen)} s ago`
  if (secondsSinceSeen < 7_200) return `${Math.round(secondsSinceSeen / 60)} min ago`
  return toMinute(lastSeenAt)
}

const toMinute = (instant: Date): string => instant.toISOString().slice(0, 16).replace('T', ' ')
