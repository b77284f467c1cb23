/**
 * Everything on one command: servers, schema, topics, schedules, workers, a replay of real sales, the star schema, a model,
 * forecasts and orders for those days, and a summary. Each stage is a `shelfline` command that a user could type, and ends
 * with a sentence about what it has made. Stays in the foreground until Ctrl-C, then stops what it started.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Command, CommanderError, Option } from 'commander'
import { parseCount } from '../cli/arguments.ts'
import { formatDuration, print, printTable, startProgress, UsageError } from '../cli/output.ts'
import { printStatus } from '../cli/status.ts'
import { addDays } from '../contracts/calendar.ts'
import { trustOwnServers } from '../platform/http/trusted-authorities.ts'
import { createKafka } from '../platform/kafka/kafka.ts'
import { TopicLogs } from '../platform/kafka/topic-logs.ts'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { redact } from '../platform/redact.ts'
import { instanceHome, loadSettings, SettingsError } from '../platform/settings/settings.ts'
import type { WorkerKind } from '../platform/worker-kinds.ts'
import { workflowListUrl } from '../services/schedules/declarations.ts'
import { readStatus } from '../services/status/status.ts'
import { RAW_SINK, rawTopics } from '../streams/raw/raw-sink.ts'
import { streamStatus } from '../streams/runtime/status.ts'
import { Backlog } from './running/backlog.ts'
import { endForeground, Foreground, outliveOutput } from './running/foreground.ts'
import {
  alreadyMade,
  featuresMade,
  forecastsMade,
  modelMade,
  ordersMade,
  reportsMade,
  salesMade,
  usedWorkers,
} from './running/made.ts'
import { type DataSet, forgetReplays, nextReplay, rememberReplay, wantedDays } from './running/replays.ts'
import { SetUp, withDisplay } from './running/set-up.ts'
import { announceWeb, chooseWebAddress } from './running/web.ts'
import { endWorkers, type StartWorker, workersOf } from './running/workers.ts'
import { DATA_SET_TITLE } from './stack/complete-journey.ts'
import { StackUsageError } from './stack/errors.ts'
import { Home, type Instance } from './stack/home.ts'
import { prepareAll } from './stack/prepare.ts'
import { securityOf } from './stack/security.ts'
import { down, reset } from './stack/stack.ts'

interface Options {
  days: number
  /** Undefined: all. */
  stores: number | undefined
  docker: boolean
  freePorts: boolean
  secure: boolean
  monitoring: boolean
  isOnlyDaily: boolean
}

/** What a stage has at hand. */
interface Run {
  options: Options
  foreground: Foreground
  setUp: SetUp
}

const root = join(import.meta.dirname, '..')
const home = new Home(instanceHome())
const BACKLOG_POLL_MS = 300
const STORES_MAX = 1_000
const stages: { stage: string; milliseconds: number }[] = []

/** Files of `data/examples/`, each with its map: who delivers what of which data set, and by which rules it is ordered. */
const examples: Record<DataSet, readonly (readonly [file: string, map: string])[]> = {
  'complete-journey': [
    ...['suppliers', 'terms', 'targets', 'policies', 'layout', 'floor-plan', 'deliveries'].map(
      (name) => [name, name] as const,
    ),
  ],
  'online-retail': [
    ['suppliers', 'suppliers'],
    ['gift-terms', 'terms'],
    ['targets', 'targets'],
  ],
}

const program = new Command('./scripts/run')
  .description(
    'Starts everything, replays real sales, builds reports, forecasts and orders from them, and prints the addresses.',
  )
  .option('--days <days>', 'days of sales to replay', '28')
  .option('--stores <stores>', 'number of stores, those with the most lines; or all', '10')
  .addOption(new Option('--only <part>', 'daily: build the reports and stop there').choices(['daily']))
  .option('--docker', 'let Docker Compose run the servers', false)
  .option('--free-ports', 'use any free ports, to run beside another instance', false)
  .option('--secure', 'make the instance with encrypted connections, certificates and users of its own', false)
  .option('--monitoring', "start Prometheus and Alertmanager, too (the machine's own)", false)
  .option('--down', 'stop the instance, also one in another terminal; its data is kept')
  .option('--reset', 'stop the instance and delete its data')
  .addHelpText('after', '\nExamples:\n  ./scripts/run --days 7 --stores 20 --only daily\n  ./scripts/run --down')
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
    stores: given.stores === 'all' ? undefined : parseCount('--stores', given.stores, 1, STORES_MAX),
    docker: given.docker,
    freePorts: given.freePorts,
    secure: given.secure,
    monitoring: given.monitoring,
    isOnlyDaily: given.only === 'daily',
  })
}

async function run(options: Options): Promise<void> {
  const foreground = await Foreground.enter(home)
  try {
    const run = { options, foreground, setUp: new SetUp({ home, foreground, ...options }) }
    const dataSet = await stage('Kafka and PostgreSQL', () => firstServers(run))
    trustOwnServers(loadSettings())
    const pool = createPool(loadSettings(), createLogger({ logLevel: 'silent' }, 'run'))
    try {
      await work(run, dataSet, pool)
    } finally {
      await pool.end()
    }
    await foreground.untilStopped()
  } catch (error) {
    if (!foreground.signal.aborted) throw error
  } finally {
    await foreground.leave()
  }
}

/** What streams need; the other servers may still be downloaded or built for minutes. */
async function firstServers(run: Run): Promise<DataSet> {
  const { options, setUp } = run
  // What an earlier run has left must not work on a schema that changes.
  await endWorkers(home)
  const [prepared] = await Promise.all([
    prepareAll({ onProgress: setUp.onProgress, docker: options.docker, withoutServers: true }),
    setUp.ready('postgres').then(() => shelfline(run, 'migrate')),
    setUp.ready('kafka').then(() => shelfline(run, 'topics', 'apply')),
  ])
  const missing = prepared.filter(({ problem }) => problem !== undefined)
  for (const { item, problem } of missing) print(`${item}: not available (${problem})`)
  if (!missing.some(({ item }) => item === DATA_SET_TITLE)) return 'complete-journey'
  print('Online Retail II from data/ is replayed instead')
  return 'online-retail'
}

async function work(run: Run, dataSet: DataSet, pool: Pool): Promise<void> {
  const { options, foreground, setUp } = run
  const days = wantedDays({ dataSet, days: options.days })
  const startWorker = workersOf(root, home, foreground)
  const web = await chooseWebAddress(options.freePorts)
  await stage('stream worker, web', () => Promise.all([startWorker('web'), startWorker('stream')]))
  setUp.shareTerminal()
  await announceWeb(pool, web, securityOf(home) !== undefined)
  print('Events are counted from now on. Look, in another terminal: ./shelfline status, ./shelfline streams status')
  await Promise.all([
    stage('replay', () => replay(run, dataSet)),
    stage('Temporal, MinIO, batch worker', async () => {
      await setUp.instance
      await shelfline(run, 'schedules', 'apply')
      await startWorker('batch')
    }),
    startUsed(pool, startWorker),
  ])
  // Before the reports: they show what a sale has cost.
  await stage('suppliers and policies', () => importExamples(run, dataSet))
  await stage('streams', () => waitForStreams(run, pool))
  print(await salesMade(pool, days))
  await stage('reports', () => buildDays(run, days, undefined))
  print(await reportsMade(pool, days))
  if (!options.isOnlyDaily) await forecastAndOrder(run, dataSet, pool)
  await summarise(pool, await setUp.instance, web, days.from)
}

/** One that does not start holds up nothing: sales are replayed without it. */
async function startUsed(pool: Pool, startWorker: StartWorker): Promise<void> {
  const kinds = await usedWorkers(pool, loadSettings())
  const start = (kind: WorkerKind) =>
    startWorker(kind).catch((error: Error) => print(`worker ${kind} is not started: ${error.message}`))
  if (kinds.length > 0) await stage(`workers ${kinds.join(', ')}`, () => Promise.all(kinds.map(start)))
}

async function forecastAndOrder(run: Run, dataSet: DataSet, pool: Pool): Promise<void> {
  const days = wantedDays({ dataSet, days: run.options.days })
  const { to } = days
  await stage('features', () => buildDays(run, days, 'feature-engineering'))
  print(await featuresMade(pool, days))
  const { isTrained, isForecast } = await alreadyMade(pool, to)
  if (!isTrained) await stage('model', () => shelfline(run, 'run', 'train-models', '--date', to, '--wait'))
  print(await modelMade(pool))
  if (!isTrained || !isForecast)
    await stage('forecasts', () => shelfline(run, 'run', 'batch-prediction', '--date', to, '--wait'))
  print(await forecastsMade(pool, days))
  const morning = addDays(to, 1)
  await stage('orders', () => shelfline(run, 'orders', 'plan', '--date', morning, '--wait'))
  print(await ordersMade(pool, morning))
}

async function importExamples(run: Run, dataSet: DataSet): Promise<void> {
  for (const [file, map] of examples[dataSet]) {
    const [rows, columns] = [`${file}.csv`, `${map}.yaml`].map((name) => join(root, 'data', 'examples', name))
    await shelfline(run, 'import', rows!, '--map', columns!)
  }
}

async function replay(run: Run, dataSet: DataSet): Promise<void> {
  const { days, stores } = run.options
  const chosen = { dataSet, ...(stores !== undefined && { stores }) }
  const next = nextReplay(home, { ...chosen, days })
  if (next === undefined) return
  const limit = stores === undefined ? [] : ['--stores', String(stores)]
  // Days that are added later continue from the stock that the first days opened.
  const since = ['--stock-since', wantedDays({ dataSet, days }).from]
  await shelfline(run, 'replay', dataSet, '--from', next.from, '--to', next.to, ...since, ...limit)
  rememberReplay(home, { ...chosen, to: next.to })
}

/** Until every processor has seen every event that was sent before. */
async function waitForStreams({ foreground: { signal } }: Run, pool: Pool): Promise<void> {
  const topicLogs = new TopicLogs(
    createKafka(loadSettings(), 'shelfline-run', createLogger({ logLevel: 'error' }, 'run')),
  )
  await topicLogs.connect()
  try {
    const raw = await topicLogs.describe([...rawTopics])
    const rawPartitions = [...raw.values()].reduce((sum, { partitions }) => sum + partitions.size, 0)
    const backlog = new Backlog()
    const measure = async () => {
      const partitions = await streamStatus(pool, topicLogs, (topic) => topic)
      // The raw sink may have joined just now: what it has not opened waits too.
      const unopened = rawPartitions - partitions.filter(({ processor }) => processor === RAW_SINK).length
      return backlog.measure(partitions, unopened)
    }
    let { done, total } = await measure()
    if (done === total) return
    const progress = startProgress('streams', total)
    for (; done < total; { done, total } = await measure()) {
      progress.setTotal(total)
      progress.update(done)
      await pause(BACKLOG_POLL_MS, undefined, { signal })
    }
    progress.finish()
  } finally {
    await topicLogs.disconnect()
  }
}

/** @param pipeline whose assets are built; undefined: those of the daily run */
async function buildDays(
  run: Run,
  { from, to }: { from: string; to: string },
  pipeline: string | undefined,
): Promise<void> {
  // Loaded here: assets bring DuckDB and more, and a run that only continues should start at once.
  const { assets } = await import('../activities/assets/index.ts')
  const names = assets.filter((asset) => asset.pipeline === pipeline).map(({ name }) => name)
  const range = ['--from', from, '--to', to]
  await shelfline(run, 'backfill', 'run', '--assets', names.join(','), '--without-downstream', ...range)
}

async function summarise(
  pool: Pool,
  { postgres, objectStore, temporal, kafka, monitoring }: Instance,
  web: string,
  day: string,
): Promise<void> {
  print()
  printStatus(await readStatus(pool))
  print('\nTime')
  printTable(
    ['stage', 'took'],
    stages.map(({ stage, milliseconds }) => [stage, formatDuration(milliseconds)]),
  )
  print('\nWhere to look')
  // Not a table: a link that is folded can't be followed.
  const places = {
    Shelfline: web,
    'Temporal Web UI': temporal.uiUrl && workflowListUrl(temporal.uiUrl, temporal.namespace),
    'MinIO console': objectStore.consoleUrl,
    'PostgreSQL for Power BI': (postgres.biReaderUrl ?? postgres.url).replace(/:[^:@/]*@/, '@'),
    Kafka: kafka.brokers.join(','),
    Prometheus: monitoring?.prometheusUrl,
    Alertmanager: monitoring?.alertmanagerUrl,
    'keys and passwords': home.path('instance.json'),
  }
  for (const [what, address] of Object.entries(places)) if (address !== undefined) print(`  ${what}: ${address}`)
  print(`
Try next, in another terminal:
  ./shelfline ledger
  ./shelfline orders list
  ./shelfline run daily-etl --date ${day} --wait

Ctrl-C stops everything that was started here.`)
}

async function stage<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now()
  const result = await work()
  stages.push({ stage: name, milliseconds: performance.now() - startedAt })
  return result
}

/** Runs a `shelfline` command to its end and shows its progress and problems. */
function shelfline({ foreground: { signal }, setUp }: Run, ...words: string[]): Promise<void> {
  signal.throwIfAborted()
  const child = spawn(join(root, 'shelfline'), words, {
    // While the set-up has the terminal too, progress is printed in lines: a pipe makes it so.
    stdio: ['inherit', 'ignore', setUp.isComplete ? 'inherit' : 'pipe'],
    signal,
    killSignal: 'SIGTERM',
  })
  child.stderr?.pipe(process.stderr, { end: false })
  return new Promise((ended, failed) => {
    child.once('error', failed)
    child.once('exit', (code, killedBy) => {
      if (code === 0) ended()
      else failed(new Error(`shelfline ${words.join(' ')} ended with ${code ?? killedBy}`))
    })
  })
}

function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  process.stderr.write(`./scripts/run: ${redact((error as Error).message)}\n`)
  const isWrongUse = [UsageError, SettingsError, StackUsageError].some((kind) => error instanceof kind)
  return isWrongUse ? 2 : 1
}
