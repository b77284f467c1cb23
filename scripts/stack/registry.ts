/** Apicurio's schema registry, natively: the schemas of the contracts, for programs that read and write Avro. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { findCached, withCached } from './cache.ts'
import { runCommand } from './command.ts'
import type { Instance, RegistryName } from './home.ts'
import { kafkaAddress } from './kafka.ts'
import { installJars } from './maven.ts'
import { noReport } from './progress.ts'
import type { LaunchCommand, Server, ServerContext } from './server.ts'
import { requireJava } from './toolchain.ts'

export const REGISTRY_VERSION = '3.3.3'
const ARCHIVE_SHA256 = 'f136b38102260cf5c665f62ab833d54a1d42ca32ad3d6c497c9722dcac29aaf4'
const JAVA_VERSION_MIN = [25]
const HEAP = '256m'
const REQUEST_TIMEOUT_MS = 3_000

export const registry: Server<RegistryName> = {
  name: 'registry',
  title: 'Schema registry',
  ports: ['registry', 'registryManagement'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 20_000,

  async prepare(report) {
    await requireJava(report, JAVA_VERSION_MIN)
    await withCached(
      'registry',
      REGISTRY_VERSION,
      async (folder) => {
        await installJars('registry', ARCHIVE_SHA256, folder, report)
        const [archive] = readdirSync(folder)
        await runCommand('tar', ['--extract', '--gzip', '--file', join(folder, archive!), '--directory', folder])
        rmSync(join(folder, archive!))
      },
      () => report('another process is downloading it'),
    )
  },

  launch: (context) => registryCommand(context, 'shelfline-registry'),

  async furnish() {},

  async probe(context) {
    const url = `${registryAddress(context).url}/subjects`
    const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    if (!ok) throw new Error(`${url} answers ${status}`)
  },
}

/** @param topic which keeps the schemas, and begins the names of two more */
export async function registryCommand(context: ServerContext, topic: string): Promise<LaunchCommand> {
  const { ports } = context
  return {
    command: await requireJava(noReport, JAVA_VERSION_MIN),
    arguments: [`-Xmx${HEAP}`, '-Djava.awt.headless=true', '-jar', runnable()],
    environment: {
      QUARKUS_HTTP_HOST: '127.0.0.1',
      QUARKUS_HTTP_PORT: String(ports.registry),
      QUARKUS_MANAGEMENT_HOST: '127.0.0.1',
      QUARKUS_MANAGEMENT_PORT: String(ports.registryManagement),
      APICURIO_STORAGE_KIND: 'kafkasql',
      APICURIO_KAFKASQL_BOOTSTRAP_SERVERS: kafkaAddress(context).brokers.join(','),
      APICURIO_KAFKASQL_TOPIC: topic,
      APICURIO_KAFKASQL_SNAPSHOTS_TOPIC: `${topic}-snapshots`,
      APICURIO_EVENTS_KAFKA_TOPIC: `${topic}-events`,
    },
  }
}

export const registryAddress = ({ ports }: Pick<ServerContext, 'ports'>): Required<Instance>['registry'] => ({
  url: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
})

/** The archive holds one folder, or the files themselves. */
function runnable(): string {
  const folder = findCached('registry', REGISTRY_VERSION)!
  const found = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) =>
    file.endsWith('quarkus-run.jar'),
  )
  return join(folder, found!)
}
