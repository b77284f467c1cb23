import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findCached } from './cache.ts'
import { buildGoProgram } from './go-build.ts'
import type { Instance } from './home.ts'
import { chosenRelease, type Program, prepareProgram, type Release, releaseSettings } from './release.ts'
import type { Server, ServerContext } from './server.ts'
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
  stopSignal: 'SIGTERM',
  stopWaitMs: 10_000,

  async prepare(report, signal) {
    if ((await findMachineTemporal()) !== undefined) return
    const release = chosenRelease(releaseSettings.temporalUrl, releaseSettings.temporalSha256, officialRelease())
    await prepareProgram({ name: 'temporal', version: TEMPORAL_VERSION, release, build }, report, signal)
  },

  async launch({ home, ports }) {
    const dataFolder = home.dataFolder('temporal')
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    return {
      command: await temporalCommand(),
      arguments: [
        'server',
        'start-dev',
        '--db-filename',
        join(dataFolder, 'temporal.db'),
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
    await keepHistory(temporalAddress(context))
  },

  async probe(context) {
    await probeTemporal(temporalAddress(context))
  },
}

export const temporalAddress = ({ ports }: ServerContext): Instance['temporal'] => ({
  address: `127.0.0.1:${ports.temporal}`,
  namespace: NAMESPACE,
  uiUrl: `http://127.0.0.1:${ports.temporalUi}`,
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

/** A closed workflow stays visible for a month, not for the day that `start-dev` gives it. */
async function keepHistory(address: Instance['temporal']): Promise<void> {
  const seconds = RETENTION_DAYS * 24 * 60 * 60
  await withConnection(address, async ({ workflowService }) => {
    const { config } = await workflowService.describeNamespace({ namespace: address.namespace })
    if (Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0) >= seconds) return
    await workflowService.updateNamespace({
      namespace: address.namespace,
      config: { workflowExecutionRetentionTtl: { seconds: seconds as never } },
    })
  })
}

export async function probeTemporal(address: Instance['temporal']): Promise<void> {
  await withConnection(address, async ({ workflowService }) => {
    await workflowService.listWorkflowExecutions({ namespace: address.namespace, pageSize: 1 })
  })
}

async function withConnection<Result>(
  { address }: Instance['temporal'],
  work: (connection: import('@temporalio/client').Connection) => Promise<Result>,
): Promise<Result> {
  const { Connection } = await import('@temporalio/client')
  const connection = await Connection.connect({ address, connectTimeout: REQUEST_TIMEOUT_MS })
  try {
    return await connection.withDeadline(Date.now() + REQUEST_TIMEOUT_MS, () => work(connection))
  } finally {
    await connection.close()
  }
}
