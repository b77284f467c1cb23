import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { instanceHome } from '../platform/settings/settings.ts'
import { StackUsageError } from '../scripts/stack/errors.ts'
import { prepareAll } from '../scripts/stack/prepare.ts'
import { createProgressDisplay, type ProgressDisplay } from '../scripts/stack/progress-display.ts'
import { down, type Instance, reset, type ServerStatus, status, up } from '../scripts/stack/stack.ts'
import { formatBytes, print, printJson, printTable, UsageError } from './output.ts'

interface CommonOptions {
  home: string
  json?: boolean
}

export function register(program: Command): void {
  const stack = program
    .command('stack')
    .description('The four servers: PostgreSQL, Kafka, MinIO and Temporal')
    .addHelpText('after', '\nExample:\n  shelfline stack up && shelfline stack status')

  common(stack.command('up'), 'Start the servers that are not running; they keep running after the command returns')
    .option('--docker', 'Run them with Docker Compose')
    .option('--free-ports', 'Use any free ports instead of those in the settings')
    .option('--secure', 'Make the instance with encrypted connections, certificates and users of its own')
    .option('--monitoring', "Start Prometheus and Alertmanager, too (the machine's own)")
    .option('--connect', 'Start Kafka Connect with Debezium, too')
    .option('--registry', 'Start a schema registry (Apicurio), too')
    .option('--spark', 'Start Spark, too: a master, two workers and Spark Connect')
    .addHelpText('after', '\nExample:\n  SHELFLINE_KAFKA_PORT=9092 shelfline stack up')
    .action(runUp)

  common(stack.command('down'), 'Stop the servers of this instance; their data is kept')
    .addHelpText('after', '\nExample:\n  shelfline stack down')
    .action(runDown)

  common(stack.command('status'), 'Check each server; exit code 1 when one is not running')
    .addHelpText('after', '\nExample:\n  shelfline stack status --json')
    .action(runStatus)

  common(stack.command('reset'), 'Stop the servers and delete all their data')
    .option('--yes', 'Do not ask for confirmation')
    .addHelpText('after', '\nExample:\n  shelfline stack reset --yes')
    .action(runReset)

  common(stack.command('prepare'), 'Download and build what the servers and the tests need, into the cache folder')
    .addHelpText('after', '\nExample:\n  shelfline stack prepare')
    .action(runPrepare)
}

const common = (command: Command, description: string): Command =>
  command
    .description(description)
    .option('--home <folder>', 'Folder of the instance', instanceHome())
    .option('--json', 'Print the result as JSON')

async function runUp(
  options: CommonOptions & {
    docker?: boolean
    freePorts?: boolean
    secure?: boolean
    monitoring?: boolean
    connect?: boolean
    registry?: boolean
    spark?: boolean
  },
): Promise<void> {
  // Ctrl-C while servers start stops those that this command has started.
  const stopping = new AbortController()
  const stop = () => stopping.abort(new Error('stopped by the user; the servers that were started are stopped again'))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    const instance = await withDisplay((display) =>
      up({
        home: options.home,
        ports: options.freePorts ? 'free' : 'fixed',
        docker: options.docker ?? false,
        secure: options.secure ?? false,
        monitoring: options.monitoring ?? false,
        connect: options.connect ?? false,
        registry: options.registry ?? false,
        spark: options.spark ?? false,
        onProgress: display.onProgress,
        signal: stopping.signal,
      }),
    )
    if (options.json) printJson(withoutSecrets(instance))
    else printAddresses(instance, options.home)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

async function runDown(options: CommonOptions): Promise<void> {
  const stopped = await withDisplay((display) => down({ home: options.home, onProgress: display.onProgress }))
  if (options.json) printJson({ stopped })
  else print(stopped.length > 0 ? `stopped: ${stopped.join(', ')}` : `nothing was running in ${options.home}`)
}

async function runStatus(options: CommonOptions): Promise<void> {
  const servers = await status({ home: options.home })
  if (options.json) printJson(servers)
  else printStatus(servers)
  const isWell = ({ state }: ServerStatus) => state === 'running' || state === 'external'
  if (!servers.every(isWell)) process.exitCode = 1
}

async function runReset(options: CommonOptions & { yes?: boolean }): Promise<void> {
  if (!options.yes && !(await confirm(`Stop the servers and delete all their data in ${options.home}?`))) {
    print('nothing was changed')
    return
  }
  await withDisplay((display) => reset({ home: options.home, onProgress: display.onProgress }))
  if (options.json) printJson({ removed: options.home })
  else print(`all data in ${options.home} deleted`)
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UsageError(
      'stack reset: there is no terminal to confirm on; add --yes to delete all data without confirmation',
    )
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}

async function runPrepare(options: CommonOptions): Promise<void> {
  const prepared = await withDisplay((display) => prepareEverything(display))
  if (options.json) printJson(prepared)
  for (const { item, problem } of prepared)
    if (problem) process.stderr.write(`${item} could not be prepared: ${problem}\n`)
}

/** Downloads and builds all there is, with progress on the display. */
export const prepareEverything = (display: ProgressDisplay, docker = false) =>
  prepareAll({ onProgress: display.onProgress, forTests: true, docker })

/** Runs work whose progress is shown; a value that the stack can't use counts as wrong use of the command. */
export async function withDisplay<Result>(work: (display: ProgressDisplay) => Promise<Result>): Promise<Result> {
  const display = createProgressDisplay()
  try {
    return await work(display)
  } catch (error) {
    throw error instanceof StackUsageError ? new UsageError(error.message) : error
  } finally {
    display.stop()
  }
}

function printAddresses(
  { postgres, kafka, objectStore, temporal, monitoring, connect, registry, spark }: Instance,
  home: string,
): void {
  const withoutPassword = (url: string) => url.replace(/(\/\/[^:/@]+):[^@]*@/, '$1@')
  printTable(
    ['service', 'address', 'web'],
    [
      ['PostgreSQL', withoutPassword(postgres.url), ''],
      ['Kafka', kafka.brokers.join(','), ''],
      ['MinIO', objectStore.endpoint, objectStore.consoleUrl],
      ['Temporal', temporal.address, temporal.uiUrl],
      ...(monitoring === undefined
        ? []
        : [
            ['Prometheus', '', monitoring.prometheusUrl],
            ['Alertmanager', '', monitoring.alertmanagerUrl],
          ]),
      ...(connect === undefined ? [] : [['Kafka Connect', connect.url, '']]),
      ...(registry === undefined ? [] : [['Schema registry', registry.url, '']]),
      ...(spark === undefined ? [] : [['Spark Connect', spark.url, '']]),
    ],
  )
  print(`Passwords and keys: ${home}/instance.json`)
}

/** The same document without the passwords: what is printed may end in a log. */
function withoutSecrets({ secretKey: _, workers: __, ...instance }: Instance): unknown {
  const hide = (url: string) => url.replace(/(\/\/[^:/@]+):[^@]*@/, '$1:***@')
  const { accessKey, secretKey, ...objectStore } = instance.objectStore
  const { password, ...kafka } = instance.kafka
  const { payloadKey, ...temporal } = instance.temporal
  return {
    ...instance,
    postgres: Object.fromEntries(Object.entries(instance.postgres).map(([name, url]) => [name, hide(url)])),
    objectStore,
    kafka,
    temporal,
  }
}

function printStatus(servers: readonly ServerStatus[]): void {
  printTable(
    ['service', 'state', 'address', 'pid', 'since', 'memory', 'log'],
    servers.map(({ title, state, address, pid, since, memoryBytes, log }) => [
      title,
      state,
      address,
      pid && String(pid),
      since?.slice(0, 19).replace('T', ' '),
      memoryBytes && formatBytes(memoryBytes),
      log,
    ]),
  )
  for (const { title, problem } of servers) if (problem !== undefined) print(`${title}: ${problem}`)
}
