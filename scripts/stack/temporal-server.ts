/**
 * Temporal of a secure instance. `temporal server start-dev` has neither TLS nor rights: this is Temporal's server itself with the rights of
 * `temporal-rights.ts`, and its Web UI as a program of its own, built from the modules that `temporal` is built from.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { findCached } from './cache.ts'
import { buildGoProgram } from './go-build.ts'
import { type Home, TEMPORAL_UI } from './home.ts'
import { findFreePort, type Ports } from './ports.ts'
import type { Report } from './progress.ts'
import { prepareProgram } from './release.ts'
import { type Security, securityOf, TEMPORAL_UI_CLIENT } from './security.ts'
import type { LaunchCommand, Server, ServerContext } from './server.ts'
import { temporalRightsFile } from './temporal-rights.ts'

/** The last number is that of our own program. */
const VERSION = '1.29.1-2'
const UI_VERSION = '2.42.1'
const SERVER = 'temporal-server'
const UI = 'temporal-ui'
const HOST = '127.0.0.1'
const REQUEST_TIMEOUT_MS = 3_000

/** Each is a program of the module in `temporal/`. */
const programs = [
  { name: SERVER, version: VERSION, package: './server' },
  { name: UI, version: UI_VERSION, package: 'github.com/temporalio/ui-server/v2/cmd/server' },
] as const

const fileOf = (name: string, version: string): string => join(findCached(name, version)!, name)

export async function prepareTemporalServer(report: Report, signal?: AbortSignal): Promise<void> {
  for (const { name, version, package: programPackage } of programs) {
    const build = (file: string, told: Report, stop?: AbortSignal) =>
      buildGoProgram('temporal', programPackage, file, '', told, stop)
    await prepareProgram({ name, version, release: undefined, build }, report, signal)
  }
}

export async function launchTemporalServer(
  { home, ports }: ServerContext,
  security: Security,
  { databaseFile, pragmas, namespace }: { databaseFile: string; pragmas: Record<string, string>; namespace: string },
): Promise<LaunchCommand> {
  const folder = home.path('temporal')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const settings = await serverSettings(ports, security, { databaseFile, pragmas })
  writeFileSync(join(folder, 'shelfline.yaml'), stringify(settings), { mode: 0o600 })
  const rights = join(folder, 'rights.json')
  writeFileSync(rights, JSON.stringify(temporalRightsFile(namespace), undefined, 2), { mode: 0o600 })
  return { command: fileOf(SERVER, VERSION), arguments: [folder, rights] }
}

/** Services listen on ports of their own, which only they use; also among themselves they show certificates. */
async function serverSettings(
  ports: Ports,
  security: Security,
  { databaseFile, pragmas }: { databaseFile: string; pragmas: Record<string, string> },
): Promise<object> {
  const taken: number[] = Object.values(ports)
  const own = async () => {
    const port = await findFreePort(taken)
    taken.push(port)
    return port
  }
  const service = async (grpcPort?: number) => ({
    rpc: { grpcPort: grpcPort ?? (await own()), membershipPort: await own(), bindOnIP: HOST },
  })
  const { certificate: certFile, key: keyFile } = security.server('temporal')
  const server = { certFile, keyFile, clientCaFiles: [security.caFile], requireClientAuth: true }
  const client = { serverName: 'localhost', rootCaFiles: [security.caFile] }
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'sqlite',
      visibilityStore: 'sqlite',
      numHistoryShards: 1,
      datastores: {
        sqlite: {
          sql: {
            pluginName: 'sqlite',
            databaseName: databaseFile,
            connectAddr: 'localhost',
            connectProtocol: 'tcp',
            connectAttributes: { mode: 'rwc', setup: 'true', ...pragmas },
          },
        },
      },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: HOST },
      metrics: { prometheus: { listenAddress: `${HOST}:${ports.temporalMetrics}`, handlerPath: '/metrics' } },
      tls: {
        internode: { server, client },
        frontend: { server, client },
        systemWorker: { certFile, keyFile, client },
      },
    },
    services: {
      frontend: await service(ports.temporal),
      history: await service(),
      matching: await service(),
      worker: await service(),
    },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcAddress: `${HOST}:${ports.temporal}` },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } },
    namespaceDefaults: { archival: { history: { state: 'disabled' }, visibility: { state: 'disabled' } } },
    publicClient: { hostPort: `localhost:${ports.temporal}` },
  }
}

/**
 * It has no sign-in: it shows workflows, whose payloads are encrypted, and changes nothing. Its own address is this machine's alone.
 */
export const temporalUi: Server<typeof TEMPORAL_UI> = {
  name: TEMPORAL_UI,
  title: 'Temporal Web UI',
  ports: ['temporalUi'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 10_000,

  prepare: prepareTemporalServer,

  async launch({ home, ports }) {
    const folder = home.path('temporal', 'ui')
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    writeFileSync(join(folder, 'shelfline.yaml'), stringify(uiSettings(home, ports)), { mode: 0o600 })
    return {
      command: fileOf(UI, UI_VERSION),
      arguments: ['--root', folder, '--config', '.', '--env', 'shelfline', 'start'],
    }
  },

  async furnish() {},

  async probe({ ports }) {
    const url = `http://${HOST}:${ports.temporalUi}/healthz`
    const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    if (!ok) throw new Error(`${url} answers ${status}`)
  },
}

function uiSettings(home: Home, ports: Ports): object {
  const security = securityOf(home)!
  const { certificate, key } = security.client(TEMPORAL_UI_CLIENT)
  return {
    host: HOST,
    port: ports.temporalUi,
    temporalGrpcAddress: `localhost:${ports.temporal}`,
    enableUi: true,
    disableWriteActions: true,
    notifyOnNewVersion: false,
    hideLogs: true,
    cors: { cookieInsecure: true },
    tls: {
      caFile: security.caFile,
      certFile: certificate,
      keyFile: key,
      enableHostVerification: true,
      serverName: 'localhost',
    },
  }
}
