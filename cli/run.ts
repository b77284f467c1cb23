import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client'
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings.ts'
import { BATCH_TASK_QUEUE } from '../platform/temporal.ts'
import { ensureSearchAttributes } from '../workers/search-attributes.ts'
import type { DailyEtlOutput, DailyEtlProgress, dailyEtl } from '../workflows/daily-etl.ts'
import { describedBy } from '../workflows/search-attributes.ts'
import { parseDate } from './arguments.ts'
import { assertWorker, withTemporal } from './batch.ts'
import { formatDuration, print, printJson, printTable, startProgress } from './output.ts'

interface Flags {
  date?: string
  wait?: boolean
  json?: boolean
}

export function register(program: Command): void {
  const run = program.command('run').description('start a pipeline')
  run
    .command('daily-etl')
    .description('build every asset for one day: raw, cleansed, star schema')
    .option('--date <date>', "the store's day; default: yesterday")
    .option('--wait', 'show progress and end with the run')
    .option('--json', 'print the run, and with --wait its result, as JSON')
    .addHelpText('after', '\nExample:\n  shelfline run daily-etl --date 2017-03-01 --wait')
    .action(runDailyEtl)
}

async function runDailyEtl({ date, wait, json }: Flags): Promise<void> {
  if (date !== undefined) parseDate('--date', date)
  await withTemporal(loadSettings(), async (client) => {
    await assertWorker(client, BATCH_TASK_QUEUE)
    const handle = await start(client, date)
    if (!wait) {
      if (json) return printJson({ workflowId: handle.workflowId })
      return print(`${handle.workflowId} started; \`shelfline ledger\` shows how far it is`)
    }
    const result = await follow(handle)
    if (json) return printJson({ workflowId: handle.workflowId, ...result.output, assets: result.progress.assets })
    printResult(result)
  })
}

async function start(client: Client, date: string | undefined): Promise<WorkflowHandle<typeof dailyEtl>> {
  await ensureSearchAttributes(client)
  const workflowId = `daily-etl-${date ?? `day-before-${new Date().toISOString().slice(0, 10)}`}`
  try {
    return await client.workflow.start<typeof dailyEtl>('dailyEtl', {
      taskQueue: BATCH_TASK_QUEUE,
      workflowId,
      args: [date === undefined ? {} : { date }],
      typedSearchAttributes: describedBy({ pipeline: 'daily-etl', ...(date !== undefined && { businessDate: date }) }),
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    throw new Error(`${workflowId} is running already; wait for it, or cancel it in the Temporal Web UI`)
  }
}

interface Result {
  output: DailyEtlOutput
  progress: DailyEtlProgress
}

const PROGRESS_INTERVAL_MS = 400

/** Shows how far the workflow is until it ends. */
async function follow(handle: WorkflowHandle<typeof dailyEtl>): Promise<Result> {
  const bar = startProgress(handle.workflowId, 1)
  let progress: DailyEtlProgress = { date: null, assets: [] }
  const refresh = async (): Promise<void> => {
    progress = await handle.query<DailyEtlProgress, []>('progress')
    if (progress.assets.length > 0) bar.setTotal(progress.assets.length)
    const done = progress.assets.filter(({ state }) => state !== 'waiting' && state !== 'running')
    const running = progress.assets.filter(({ state }) => state === 'running').map(({ asset }) => asset)
    bar.update(done.length, running.join(', '))
  }
  // A query that fails, because the worker is away for a moment, only means that nothing new is shown.
  const timer = setInterval(() => refresh().catch(() => undefined), PROGRESS_INTERVAL_MS)
  try {
    const output = await handle.result()
    clearInterval(timer)
    await refresh().catch(() => undefined)
    bar.stop()
    return { output, progress }
  } catch (error) {
    bar.stop('failed')
    if (error instanceof WorkflowFailedError) throw new Error(error.cause?.message ?? error.message)
    throw error
  } finally {
    clearInterval(timer)
  }
}

function printResult({ output, progress }: Result): void {
  printTable(
    ['asset', 'state', 'rows', 'took', 'warnings'],
    progress.assets.map(({ asset, state, rows, durationMs }) => [
      ...[asset, state, rows],
      durationMs === undefined ? '' : formatDuration(durationMs),
      output.warnings[asset]?.join('; '),
    ]),
  )
}
