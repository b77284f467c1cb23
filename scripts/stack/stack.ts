import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { roleOf } from '../../platform/postgres/rights/process-rights.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { type WorkerKind, workerKinds } from '../../platform/worker-kinds.ts'
import { captures, connectAddress } from './connect.ts'
import { composeDown, composeUp } from './docker.ts'
import { StackUsageError } from './errors.ts'
import { externalAddress } from './external.ts'
import {
  Home,
  type Instance,
  type ProgramName,
  type ServerName,
  type ServerRecord,
  serverNames,
  type WorkerAccess,
} from './home.ts'
import { kafka, kafkaAddress } from './kafka.ts'
import { withLock } from './lock.ts'
import { minio, objectStoreAccess, usedObjectStore } from './minio.ts'
import { monitoringAddresses, monitors, requireMonitors } from './monitoring.ts'
import { lastLogLine, probeServer, requireFreePorts, startServer, stopServer } from './native.ts'
import { fixedPorts, freePorts, type Ports } from './ports.ts'
import { postgres, postgresAddresses, processUrl } from './postgres.ts'
import { isRunning, memoryBytes } from './processes.ts'
import { noProgress, type OnProgress, reportFor } from './progress.ts'
import { registry, registryAddress } from './registry.ts'
import { kafkaPasswords, prepareSecurity, type Security, securityOf } from './security.ts'
import type { Server, ServerContext } from './server.ts'
import { sparkAddress, sparkServers } from './spark.ts'
import { temporal, temporalAddress } from './temporal.ts'
import { temporalUi } from './temporal-server.ts'

export type { Instance } from './home.ts'

export const servers: readonly Server[] = [postgres, kafka, minio, temporal]

type Program = Server<ProgramName>
const programs: readonly Program[] = [...servers, temporalUi, ...monitors, ...captures, registry, ...sparkServers]

export interface StackOptions {
  /** The instance's folder: data, logs, `instance.json`. */
  home: string
  onProgress?: OnProgress
}

export interface UpOptions extends StackOptions {
  /** `fixed` (the default): the ports of the settings. `free`: any that are free, so that instances can be side by side. */
  ports?: 'fixed' | 'free'
  /** Docker Compose runs the servers. */
  docker?: boolean
  /** Only these servers are started; left out: all of them. */
  only?: readonly ServerName[]
  /** Prometheus and Alertmanager are started, too; the machine must have them. Not with `docker`, where Compose has a profile for them. */
  monitoring?: boolean
  /** Kafka Connect with Debezium is started, too. Not with `docker`, where Compose has a profile for it. */
  connect?: boolean
  /** The schema registry is started, too. Not with `docker`, where Compose has a profile for it, nor for a secure instance. */
  registry?: boolean
  /** Spark is started, too: a master, two workers and Spark Connect. Not with `docker`, where Compose has a profile for it. */
  spark?: boolean
  /** A server answers, also one that ran before or that the settings give; the others may still be downloaded or built. */
  onReady?: (name: ProgramName) => void
  /** A new instance has encrypted connections, certificates and users; one that has them keeps them. Not with `docker`. */
  secure?: boolean
  /** The data may be lost in a power cut: then nothing waits for the disk. */
  isDisposable?: boolean
  /** Aborting stops what this call has started. */
  signal?: AbortSignal
}

/**
 * Brings the servers up and returns where they are. A server that runs and answers is kept; one whose address the
 * settings give is left alone. Each is started as soon as it is downloaded or built. `instance.json` in the home folder is
 * written before any is started, so that those that are ready can be used while others are not.
 *
 * @throws StackError in one line a problem, naming the server, its log file and the fix; then what this call
 *   started is stopped again
 */
export async function up(options: UpOptions): Promise<Instance> {
  const onProgress = options.onProgress ?? noProgress
  const home = new Home(resolve(options.home))
  home.create()
  const onWait = () =>
    onProgress({
      item: 'stack',
      state: 'waiting',
      note: 'waiting for another process that starts or stops this instance',
    })
  return withLock(
    home.path('stack.lock'),
    async () => {
      const mode = options.docker ? 'docker' : 'native'
      requireMode(home, mode)
      if (options.monitoring) requireNativeMonitors(mode)
      if (options.connect) requireNative(mode, 'connect')
      if (options.registry) requireNative(mode, 'registry')
      if (options.spark) requireNative(mode, 'spark')
      const asked = options.only ?? serverNames
      const wanted = servers.filter(({ name }) => asked.includes(name) && externalAddress(name) === undefined)
      if (options.secure) requireSecurable(mode, options)
      const context = await contextFor(home, options)
      if (options.registry && context.security !== undefined)
        throw new StackUsageError('--registry is not for a secure instance: its registry would not be encrypted')
      const onReady = options.onReady ?? (() => {})
      for (const { name } of servers) if (externalAddress(name) !== undefined) onReady(name)
      const wasUp = home.readInstance() !== undefined
      const monitored = options.monitoring ? monitors : []
      const added = [
        ...(options.connect ? captures : []),
        ...(options.registry ? [registry] : []),
        ...(options.spark ? sparkServers : []),
      ]
      const isRun = (all: readonly Program[]) => all.some(({ name }) => runningRecord(home, name) !== undefined)
      const instance = {
        ...describeInstance(context, mode),
        ...((options.monitoring || isRun(monitors)) && { monitoring: monitoringAddresses(context) }),
        ...((options.connect || isRun(captures)) && { connect: connectAddress(context) }),
        ...((options.registry || isRun([registry])) && { registry: registryAddress(context) }),
        ...((options.spark || isRun(sparkServers)) && { spark: sparkAddress(context) }),
      }
      home.writePrivate('instance.json', instance)
      try {
        if (mode === 'docker') await composeUp(wanted, context, onProgress)
        else {
          const all = [...wanted, ...ownPrograms(wanted, context), ...monitored]
          await upNative(all, context, { onProgress, onReady, signal: options.signal })
          // They need Kafka or the object store when they start.
          await upNative(added, context, { onProgress, onReady, signal: options.signal })
        }
      } catch (error) {
        if (!wasUp) home.forgetInstance()
        throw error
      }
      if (mode === 'docker') for (const { name } of wanted) onReady(name)
      return instance
    },
    { onWait, signal: options.signal },
  )
}

function requireMode(home: Home, mode: Instance['mode']): void {
  const before = home.readInstance()?.mode
  if (before === undefined || before === mode) return
  const [was, asked] = before === 'docker' ? ['by Docker Compose', 'natively'] : ['natively', 'by Docker Compose']
  throw new StackUsageError(
    `${home.folder} was started ${was}: stop it with \`shelfline stack down\` before you start it ${asked}`,
  )
}

function requireNativeMonitors(mode: Instance['mode']): void {
  if (mode === 'docker')
    throw new StackUsageError('--monitoring is without --docker; with Compose it is the profile `monitoring`')
  requireMonitors()
}

function requireSecurable(mode: Instance['mode'], { connect, spark }: Pick<UpOptions, 'connect' | 'spark'>): void {
  if (connect)
    throw new StackUsageError('--secure is without --connect: Kafka Connect has no user in a secure instance yet')
  if (spark) throw new StackUsageError('--secure is without --spark: Spark has no user in a secure instance yet')
  if (mode === 'docker')
    throw new StackUsageError('--secure is without --docker: give Compose certificates by its settings')
  const elsewhere = serverNames.filter((name) => externalAddress(name) !== undefined)
  if (elsewhere.length > 0) {
    throw new StackUsageError(
      `--secure is for servers that are started here: the settings give another address of ${elsewhere.join(', ')}`,
    )
  }
}

/** Of a secure instance Temporal's Web UI is not in Temporal's process. */
const ownPrograms = (wanted: readonly Program[], { security }: ServerContext): Program[] =>
  security !== undefined && wanted.includes(temporal) ? [temporalUi] : []

function requireNative(mode: Instance['mode'], name: 'connect' | 'registry' | 'spark'): void {
  if (mode === 'docker')
    throw new StackUsageError(`--${name} is without --docker; with Compose it is the profile \`${name}\``)
}

async function contextFor(home: Home, options: UpOptions): Promise<ServerContext> {
  const saved = home.readPorts<Ports>()
  const ports = options.ports === 'free' ? await freePorts(saved) : fixedPorts()
  for (const program of programs) {
    if (saved === undefined || runningRecord(home, program.name) === undefined) continue
    // One that an earlier release started may lack a port that this one gives it.
    for (const name of program.ports) ports[name] = saved[name] ?? ports[name]
  }
  home.writePrivate('ports.json', ports)
  const security = options.docker ? undefined : await prepareSecurity(home, options.secure ?? false)
  return { home, ports, secrets: home.secrets(), isDisposable: options.isDisposable ?? false, security }
}

function runningRecord(home: Home, name: ProgramName): ServerRecord | undefined {
  const record = home.readServer(name)
  return record !== undefined && isRunning(record) ? record : undefined
}

interface NativeOptions {
  onProgress: OnProgress
  onReady: (name: ProgramName) => void
  signal: AbortSignal | undefined
}

async function upNative(
  wanted: readonly Program[],
  context: ServerContext,
  { onProgress, onReady, signal }: NativeOptions,
): Promise<void> {
  const absent = await withoutHealthy(wanted, context, onProgress)
  await requireFreePorts(absent, context)
  for (const server of wanted) if (!absent.includes(server)) onReady(server.name)
  const started: Program[] = []
  // The first that fails ends what is still done for the others, which may be minutes of compiling.
  const failed = new AbortController()
  const stop = AbortSignal.any([failed.signal, ...(signal === undefined ? [] : [signal])])
  const bringUp = async (server: Program) => {
    await server.prepare(reportFor(server.title, onProgress), stop, context.security !== undefined)
    stop.throwIfAborted()
    const startedAt = performance.now()
    onProgress({ item: server.title, state: 'starting', note: 'starting' })
    await startServer(server, context, stop)
    started.push(server)
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    onProgress({ item: server.title, state: 'done', note: `ready after ${seconds} s` })
    onReady(server.name)
  }
  const ends = await Promise.allSettled(
    absent.map((server) =>
      bringUp(server).catch((error: unknown) => {
        failed.abort(error)
        throw error
      }),
    ),
  )
  if (ends.every(({ status }) => status === 'fulfilled') && !stop.aborted) return
  await stopAll(started, context.home, onProgress)
  throw stop.reason
}

/** The servers that must be started: the healthy ones are kept, those that run without answering are ended first. */
async function withoutHealthy(
  wanted: readonly Program[],
  context: ServerContext,
  onProgress: OnProgress,
): Promise<Program[]> {
  const absent: Program[] = []
  await Promise.all(
    wanted.map(async (server) => {
      const record = runningRecord(context.home, server.name)
      if (record !== undefined && (await isHealthy(server, context))) {
        onProgress({ item: server.title, state: 'done', note: 'was running' })
        return
      }
      if (record !== undefined) await stopServer(server, context.home, record)
      absent.push(server)
    }),
  )
  return absent
}

const PROBES_MAX = 3
const PROBE_PAUSE_MS = 1_000

/** A server on a busy machine may answer late: one that is ended for it takes the connections of all workers with it. */
async function isHealthy(server: Program, context: ServerContext): Promise<boolean> {
  for (let probes = 1; probes <= PROBES_MAX; probes += 1) {
    if ((await probeServer(server, context)) === undefined) return true
    if (probes < PROBES_MAX) await pause(PROBE_PAUSE_MS)
  }
  return false
}

/** Waits for all, also after one has failed, so that nothing continues behind the error; then throws the first one's. */
async function allOrThrow(work: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).filter((result) => result.status === 'rejected')
  if (failed.length > 0) throw failed[0]!.reason
}

function describeInstance(context: ServerContext, mode: Instance['mode']): Instance {
  const settings = loadSettings({ ...process.env, SHELFLINE_HOME: context.home.folder })
  const isExternal = (name: ServerName) => externalAddress(name) !== undefined
  return {
    version: 1,
    startedAt: new Date().toISOString(),
    pid: process.pid,
    mode,
    postgres: isExternal('postgres')
      ? { url: settings.postgresUrl, migrateUrl: settings.postgresMigrateUrl }
      : postgresAddresses(context),
    kafka: isExternal('kafka') ? { brokers: [...settings.kafkaBrokers] } : kafkaAddress(context),
    objectStore: usedObjectStore(context),
    temporal: isExternal('temporal')
      ? { address: settings.temporalAddress, namespace: settings.temporalNamespace }
      : temporalAddress(context),
    secretKey: context.home.secrets().secretKey,
    ...(context.security && accessOf(context, context.security)),
  }
}

/** What clients of a secure instance need beside the addresses. */
function accessOf(context: ServerContext, { caFile, client, server }: Security): Partial<Instance> {
  const passwords = kafkaPasswords(context.secrets)
  const workerAccess = (kind: WorkerKind): WorkerAccess => {
    const user = roleOf(kind)
    const { certificate, key } = client(user)
    return {
      postgres: { url: processUrl(context, kind) },
      kafka: { user, password: passwords[user] },
      objectStore: objectStoreAccess(context, user),
      clientCertificateFile: certificate,
      clientKeyFile: key,
    }
  }
  const [own, https] = [client('shelfline_app'), server('https')]
  return {
    caFile,
    clientCertificateFile: own.certificate,
    clientKeyFile: own.key,
    httpsCertificateFile: https.certificate,
    httpsKeyFile: https.key,
    workers: {
      ...Object.fromEntries(workerKinds.map((kind) => [kind, workerAccess(kind)])),
      vacuum: { objectStore: objectStoreAccess(context, 'shelfline_vacuum') },
    },
  }
}

/** Stops the servers of this instance, each in its own graceful way; returns the titles of those that ran. */
export async function down({ home: folder, onProgress = noProgress }: StackOptions): Promise<string[]> {
  const home = new Home(resolve(folder))
  if (!existsSync(home.folder)) return []
  return withLock(home.path('stack.lock'), () => downLocked(home, onProgress))
}

async function downLocked(home: Home, onProgress: OnProgress, removeVolumes = false): Promise<string[]> {
  if (home.readInstance()?.mode === 'docker') await composeDown(home, removeVolumes, onProgress)
  const stopped = await stopAll(programs, home, onProgress)
  home.forgetInstance()
  return stopped
}

/** Temporal, Kafka Connect and Spark first: their last words may still touch the others. */
async function stopAll(stopping: readonly Program[], home: Home, onProgress: OnProgress): Promise<string[]> {
  const firsts: readonly Program[] = [temporal, temporalUi, ...captures, registry, ...sparkServers]
  const first = stopping.filter((server) => firsts.includes(server))
  const others = stopping.filter((server) => !firsts.includes(server))
  const stopped: string[] = []
  for (const together of [first, others]) {
    await allOrThrow(
      together.map(async (server) => {
        const record = home.readServer(server.name)
        if (record === undefined) return
        onProgress({ item: server.title, state: 'stopping', note: 'stopping' })
        const ending = await stopServer(server, home, record)
        const note = { gone: 'had ended', ended: 'stopped', killed: 'did not stop in time, was killed' }[ending]
        onProgress({ item: server.title, state: 'done', note })
        if (ending !== 'gone') stopped.push(server.title)
      }),
    )
  }
  return stopped
}

/** What `reset` removes; anything else in the folder isn't the stack's. */
const OWN_FILES = [
  'data',
  'logs',
  'servers',
  'minio-certificates',
  'tls',
  'temporal',
  'monitoring',
  'connect',
  'spark',
  'spark-log4j2.properties',
  'secrets.json',
  'ports.json',
  'instance.json',
  'kafka.properties',
  'kafka-log4j2.properties',
]

/** Stops the instance and removes its data, logs and passwords. */
export async function reset({ home: folder, onProgress = noProgress }: StackOptions): Promise<void> {
  const home = new Home(resolve(folder))
  if (!existsSync(home.folder)) return
  await withLock(home.path('stack.lock'), async () => {
    await downLocked(home, onProgress, true)
    for (const name of OWN_FILES) rmSync(home.path(name), { recursive: true, force: true })
  })
  rmSync(home.path('stack.lock'), { force: true })
  if (readdirSync(home.folder).length === 0) rmdirSync(home.folder)
}

export interface ServerStatus {
  name: ProgramName
  title: string
  /**
   * `running`: it answers a real request. `not answering`: its process is there. `died`: its process is gone and no one
   * stopped it. `external`: the settings give its address.
   */
  state: 'running' | 'not answering' | 'died' | 'stopped' | 'external'
  /** Where clients find it; without credentials. */
  address: string
  pid?: number
  since?: string
  memoryBytes?: number
  log?: string
  /** Why it isn't running. */
  problem?: string
}

/** Asks every server of the instance now; changes nothing. */
export async function status({ home: folder }: StackOptions): Promise<ServerStatus[]> {
  const home = new Home(resolve(folder))
  const instance = home.readInstance()
  const others = [temporalUi, ...monitors, ...captures, registry, ...sparkServers].filter(
    ({ name }) => home.readServer(name) !== undefined,
  )
  const asked: Program[] = [...servers, ...others]
  return Promise.all(asked.map((server) => statusOf(server, home, instance)))
}

async function statusOf(server: Program, home: Home, instance: Instance | undefined): Promise<ServerStatus> {
  const { name, title } = server
  const external = externalAddress(name)
  if (external !== undefined) return { name, title, state: 'external', address: withoutCredentials(external) }
  const ports = home.readPorts<Ports>()
  const address = ports ? `127.0.0.1:${ports[server.ports[0]!]}` : ''
  const record = home.readServer(name)
  const isDocker = instance?.mode === 'docker'
  if (ports === undefined || (record === undefined && !isDocker)) return { name, title, state: 'stopped', address }
  const log = home.logFile(name)
  if (record !== undefined && !isRunning(record)) {
    return { name, title, state: 'died', address, pid: record.pid, log, problem: lastLogLine(log) }
  }
  const context = { home, ports, secrets: home.secrets(), isDisposable: false, security: securityOf(home) }
  const problem = await probeServer(server, context)
  const memory = record && memoryBytes(record.pid)
  return {
    name,
    title,
    state: problem === undefined ? 'running' : 'not answering',
    address,
    ...(record && { pid: record.pid, since: record.startedAt, log }),
    ...(memory !== undefined && { memoryBytes: memory }),
    ...(problem !== undefined && { problem }),
  }
}

function withoutCredentials(address: string): string {
  if (!URL.canParse(address)) return address
  const url = new URL(address)
  return url.host ? `${url.host}${url.pathname === '/' ? '' : url.pathname}` : address
}
