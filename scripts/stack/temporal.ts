import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Connection } from '@temporalio/client'
import { findCached } from './cache.ts'
import { buildGoProgram } from './go-build.ts'
import type { Instance } from './home.ts'
import { chosenRelease, type Program, prepareProgram, type Release, releaseSettings } from './release.ts'
import type { Server, ServerContext } from './server.ts'
import { launchTemporalServer, prepareTemporalServer } from './temporal-server.ts'
import { findMachineTemporal } from './toolchain.ts'

export const TEMPORAL_VERSION = '1.5.1'
const PACKAGE = 'github.com/temporalio/cli/cmd/temporal'
const VERSION_VARIABLE = 'github.com/temporalio/cli/temporalcli.Version'
const NAMESPACE = 'default'
const RETENTION_DAYS = 30
const REQUEST_TIMEOUT_MS = 3_000

/** What workflows are found by in the Web UI. */
export const searchAttributes = { BusinessDate: 'Keyword', Pipeline: 'Keyword', Asset: 'Keyword' } as const

/** Three times the workflow starts a second of SQLite's defaults (450 to 145); only a power cut can lose the last ones. */
const sqlitePragmas = { journal_mode: 'WAL', synchronous: 'NORMAL' }

export const temporal: Server = {
  name: 'temporal',
  title: 'Temporal',
  ports: ['temporal', 'temporalUi', 'temporalMetrics'],
  securePorts: ['temporal', 'temporalMetrics'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 10_000,

  async prepare(report, signal, isSecure) {
    if (isSecure) return prepareTemporalServer(report, signal)
    if ((await findMachineTemporal()) !== undefined) return
    const release = chosenRelease(releaseSettings.temporalUrl, releaseSettings.temporalSha256, officialRelease())
    await prepareProgram({ name: 'temporal', version: TEMPORAL_VERSION, release, build }, report, signal)
  },

  async launch(context) {
    const { home, ports, security } = context
    const dataFolder = home.dataFolder('temporal')
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    const databaseFile = join(dataFolder, 'temporal.db')
    if (security !== undefined)
      return launchTemporalServer(context, security, { databaseFile, pragmas: sqlitePragmas, namespace: NAMESPACE })
    return {
      command: await temporalCommand(),
      arguments: [
        'server',
        'start-dev',
        '--db-filename',
        databaseFile,
        '--ip',
        '127.0.0.1',
        '--port',
        String(ports.temporal),
        '--ui-port',
        String(ports.temporalUi),
        '--metrics-port',
        String(ports.temporalMetrics),
        '--namespace',
        NAMESPACE,
        '--log-level',
        'warn',
        ...Object.entries(sqlitePragmas).flatMap(([name, value]) => ['--sqlite-pragma', `${name}=${value}`]),
        ...Object.entries(searchAttributes).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
      ],
    }
  },

  async furnish(context) {
    await withConnection(context, async (connection) => {
      await keepHistory(connection, NAMESPACE)
      await nameSearchAttributes(connection)
    })
  },

  async probe(context) {
    await withConnection(context, ({ workflowService }) =>
      workflowService.listWorkflowExecutions({ namespace: NAMESPACE, pageSize: 1 }),
    )
  },
}

export const temporalAddress = ({ ports, secrets, security }: ServerContext): Instance['temporal'] => ({
  // A name: the names of addresses are not sent when a connection begins.
  address: `${security === undefined ? '127.0.0.1' : 'localhost'}:${ports.temporal}`,
  namespace: NAMESPACE,
  uiUrl: `http://127.0.0.1:${ports.temporalUi}`,
  ...(security && { tls: 'on', payloadKey: secrets.payloadKey }),
})

/** The `temporal` command: the machine's when it is new enough, else the one that `prepare` has put into the cache. */
export async function temporalCommand(): Promise<string> {
  const machine = await findMachineTemporal()
  return machine?.path ?? join(findCached('temporal', TEMPORAL_VERSION)!, 'temporal')
}

/** SHA-256 of the release's archives, by platform as Node names it. */
const releaseSha256: Record<string, string> = {
  'linux-x64': 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  'linux-arm64': 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
  'darwin-arm64': 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
}

function officialRelease(): Release | undefined {
  const sha256 = releaseSha256[`${process.platform}-${process.arch}`]
  if (sha256 === undefined) return undefined
  const file = `temporal_cli_${TEMPORAL_VERSION}_${process.platform}_${process.arch === 'x64' ? 'amd64' : 'arm64'}.tar.gz`
  return { url: `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_VERSION}/${file}`, sha256 }
}

const build: Program['build'] = (file, report, signal) =>
  buildGoProgram('temporal', PACKAGE, file, `-X ${VERSION_VARIABLE}=${TEMPORAL_VERSION}`, report, signal)

/** Makes the namespace where it is not there, and keeps a closed workflow visible for a month, not for the day that `start-dev` gives it. */
async function keepHistory({ workflowService }: Connection, namespace: string): Promise<void> {
  const retention = { seconds: (RETENTION_DAYS * 24 * 60 * 60) as never }
  const known = await workflowService.describeNamespace({ namespace }).catch((error: Error & { code?: number }) => {
    if (error.code === NOT_FOUND) return undefined
    throw error
  })
  if (known === undefined) {
    await workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: retention })
  } else if (Number(known.config?.workflowExecutionRetentionTtl?.seconds ?? 0) < Number(retention.seconds)) {
    await workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl: retention } })
  }
}

/** `start-dev` gets them when it starts. Processes of a secure instance may not add any. */
async function nameSearchAttributes(connection: Connection): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace: NAMESPACE })
  const missing = Object.keys(searchAttributes).filter((name) => !(name in customAttributes))
  if (missing.length === 0) return
  const [{ Client }, { addSearchAttributes }] = await Promise.all([
    import('@temporalio/client'),
    import('../../platform/temporal/search-attributes.ts'),
  ])
  await addSearchAttributes(new Client({ connection, namespace: NAMESPACE }), missing)
}

/** gRPC's code. */
const NOT_FOUND = 5

async function withConnection<Result>(
  context: ServerContext,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const [{ Connection }, { temporalConnection }] = await Promise.all([
    import('@temporalio/client'),
    import('../../platform/temporal/temporal.ts'),
  ])
  const connection = await Connection.connect({
    ...temporalConnection(temporalSettings(context)),
    connectTimeout: REQUEST_TIMEOUT_MS,
  })
  try {
    return await connection.withDeadline(Date.now() + REQUEST_TIMEOUT_MS, () => work(connection))
  } finally {
    await connection.close()
  }
}

/** As settings of the client, who administers the server. */
function temporalSettings(context: ServerContext) {
  const { address, tls = 'off' } = temporalAddress(context)
  const own = context.security?.server('temporal')
  return {
    temporalAddress: address,
    temporalTls: tls,
    temporalApiKey: '',
    temporalApiKeyFile: '',
    caFile: context.security?.caFile ?? '',
    clientCertificateFile: own?.certificate ?? '',
    clientKeyFile: own?.key ?? '',
  } as const
}
