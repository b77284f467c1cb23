import type { Command } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  type LineagePartition,
  type PartitionCheck,
  type PartitionDetails,
  showPartition,
} from '../../services/backfill/ledger.ts'
import { withPool } from '../connections.ts'
import { formatBytes, formatDuration, print, printJson, printTable } from '../output.ts'

const RUNS_SHOWN = 5
const EXAMPLES_SHOWN = 3

export function register(ledger: Command): void {
  ledger
    .command('show')
    .description('Show one partition: its run, its inputs, its checks with rows that fail them, and its neighbours')
    .argument('<asset>', 'Name of the asset')
    .argument('<date>', 'Day of the store')
    .option('--json', 'Print the partition as JSON')
    .addHelpText('after', '\nExample:\n  shelfline ledger show fact_sales 2017-03-01')
    .action(async (asset: string, date: string, { json }: { json?: boolean }) => {
      const details = await withPool(loadSettings(), (pool) => showPartition(pool, { asset, date }))
      if (json) printJson(details)
      else printDetails(details)
    })
}

function printDetails({ asset, date, partition, runs, checks, upstream, downstream }: PartitionDetails): void {
  if (partition === null) {
    print(`${asset} ${date} was never built; \`shelfline backfill run --assets ${asset} --from ${date} --to ${date}\``)
  } else {
    const { isAbandoned, status, run, workflowId, reason, error, rows, bytes, durationMs, inputs } = partition
    print(`${asset} ${date}: ${isAbandoned ? 'lost by its worker' : status}, run ${run} by ${workflowId} (${reason})`)
    if (error !== null) print(`failed: ${error}`)
    if (rows !== null) {
      const size = [`${rows.toLocaleString('en-GB')} rows`, formatBytes(bytes ?? 0)].join(', ')
      print(`${size}${durationMs === null ? '' : `, built in ${formatDuration(durationMs)}`}`)
    }
    for (const [input, version] of Object.entries(inputs ?? {})) print(`input ${input}: ${version}`)
    printRuns(runs)
    printChecks(checks)
  }
  printNeighbours('made from', upstream)
  printNeighbours('used by', downstream)
}

function printRuns(runs: PartitionDetails['runs']): void {
  if (runs.length === 0) return
  print()
  printTable(
    ['run', 'status', 'reason', 'finished (UTC)', 'took', 'rows', 'error'],
    runs
      .slice(0, RUNS_SHOWN)
      .map(({ run, status, reason, finishedAt, durationMs, rows, error }) => [
        String(run),
        status,
        reason,
        finishedAt.toISOString().slice(0, 19).replace('T', ' '),
        formatDuration(durationMs),
        rows,
        error,
      ]),
  )
  if (runs.length > RUNS_SHOWN) print(`and ${runs.length - RUNS_SHOWN} earlier runs (--json)`)
}

/** A row for each check, then rows that fail them. */
export function printChecks(checks: readonly PartitionCheck[]): void {
  if (checks.length === 0) return
  print()
  printTable(
    ['check', 'severity', 'result', 'finding', 'failing rows'],
    checks.map(({ check, severity, passed, finding, failingRows }) => [
      check,
      severity,
      passed ? 'passed' : 'FAILED',
      finding,
      failingRows,
    ]),
  )
  for (const { check, examples } of checks) {
    for (const { reason, row } of examples.slice(0, EXAMPLES_SHOWN))
      print(`${check}: ${reason}: ${JSON.stringify(row)}`)
    if (examples.length > EXAMPLES_SHOWN) print(`${check}: and more rows (--json)`)
  }
}

function printNeighbours(how: string, neighbours: readonly LineagePartition[]): void {
  if (neighbours.length === 0) return
  print()
  printTable(
    [how, 'state', 'run', 'built (UTC)'],
    neighbours.map(({ asset, state, run, succeededAt }) => [
      asset,
      state,
      run === null ? '' : String(run),
      succeededAt?.toISOString().slice(0, 19).replace('T', ' '),
    ]),
  )
}
