/**
 * Everything on one command: servers, schema, topics, schedules, workers, a replay of real sales, the daily pipeline for
 * those days, and a summary. Each stage is a `shelfline` command that a user could type. Stays in the foreground until
 * Ctrl-C, then stops what it started.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Command, CommanderError } from 'commander'
import { parseCount } from '../cli/arguments.ts'
import { formatDuration, print, printTable, startProgress, UsageError } from '../cli/output.ts'
import { printStatus } from '../cli/status.ts'
import { createKafka } from '../platform/kafka/kafka.ts'
import { TopicLogs } from '../platform/kafka/topic-logs.ts'
import { createLogger } from '../platform/log.ts'
import { createPool } from '../platform/postgres/postgres.ts'
import { redact } from '../platform/redact.ts'
import { instanceHome, loadSettings, SettingsError } from '../platform/settings/settings.ts'
import { readStatus } from '../services/status/status.ts'
import { streamStatus } from '../streams/runtime/status.ts'
import { endForeground, Foreground, outliveOutput } from './running/foreground.ts'
import { type DataSet, forgetReplays, nextReplay, rememberReplay, wantedDays } from './running/replays.ts'
import { endWorkers, startWorkers } from './running/workers.ts'
import { StackUsageError } from './stack/errors.ts'
import { Home, type Instance } from './stack/home.ts'
import { prepareAll } from './stack/prepare.ts'
import { createProgressDisplay, type ProgressDisplay } from './stack/progress-display.ts'
import { down, reset, status, up } from './stack/stack.ts'

interface Options {
  days: number
  stores?: number
  docker: boolean
  freePorts: boolean
}

const root = join(import.meta.dirname, '..')
const home = new Home(instanceHome())
const BACKLOG_POLL_MS = 300
const stages: { stage: string; milliseconds: number }[] = []

const program = new Command('./scripts/run')
  .description('Starts everything, replays real sales, builds the star schema and says where to look.')
  .option('--days <days>', 'days of sales to replay', '28')
  .option('--stores <stores>', 'only the stores with the most lines')
  .option('--docker', 'let Docker Compose run the servers', false)
  .option('--free-ports', 'take any free ports, beside another instance', false)
  .option('--down', 'stop the instance, also one in another terminal; what it holds stays')
  .option('--reset', 'stop the instance and remove all it holds')
  .addHelpText('after', '\nExamples:\n  ./scripts/run --days 7 --stores 20\n  ./scripts/run --down')
  .allowExcessArguments(false)
  .exitOverride()

outliveOutput()
try {
  await main()
} catch (error) {
  process.exitCode = explain(error)
}

async function main(): Promise<void> {
  const given = program.parse().opts()
  if (given.down || given.reset) {
    await endForeground(home)
    await withDisplay(async ({ onProgress }) => {
      await endWorkers(home)
      await (given.reset ? reset : down)({ home: home.folder, onProgress })
    })
    if (given.reset) forgetReplays(home)
    return print(given.reset ? 'stopped and removed' : 'stopped')
  }
  await run({
    days: parseCount('--days', given.days, 1, 365),
    ...(given.stores !== undefined && { stores: parseCount('--stores', given.stores, 1, 1_000) }),
    docker: given.docker,
    freePorts: given.freePorts,
  })
}

async function run(options: Options): Promise<void> {
  const foreground = await Foreground.enter(home)
  try {
    const dataSet = await stage('set-up', () => prepare(options.docker))
    const instance = await stage('servers', () => startServers(options, foreground))
    await stage('schema, topics, schedules', async () => {
      await quietly(foreground, 'migrate')
      await quietly(foreground, 'topics', 'apply')
      await quietly(foreground, 'schedules', 'apply')
    })
    await stage('workers', () => startWorkers(root, home, foreground))
    await stage('replay', () => replay(dataSet, options, foreground))
    await stage('streams', () => waitForStreams(foreground))
    await stage('daily pipeline', () => build(dataSet, options, foreground))
    await summarise(instance, wantedDays({ dataSet, days: options.days }).from)
    await foreground.untilStopped()
  } catch (error) {
    if (!foreground.signal.aborted) throw error
  } finally {
    await foreground.leave()
  }
}

async function prepare(docker: boolean): Promise<DataSet> {
  const prepared = await withDisplay((display) => prepareAll({ onProgress: display.onProgress, docker }))
  const missing = prepared.find(({ problem }) => problem !== undefined)
  if (missing === undefined) return 'complete-journey'
  print(`${missing.item} can't be had (${missing.problem}); replaying Online Retail II from data/ instead`)
  return 'online-retail'
}

async function startServers({ docker, freePorts }: Options, foreground: Foreground): Promise<Instance> {
  const isOurs = foreground.inherited || (await status({ home: home.folder })).every(({ state }) => state !== 'running')
  if (isOurs) {
    foreground.ownServers()
    foreground.onLeave(() => withDisplay((display) => down({ home: home.folder, onProgress: display.onProgress })))
  }
  return withDisplay((display) =>
    up({
      home: home.folder,
      docker,
      ports: freePorts ? 'free' : 'fixed',
      onProgress: display.onProgress,
      signal: foreground.signal,
    }),
  )
}

async function replay(dataSet: DataSet, { days, stores }: Options, foreground: Foreground): Promise<void> {
  const next = nextReplay(home, { dataSet, days, ...(stores !== undefined && { stores }) })
  if (next === undefined) return
  const limit = stores === undefined ? [] : ['--stores', String(stores)]
  // Days that are added later go on from the stock that the first days opened.
  const since = ['--stock-since', wantedDays({ dataSet, days }).from]
  await shelfline(foreground, 'replay', dataSet, '--from', next.from, '--to', next.to, ...since, ...limit)
  rememberReplay(home, { dataSet, to: next.to, ...(stores !== undefined && { stores }) })
}

/** Until every processor has seen every event that the replay has sent. */
async function waitForStreams({ signal }: Foreground): Promise<void> {
  const settings = loadSettings()
  const logger = createLogger({ logLevel: 'error' }, 'run')
  const pool = createPool(settings, logger)
  const topicLogs = new TopicLogs(createKafka(settings, 'shelfline-run', logger))
  await topicLogs.connect()
  try {
    const backlog = async () => {
      const partitions = await streamStatus(pool, topicLogs, (topic) => topic)
      return partitions.reduce((sum, { lag }) => sum + (lag ?? 0), 0)
    }
    const first = await backlog()
    const progress = startProgress('streams', Math.max(first, 1))
    for (let left = first; left > 0; left = await backlog()) {
      progress.update(Math.max(first - left, 0))
      await pause(BACKLOG_POLL_MS, undefined, { signal })
    }
    progress.finish()
  } finally {
    await topicLogs.disconnect()
    await pool.end()
  }
}

async function build(dataSet: DataSet, { days }: Options, foreground: Foreground): Promise<void> {
  const { from, to } = wantedDays({ dataSet, days })
  // Loaded here: assets bring DuckDB and more, and a run that only goes on should start at once.
  const { assets } = await import('../activities/assets/index.ts')
  const daily = assets.filter(({ pipeline }) => pipeline === undefined).map(({ name }) => name)
  const range = ['--from', from, '--to', to]
  await shelfline(foreground, 'backfill', 'run', '--assets', daily.join(','), '--without-downstream', ...range)
}

async function summarise({ postgres, objectStore, temporal, kafka }: Instance, firstDay: string): Promise<void> {
  const pool = createPool(loadSettings(), createLogger({ logLevel: 'silent' }, 'run'))
  try {
    print()
    printStatus(await readStatus(pool))
  } finally {
    await pool.end()
  }
  print('\nTime')
  printTable(
    ['stage', 'took'],
    stages.map(({ stage, milliseconds }) => [stage, formatDuration(milliseconds)]),
  )
  print('\nWhere to look')
  printTable(
    ['what', 'address'],
    [
      ['Temporal Web UI', temporal.uiUrl],
      ['MinIO console', objectStore.consoleUrl],
      ['PostgreSQL for Power BI', (postgres.biReaderUrl ?? postgres.url).replace(/:[^:@/]*@/, '@')],
      ['Kafka', kafka.brokers.join(',')],
      ['keys and passwords', home.path('instance.json')],
    ],
  )
  print(`
Try next, in another terminal:
  ./shelfline ledger
  ./shelfline dlq list
  ./shelfline run daily-etl --date ${firstDay} --wait

Ctrl-C stops everything that was started here.`)
}

async function stage<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now()
  const result = await work()
  stages.push({ stage: name, milliseconds: performance.now() - startedAt })
  return result
}

/** Runs a `shelfline` command to its end, on this terminal. */
function shelfline(foreground: Foreground, ...words: string[]): Promise<void> {
  return command(foreground, words, 'inherit')
}

/** The same, showing only what it says about problems and progress. */
function quietly(foreground: Foreground, ...words: string[]): Promise<void> {
  return command(foreground, words, 'ignore')
}

function command({ signal }: Foreground, words: string[], output: 'inherit' | 'ignore'): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(join(root, 'shelfline'), words, {
    stdio: ['inherit', output, 'inherit'],
    signal,
    killSignal: 'SIGTERM',
  })
  return new Promise((ended, failed) => {
    child.once('error', failed)
    child.once('exit', (code, killedBy) => {
      if (code === 0) ended()
      else failed(new Error(`shelfline ${words.join(' ')} ended with ${code ?? killedBy}`))
    })
  })
}

async function withDisplay<Result>(work: (display: ProgressDisplay) => Promise<Result>): Promise<Result> {
  const display = createProgressDisplay()
  try {
    return await work(display)
  } finally {
    display.stop()
  }
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  process.stderr.write(`./scripts/run: ${redact((error as Error).message)}\n`)
  const isWrongUse = [UsageError, SettingsError, StackUsageError].some((kind) => error instanceof kind)
  return isWrongUse ? 2 : 1
}
