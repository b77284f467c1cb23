import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import { createLogger } from '../platform/log.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { type DatasetName, datasetNames, datasets } from '../sources/datasets.ts'
import { SourceError } from '../sources/errors.ts'
import type { Sent, Speed } from '../sources/produce.ts'
import { type ReplayResult, replay } from '../sources/replay.ts'
import { parseChoice, parseCount, parseDate, parseDateRange } from './arguments.ts'
import { formatDuration, print, printJson, printTable, startProgress, UsageError } from './output.ts'

interface ReplayFlags {
  from?: string
  to?: string
  stores?: string
  speed: string
  seed: string
  stockSince?: string
  path?: string
  json?: boolean
}

export function register(program: Command): void {
  program
    .command('replay')
    .description('Send days of a public data set to Kafka as events; repeating it adds nothing')
    .argument('<dataset>', datasetNames.join(', '))
    .option('--from <date>', 'First day; default: the first in the data')
    .option('--to <date>', 'Last day; default: the last in the data')
    .option('--stores <count>', 'At most this many stores: those with the most lines')
    .option('--speed <speed>', 'max, or a multiple of real time such as 60 or 1', 'max')
    .option('--seed <number>', 'Seed of everything that is generated', '1')
    .option('--stock-since <date>', 'First day of the earlier replay that this one continues; default: --from')
    .option('--path <path>', 'Path of the data: a folder, or a file for freshretail')
    .option('--json', 'Print what was sent as JSON')
    .addHelpText(
      'after',
      `
Examples:
  shelfline replay complete-journey --from 2017-03-01 --to 2017-03-28 --stores 20
  shelfline replay online-retail --from 2011-11-01 --to 2011-11-30 --speed 60
  shelfline replay freshretail --path hourly.parquet`,
    )
    .action(async (name: string, flags: ReplayFlags) => run(parseChoice('data set', name, datasetNames), flags))
}

async function run(dataset: DatasetName, flags: ReplayFlags): Promise<void> {
  const selection = parseFlags(flags)
  const settings = loadSettings()
  const path = flags.path ?? (await fetchedPath(dataset))
  const progress = startProgress(`replay ${dataset}`, 0)
  const interrupted = untilInterrupted()
  let result: ReplayResult
  try {
    result = await asUsage(() =>
      replay({
        ...selection,
        dataset,
        path,
        settings,
        logger: createLogger({ logLevel: 'silent' }, 'replay'),
        signal: interrupted.signal,
        onProgress(sent, total) {
          progress.setTotal(total)
          progress.update(sent)
        },
      }),
    )
  } catch (error) {
    progress.stop('failed')
    throw error
  } finally {
    interrupted.release()
  }
  if (result.completed) progress.finish()
  else progress.stop('stopped')
  if (!result.completed) process.exitCode = EXIT_INTERRUPTED
  if (flags.json) return printJson(summary(dataset, result))
  printSummary(dataset, result)
}

/** What a shell reports for a process that SIGINT ended. */
const EXIT_INTERRUPTED = 130

function parseFlags(flags: ReplayFlags) {
  if (flags.from !== undefined && flags.to !== undefined) parseDateRange(flags.from, flags.to)
  return {
    from: flags.from === undefined ? undefined : parseDate('--from', flags.from),
    to: flags.to === undefined ? undefined : parseDate('--to', flags.to),
    stockSince: flags.stockSince === undefined ? undefined : parseDate('--stock-since', flags.stockSince),
    stores: flags.stores === undefined ? undefined : parseCount('--stores', flags.stores),
    seed: parseCount('--seed', flags.seed, 0),
    speed: parseSpeed(flags.speed),
  }
}

function parseSpeed(value: string): Speed {
  if (value === 'max') return 'max'
  const speed = Number(value)
  if (!(speed > 0 && speed <= 1_000_000)) {
    throw new UsageError(`--speed ${value} is neither max nor a multiple of real time such as 60 or 1`)
  }
  return speed
}

/** Complete Journey is taken from the package that publishes it, once. */
async function fetchedPath(dataset: DatasetName): Promise<string | undefined> {
  if (dataset !== 'complete-journey' || existsSync(datasets[dataset].defaultPath!)) return undefined
  const { prepareCompleteJourney } = await import('../scripts/stack/complete-journey.ts')
  process.stderr.write('replay complete-journey: downloading the data set once (32 MB)\n')
  return prepareCompleteJourney((step) => process.stderr.write(`replay complete-journey: ${step}\n`))
}

/** What a user gave and can't be used ends with exit code 2. */
export async function asUsage<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof SourceError) throw new UsageError(error.message)
    throw error
  }
}

/** A signal that Ctrl-C or SIGTERM raises; a second Ctrl-C ends the process at once. */
export function untilInterrupted(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const stop = () => controller.abort()
  process.once('SIGINT', stop).once('SIGTERM', stop)
  return {
    signal: controller.signal,
    release: () => process.off('SIGINT', stop).off('SIGTERM', stop),
  }
}

export const countSent = (sent: Sent): number => Object.values(sent).reduce((sum, count) => sum + count, 0)

function summary(dataset: DatasetName, { sent, from, to, stores, completed, milliseconds }: ReplayResult) {
  const events = countSent(sent)
  const seconds = milliseconds / 1000
  return {
    dataset,
    from,
    to,
    stores,
    completed,
    sent,
    events,
    seconds,
    eventsPerSecond: Math.round(events / seconds),
  }
}

function printSummary(dataset: DatasetName, result: ReplayResult): void {
  const { sent, from, to, stores, completed, milliseconds } = result
  printTable(['topic', 'events'], Object.entries(sent))
  const events = countSent(sent)
  const rate = Math.round(events / (milliseconds / 1000)).toLocaleString('en-GB')
  print(
    `${dataset}, ${from} to ${to}, ${stores} stores: ${events.toLocaleString('en-GB')} events in ${formatDuration(milliseconds)} (${rate}/s)`,
  )
  if (!completed) print('stopped before the end; repeat the command to send the rest: no event is counted twice')
}
