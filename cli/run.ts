import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client'
import { defaultPayloadConverter } from '@temporalio/common'
import type { Command } from 'commander'
import { requireBegun } from '../activities/backfill/begun-days.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { BATCH_TASK_QUEUE } from '../platform/temporal/temporal.ts'
import { requireWorker } from '../services/temporal.ts'
import { ensureSearchAttributes } from '../workers/search-attributes.ts'
import type { BuildDayInput, BuildDayOutput, BuildDayProgress } from '../workflows/assets/build-day.ts'
import type * as workflows from '../workflows/index.ts'
import type { TrainModelsInput } from '../workflows/registry/train-models.ts'
import { describedBy } from '../workflows/search-attributes.ts'
import { parseDate } from './arguments.ts'
import { asUsage, whileShowing, withPool, withTemporal } from './batch.ts'
import { formatDuration, print, printJson, printTable, startProgress, UsageError } from './output.ts'

interface Flags {
  date?: string
  asKnownAt?: string
  wait?: boolean
  json?: boolean
}

interface PipelineCommand {
  workflow: keyof typeof workflows
  description: string
  date: string
  /** What its lines are about. */
  of: string
  /** Where to look while it runs. */
  look: string
}

const ofAssets = {
  date: "the store's day; default: yesterday",
  of: 'asset',
  look: '`shelfline ledger` shows how far it is',
} as const

/** What a day can be run through. All take a date, and tell of their steps by the query `progress`. */
const pipelines = {
  'daily-etl': {
    ...ofAssets,
    workflow: 'dailyEtl',
    description: 'build every table of one day: raw, cleansed, star schema',
  },
  'feature-engineering': { ...ofAssets, workflow: 'featureEngineering', description: "build one day's features" },
  'train-models': {
    workflow: 'trainModels',
    description: 'train the models on all days up to one, promote what is better',
    date: 'the last day to train on; default: yesterday',
    of: 'model',
    look: 'it takes minutes to hours; `shelfline models list` shows what it has trained',
  },
  'batch-prediction': { ...ofAssets, workflow: 'batchPrediction', description: "predict from one day's features" },
} as const satisfies Record<string, PipelineCommand>

type Pipeline = keyof typeof pipelines
type DayInput = BuildDayInput & Pick<TrainModelsInput, 'asKnownAt'>
type DayWorkflow = (input?: DayInput) => Promise<BuildDayOutput>

export function register(program: Command): void {
  const run = program.command('run').description('Start a pipeline')
  for (const [name, { description, date }] of Object.entries(pipelines)) {
    const command = run
      .command(name)
      .description(description)
      .option('--date <date>', date)
      .option('--wait', 'Show progress and end with the run')
      .option('--json', 'Print the run, and with --wait its result, as JSON')
      .addHelpText('after', `\nExample:\n  shelfline run ${name} --date 2017-03-01 --wait`)
      .action((flags: Flags) => runPipeline(name as Pipeline, flags))
    if (name === 'train-models') {
      command.option(
        '--as-known-at <date>',
        'Train on what was known when that day was over: sales that came later do not count',
      )
    }
  }
}

async function runPipeline(pipeline: Pipeline, { wait, json, ...flags }: Flags): Promise<void> {
  const input = dayInput(flags)
  const { date } = input
  const settings = loadSettings()
  // Here too, because without --wait nobody would see what the workflow says.
  if (date !== undefined) {
    await withPool(settings, (pool) => asUsage(requireBegun(pool, settings.timeZone, '--date', date)))
  }
  await withTemporal(settings, async (client) => {
    await requireWorker(client, BATCH_TASK_QUEUE)
    const handle = await start(client, pipeline, input)
    if (!wait) {
      if (json) return printJson({ workflowId: handle.workflowId })
      return print(`${handle.workflowId} started; ${pipelines[pipeline].look}`)
    }
    const result = await follow(handle, (progress) => !json && printStates(pipelines[pipeline].of, progress))
    if (json) return printJson({ workflowId: handle.workflowId, ...result.output, assets: result.progress.assets })
    printStates(pipelines[pipeline].of, result.progress)
    printTold(result.output)
  })
}

/** Who trains as of a day trains on the days up to it, unless a date says how far. */
function dayInput({ date, asKnownAt }: Pick<Flags, 'date' | 'asKnownAt'>): DayInput {
  if (date !== undefined) parseDate('--date', date)
  if (asKnownAt === undefined) return date === undefined ? {} : { date }
  parseDate('--as-known-at', asKnownAt)
  if (date !== undefined && date > asKnownAt)
    throw new UsageError(`--date ${date} is after --as-known-at ${asKnownAt}: nothing of that day was known then`)
  return { date: date ?? asKnownAt, asKnownAt }
}

async function start(client: Client, pipeline: Pipeline, input: DayInput): Promise<WorkflowHandle<DayWorkflow>> {
  await ensureSearchAttributes(client)
  const { date, asKnownAt } = input
  const day = date ?? `day-before-${new Date().toISOString().slice(0, 10)}`
  const workflowId = `${pipeline}-${day}${asKnownAt === undefined ? '' : `-as-known-at-${asKnownAt}`}`
  try {
    return await client.workflow.start<DayWorkflow>(pipelines[pipeline].workflow, {
      taskQueue: BATCH_TASK_QUEUE,
      workflowId,
      args: [input],
      typedSearchAttributes: describedBy({ pipeline, ...(date !== undefined && { businessDate: date }) }),
    })
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    throw new Error(`${workflowId} is running already; wait for it, or cancel it in the Temporal Web UI`)
  }
}

interface Result {
  output: BuildDayOutput
  progress: BuildDayProgress
}

/** Shows how far the workflow is until it ends. `onFailed` is given how far it was, before the failure is thrown. */
async function follow(
  handle: WorkflowHandle<DayWorkflow>,
  onFailed: (progress: BuildDayProgress) => void,
): Promise<Result> {
  const bar = startProgress(handle.workflowId, 1)
  let progress: BuildDayProgress = { date: null, assets: [] }
  const refresh = async (): Promise<void> => {
    progress = await handle.query<BuildDayProgress, []>('progress')
    if (progress.assets.length > 0) bar.setTotal(progress.assets.length)
    const done = progress.assets.filter(({ state }) => !['waiting', 'running', 'failed'].includes(state))
    const running = progress.assets.filter(({ state }) => state === 'running')
    const steps = running.length > 0 ? await stepsOf(handle) : new Map<string, string>()
    bar.update(done.length, running.map(({ asset }) => steps.get(asset) ?? asset).join(', '))
  }
  const ended = await whileShowing(refresh, handle.result()).then(
    (output) => ({ output }),
    (error: Error) => ({ error }),
  )
  await refresh().catch(() => undefined)
  if ('error' in ended) bar.stop('failed')
  else bar.finish()
  if ('output' in ended) return { output: ended.output, progress }
  if (progress.assets.length > 0) onFailed(progress)
  throw ended.error instanceof WorkflowFailedError
    ? new Error(ended.error.cause?.message ?? ended.error.message)
    : ended.error
}

interface TrainingStep {
  model: string
  step: string
  done: number
}

/** What trainings say of themselves by their heartbeats: the model's name, its step and which part of it is done. */
async function stepsOf(handle: WorkflowHandle<DayWorkflow>): Promise<Map<string, string>> {
  const { raw } = await handle.describe()
  const told = (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => heartbeatDetails?.payloads?.[0] ?? [])
  const steps = told.map((payload) => defaultPayloadConverter.fromPayload<Partial<TrainingStep> | null>(payload))
  return new Map(
    steps.flatMap((beat) => {
      if (beat?.model === undefined) return []
      const { model, step, done = 0 } = beat
      return [[model, `${model} (${step}${done > 0 ? `, ${Math.round(100 * done)} %` : ''})`]]
    }),
  )
}

function printStates(of: string, { assets }: BuildDayProgress): void {
  printTable(
    [of, 'state', 'rows', 'took'],
    assets.map(({ asset, state, rows, durationMs }) => [
      ...[asset, state, rows],
      durationMs === undefined ? '' : formatDuration(durationMs),
    ]),
  )
}

/** What each has to tell follows the table: it is whole sentences, and may be many. */
function printTold({ warnings }: BuildDayOutput): void {
  for (const [asset, told] of Object.entries(warnings)) {
    for (const sentence of told.slice(0, TOLD_MAX)) print(`${asset}: ${sentence}`)
    if (told.length > TOLD_MAX) print(`${asset}: and ${told.length - TOLD_MAX} more (--json)`)
  }
}

const TOLD_MAX = 5
