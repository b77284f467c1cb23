import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  type BuildDayOutput,
  type BuildDayProgress,
  type Pipeline,
  type PipelineProgress,
  pipelineEnd,
  readPipelineProgress,
  startPipeline,
} from '../services/assets/pipelines.ts'
import { withPool, withTemporal } from './connections.ts'
import { formatDuration, print, printJson, printTable, startProgress } from './output.ts'
import { whileShowing } from './waiting.ts'

interface Flags {
  date?: string
  asKnownAt?: string
  wait?: boolean
  json?: boolean
}

interface PipelineCommand {
  description: string
  date: string
  /** What its lines are about. */
  of: string
  /** Where to look while it runs. */
  look: string
}

const ofAssets = {
  date: "The store's day; default: yesterday",
  of: 'asset',
  look: '`shelfline ledger` shows how far it is',
} as const

const pipelines: Record<Pipeline, PipelineCommand> = {
  'daily-etl': { ...ofAssets, description: 'Build every table of one day: cleansed and star schema' },
  'feature-engineering': { ...ofAssets, description: 'Build the features of one day' },
  'train-models': {
    description: 'Train the models on all days up to the given one, and promote those that are better',
    date: 'The last day to train on; default: yesterday',
    of: 'model',
    look: 'it takes minutes to hours; `shelfline models list` shows what it has trained',
  },
  'batch-prediction': { ...ofAssets, description: 'Predict from the features of one day' },
}

export function register(program: Command): void {
  const run = program.command('run').description('Start a pipeline for one day')
  for (const [name, { description, date }] of Object.entries(pipelines)) {
    const command = run
      .command(name)
      .description(description)
      .option('--date <date>', date)
      .option('--wait', 'Show progress until the run ends')
      .option('--json', 'Print the run, and with --wait its result, as JSON')
      .addHelpText('after', `\nExample:\n  shelfline run ${name} --date 2017-03-01 --wait`)
      .action((flags: Flags) => runPipeline(name as Pipeline, flags))
    if (name === 'train-models') {
      command.option(
        '--as-known-at <date>',
        'Train only on what was known at the end of this day: sales that arrived later do not count',
      )
    }
  }
}

async function runPipeline(pipeline: Pipeline, { wait, json, ...days }: Flags): Promise<void> {
  const settings = loadSettings()
  const { of, look } = pipelines[pipeline]
  await withTemporal(settings, async (temporal) => {
    const { timeZone } = settings
    const { workflowId } = await withPool(settings, (pool) =>
      startPipeline({ pool, temporal, timeZone }, { pipeline, ...days }),
    )
    if (!wait) return json ? printJson({ workflowId }) : print(`${workflowId} started; ${look}`)
    const progress = startProgress(workflowId, 1)
    let reached: BuildDayProgress = { date: null, assets: [] }
    const refresh = async () => {
      const now = await readPipelineProgress(temporal, workflowId)
      reached = now
      if (now.assets.length > 0) progress.setTotal(now.assets.length)
      progress.update(
        now.assets.filter(({ state }) => state === 'succeeded' || state === 'skipped').length,
        notesOf(now),
      )
    }
    let output: BuildDayOutput
    try {
      output = await whileShowing(refresh, pipelineEnd(temporal, workflowId))
      await refresh().catch(() => undefined)
      progress.finish()
    } catch (error) {
      await refresh().catch(() => undefined)
      progress.stop('failed')
      if (reached.assets.length > 0 && !json) printStates(of, reached)
      throw error
    }
    if (json) return printJson({ workflowId, ...output, assets: reached.assets })
    printStates(of, reached)
    printWarnings(output)
  })
}

const notesOf = ({ assets, steps }: PipelineProgress): string =>
  assets
    .filter(({ state }) => state === 'running')
    .map(({ asset }) => steps[asset] ?? asset)
    .join(', ')

function printStates(of: string, { assets }: BuildDayProgress): void {
  printTable(
    [of, 'state', 'rows', 'took'],
    assets.map(({ asset, state, rows, durationMs }) => [
      asset,
      state,
      rows,
      durationMs === undefined ? '' : formatDuration(durationMs),
    ]),
  )
}

/** Warnings follow the table: they are whole sentences, and may be many. */
function printWarnings({ warnings }: BuildDayOutput): void {
  for (const [asset, found] of Object.entries(warnings)) {
    for (const sentence of found.slice(0, WARNINGS_SHOWN)) print(`${asset}: ${sentence}`)
    if (found.length > WARNINGS_SHOWN) print(`${asset}: and ${found.length - WARNINGS_SHOWN} more (--json)`)
  }
}

const WARNINGS_SHOWN = 5
