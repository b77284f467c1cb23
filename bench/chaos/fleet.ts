/** The workers under attack: real processes, started again whenever they end, as a supervisor would. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Settings } from '../../platform/settings/settings.ts'
import { lastLogLine } from '../../scripts/stack/native.ts'
import { nodeFlags, processEnvironment } from '../../workers/stream-flags.ts'
import { NetworkProxy } from './proxy.ts'
import { CLI, environmentOf, root, type Site } from './site.ts'

export type Kind = 'stream' | 'batch'
export type ProxyName = 'postgres' | 'kafka' | 'objectStore' | 'temporal'
export const proxyNames: readonly ProxyName[] = ['postgres', 'kafka', 'objectStore', 'temporal']

const TEST_WORKER = join(root, 'workers', 'stream-for-tests.ts')
const PRELOAD = join(import.meta.dirname, 'preload.ts')
const RESTART_MS_MIN = 100
const RESTART_MS_MAX = 3_000
const STOP_MS_MAX = 40_000
const HEALTH_TIMEOUT_MS = 1_000
const HEALTH_POLL_MS = 100

export interface Worker {
  name: string
  kind: Kind
  httpPort: number
  clockFile: string
  log: string
  child: ChildProcess | undefined
  /** How often it ended without being killed by the harness: because a server was away, for example. */
  ends: number
  /** Ends that the harness has caused and not seen yet. */
  killed: number
  restartMs: number
}

export interface FleetOptions {
  /** Workers reach the servers through proxies, so that the network can fail. */
  proxied?: boolean
  onEnd?: (worker: Worker, why: string) => void
}

export class Fleet {
  readonly workers: Worker[] = []
  readonly proxies = new Map<ProxyName, NetworkProxy>()
  readonly #site: Site
  readonly #options: FleetOptions
  readonly #folder: string
  #isStopping = false

  private constructor(site: Site, options: FleetOptions) {
    this.#site = site
    this.#options = options
    this.#folder = join(site.settings.home, `chaos-${process.pid}${site.topicSuffix}`)
    mkdirSync(this.#folder, { recursive: true })
  }

  static async open(site: Site, options: FleetOptions = {}): Promise<Fleet> {
    const fleet = new Fleet(site, options)
    if (options.proxied) {
      for (const name of proxyNames) fleet.proxies.set(name, await NetworkProxy.open(portOf(site.settings, name)))
    }
    return fleet
  }

  async start(kind: Kind, name: string): Promise<Worker> {
    const worker: Worker = {
      name,
      kind,
      httpPort: await freePort(),
      child: undefined,
      ends: 0,
      killed: 0,
      restartMs: RESTART_MS_MIN,
      clockFile: join(this.#folder, `${name}.clock`),
      log: join(this.#folder, `${name}.log`),
    }
    this.workers.push(worker)
    this.#spawn(worker)
    return worker
  }

  of(kind: Kind): Worker[] {
    return this.workers.filter((worker) => worker.kind === kind)
  }

  kill(worker: Worker): void {
    if (worker.child === undefined) return
    worker.killed += 1
    worker.child.kill('SIGKILL')
  }

  suspend = (worker: Worker): void => void worker.child?.kill('SIGSTOP')
  wake = (worker: Worker): void => void worker.child?.kill('SIGCONT')
  /** By how much the worker's clock is wrong from now on. */
  setClock = ({ clockFile }: Worker, offsetMs: number): void => writeFileSync(clockFile, String(offsetMs))

  /** Whether every worker of this kind answers that it is well. */
  async isHealthy(kind: Kind): Promise<boolean> {
    const answers = await Promise.all(this.of(kind).map(isHealthy))
    return answers.every(Boolean)
  }

  async untilHealthy(kind: Kind, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs
    while (!(await this.isHealthy(kind))) {
      if (performance.now() > deadline) {
        const logs = this.of(kind).map(({ name, log }) => `${name}: ${lastLogLine(log)}`)
        throw new Error(`the ${kind} workers were not healthy within ${withinMs} ms; ${logs.join('; ')}`)
      }
      await pause(HEALTH_POLL_MS)
    }
  }

  /** Lets every worker end what it began; one that does not is killed. */
  async close(): Promise<void> {
    this.#isStopping = true
    await Promise.all(this.workers.map(stop))
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.close()))
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #spawn(worker: Worker): void {
    const { topicSuffix } = this.#site
    const settings = this.#settings()
    const output = openSync(worker.log, 'a')
    const environment: NodeJS.ProcessEnv = {
      ...environmentOf({ settings, topicSuffix }),
      SHELFLINE_KAFKA_BROKERS: settings.kafkaBrokers.join(','),
      SHELFLINE_OBJECT_STORE_ENDPOINT: settings.objectStoreEndpoint,
      SHELFLINE_TEMPORAL_ADDRESS: settings.temporalAddress,
      SHELFLINE_HTTP_PORT: String(worker.httpPort),
      NODE_OPTIONS: `--import=${PRELOAD} --disable-warning=TimeoutNegativeWarning`,
      CHAOS_CLOCK_FILE: worker.clockFile,
      CHAOS_PORTS: this.#portMap(),
    }
    const [command, env] =
      topicSuffix === '' || worker.kind === 'batch'
        ? [[CLI, 'worker', worker.kind], environment]
        : [
            [
              ...nodeFlags,
              TEST_WORKER,
              JSON.stringify({ settings: { ...settings, httpPort: worker.httpPort }, topicSuffix }),
            ],
            { ...processEnvironment, ...environment },
          ]
    const startedAt = performance.now()
    const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', output, output], env })
    closeSync(output)
    worker.child = child
    child.once('exit', (code, signal) => {
      worker.child = undefined
      if (this.#isStopping) return
      if (worker.killed > 0) worker.killed -= 1
      else {
        worker.ends += 1
        this.#options.onEnd?.(worker, `ended with ${code ?? signal}: ${lastLogLine(worker.log)}`)
      }
      const wasShort = performance.now() - startedAt < RESTART_MS_MAX
      worker.restartMs = wasShort ? Math.min(RESTART_MS_MAX, worker.restartMs * 2) : RESTART_MS_MIN
      setTimeout(() => this.#isStopping || this.#spawn(worker), worker.restartMs)
    })
  }

  /** The site's settings as a worker has them: with the proxies' addresses where there are proxies. */
  #settings(): Settings {
    const { settings } = this.#site
    const port = (name: ProxyName) => this.proxies.get(name)?.port ?? portOf(settings, name)
    return {
      ...settings,
      postgresUrl: withPort(settings.postgresUrl, port('postgres')),
      postgresMigrateUrl: withPort(settings.postgresMigrateUrl, port('postgres')),
      kafkaBrokers: [`127.0.0.1:${port('kafka')}`],
      objectStoreEndpoint: withPort(settings.objectStoreEndpoint, port('objectStore')).replace(/\/$/, ''),
      temporalAddress: `127.0.0.1:${port('temporal')}`,
    }
  }

  #portMap(): string {
    const proxy = this.proxies.get('kafka')
    return proxy === undefined ? '' : `${portOf(this.#site.settings, 'kafka')}=${proxy.port}`
  }
}

function portOf(settings: Settings, name: ProxyName): number {
  const addresses = {
    postgres: settings.postgresUrl,
    kafka: `tcp://${settings.kafkaBrokers[0]}`,
    objectStore: settings.objectStoreEndpoint,
    temporal: `tcp://${settings.temporalAddress}`,
  }
  return Number(new URL(addresses[name]).port)
}

function withPort(address: string, port: number): string {
  const url = new URL(address)
  url.port = String(port)
  return url.href
}

async function isHealthy({ child, httpPort }: Worker): Promise<boolean> {
  if (child === undefined) return false
  const answer = fetch(`http://127.0.0.1:${httpPort}/healthz`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) })
  return answer.then(
    ({ ok }) => ok,
    () => false,
  )
}

async function stop({ child }: Worker): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGCONT')
  child.kill('SIGTERM')
  const tooLate = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
  await ended
  clearTimeout(tooLate)
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const probe = createServer()
  probe.listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as import('node:net').AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
