/** Kafka Connect with Debezium's connector for PostgreSQL, natively: it reads the changes of other databases into Kafka. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findCached, withCached } from './cache.ts'
import type { CaptureName, Home, Instance } from './home.ts'
import { kafkaAddress, loggingSettings } from './kafka.ts'
import { installJars } from './maven.ts'
import { noReport } from './progress.ts'
import type { LaunchCommand, Server, ServerContext } from './server.ts'
import { requireJava } from './toolchain.ts'

export const CONNECT_VERSION = '4.3.1'
export const DEBEZIUM_VERSION = '3.6.1.Final'
const CONNECT_SHA256 = '6ba14992bbc6d352c61c401dbeabb73c072436d846dd69eb15fbf2b20809e68d'
const DEBEZIUM_SHA256 = '8d011fcf472b67abd882f08b3041dbe4377e75ed8f282653afa0a45d3c44c715'
const HEAP = '384m'
const REQUEST_TIMEOUT_MS = 3_000

const connect: Server<CaptureName> = {
  name: 'connect',
  title: 'Kafka Connect',
  ports: ['connect'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 20_000,

  async prepare(report) {
    await requireJava(report)
    const onWait = () => report('another process is downloading it')
    await withCached(
      'connect',
      CONNECT_VERSION,
      (folder) => installJars('connect', CONNECT_SHA256, folder, report),
      onWait,
    )
    await withCached(
      'debezium',
      DEBEZIUM_VERSION,
      (folder) => installJars('debezium', DEBEZIUM_SHA256, join(folder, 'postgres'), report),
      onWait,
    )
  },

  launch: (context) => connectCommand(context),

  async furnish() {},

  async probe({ ports }) {
    const url = `http://127.0.0.1:${ports.connect}/connectors`
    const { ok, status } = await fetch(url, { signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) })
    if (!ok) throw new Error(`${url} answers ${status}`)
  },
}

/** How it is run. @param group names what its workers share; another group has connectors of its own */
export async function connectCommand(context: ServerContext, group = 'shelfline-connect'): Promise<LaunchCommand> {
  const { home } = context
  mkdirSync(secretsFolder(home), { recursive: true, mode: 0o700 })
  const logging = home.path('connect', 'log4j2.properties')
  writeFileSync(logging, loggingSettings)
  const settings = home.path('connect', 'worker.properties')
  writeFileSync(settings, propertiesOf(context, group), { mode: 0o600 })
  return {
    command: await requireJava(noReport),
    arguments: [
      '-cp',
      join(findCached('connect', CONNECT_VERSION)!, '*'),
      `-Dlog4j2.configurationFile=${logging}`,
      '-Djava.awt.headless=true',
      `-Xmx${HEAP}`,
      'org.apache.kafka.connect.cli.ConnectDistributed',
      settings,
    ],
  }
}

export const captures: readonly Server<CaptureName>[] = [connect]

export const connectAddress = ({ home, ports }: ServerContext): Required<Instance>['connect'] => ({
  url: `http://127.0.0.1:${ports.connect}`,
  secretsFolder: secretsFolder(home),
})

/** A file for each secret of a connector: its configuration, which is in Kafka, only names it. */
export const secretsFolder = (home: Home): string => home.path('connect', 'secrets')

function propertiesOf(context: ServerContext, group: string): string {
  const lines = Object.entries(workerSettings(context, group)).map(([name, value]) => `${name}=${value}\n`)
  return lines.join('')
}

/** The same as in `docker/compose.yaml`. */
function workerSettings(context: ServerContext, group: string): Record<string, string | number | boolean> {
  const { home, ports } = context
  return {
    'bootstrap.servers': kafkaAddress(context).brokers.join(','),
    listeners: `http://127.0.0.1:${ports.connect}`,
    'group.id': group,
    'config.storage.topic': `${group}-configs`,
    'offset.storage.topic': `${group}-offsets`,
    'status.storage.topic': `${group}-status`,
    'config.storage.replication.factor': 1,
    'offset.storage.replication.factor': 1,
    'status.storage.replication.factor': 1,
    'offset.storage.partitions': 5,
    'status.storage.partitions': 1,
    'offset.flush.interval.ms': 5_000,
    // A change is in Kafka once, also when Connect is killed.
    'exactly.once.source.support': 'enabled',
    'key.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'key.converter.schemas.enable': false,
    'value.converter.schemas.enable': false,
    'plugin.path': findCached('debezium', DEBEZIUM_VERSION)!.replaceAll('\\', '\\\\'),
    'plugin.discovery': 'service_load',
    ...clientSettings(context),
    'config.providers': 'secrets',
    'config.providers.secrets.class': 'org.apache.kafka.common.config.provider.DirectoryConfigProvider',
    'config.providers.secrets.param.allowed.paths': secretsFolder(home).replaceAll('\\', '\\\\'),
  }
}

/** How its clients speak to the Kafka of a secure instance: the worker itself, and what it makes for connectors. */
function clientSettings(context: ServerContext): Record<string, string> {
  if (context.security === undefined) return {}
  const { user, password } = kafkaAddress(context)
  const login = 'org.apache.kafka.common.security.scram.ScramLoginModule'
  const settings = {
    'security.protocol': 'SASL_SSL',
    'sasl.mechanism': 'SCRAM-SHA-512',
    'sasl.jaas.config': `${login} required username="${user}" password="${password}";`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': context.security.caFile.replaceAll('\\', '\\\\'),
  }
  const prefixes = ['', 'producer.', 'consumer.', 'admin.']
  return Object.fromEntries(
    prefixes.flatMap((prefix) => Object.entries(settings).map(([name, value]) => [`${prefix}${name}`, value])),
  )
}
