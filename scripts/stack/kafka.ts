import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { KafkaSettings } from '../../platform/kafka/security.ts'
import { findCached, withCached } from './cache.ts'
import { runCommand } from './command.ts'
import type { Home, Instance } from './home.ts'
import { installJars } from './maven.ts'
import { kafkaHeap, type Ports } from './ports.ts'
import { noReport } from './progress.ts'
import { type Security, SUPERUSERS } from './security.ts'
import type { Server, ServerContext } from './server.ts'
import { requireJava } from './toolchain.ts'

export const KAFKA_VERSION = '4.3.1'
const JARS_SHA256 = '6ec06d79b919ba5ec333949902d286b13161a5c4360f7ef64a3600ee0604abd0'
const REQUEST_TIMEOUT_MS = 3_000

export const kafka: Server = {
  name: 'kafka',
  title: 'Kafka',
  ports: ['kafka', 'kafkaController'],
  securePorts: ['kafka', 'kafkaController', 'kafkaInternal'],
  stopSignal: 'SIGTERM',
  stopWaitMs: 20_000,

  async prepare(report) {
    await requireJava(report)
    await withCached(
      'kafka',
      KAFKA_VERSION,
      (folder) => installJars('kafka', JARS_SHA256, folder, report),
      () => report('another process is downloading it'),
    )
  },

  async launch(context) {
    const { home } = context
    const java = await requireJava(noReport)
    const dataFolder = home.dataFolder('kafka')
    writeFileSync(loggingFile(home), loggingSettings)
    if (!existsSync(dataFolder)) await format(java, context, dataFolder)
    const settingsFile = writeSettings(context, dataFolder)
    const heap = kafkaHeap()
    return {
      command: java,
      arguments: [...javaFlags(home), `-Xms${heap}`, `-Xmx${heap}`, '-XX:+UseG1GC', 'kafka.Kafka', settingsFile],
    }
  },

  async furnish(context) {
    if (context.security === undefined) return
    const { furnishKafka } = await import('./kafka-users.ts')
    await furnishKafka(context, context.security)
  },

  async probe(context) {
    await probeKafka(kafkaAddress(context), context.security?.caFile)
  },
}

export const kafkaAddress = ({ ports, secrets, security }: ServerContext): Instance['kafka'] => ({
  brokers: [`127.0.0.1:${ports.kafka}`],
  ...(security && {
    protocol: 'sasl_ssl',
    mechanism: 'scram-sha-512',
    user: 'shelfline_app',
    password: secrets.kafkaApp,
  }),
})

/** Names that spread over the partitions in which Kafka keeps its consumer groups. */
const PROBED_GROUPS = Array.from({ length: 24 }, (_, index) => `shelfline-ready-${index}`)

/** Ready means that topics can be listed and groups joined: a new broker takes a moment longer for the second. */
export async function probeKafka(address: Instance['kafka'], caFile = ''): Promise<void> {
  const { Kafka, logLevel } = await import('kafkajs')
  const { kafkaSecurity } = await import('../../platform/kafka/security.ts')
  const admin = new Kafka({
    clientId: 'shelfline-stack',
    brokers: address.brokers,
    ...kafkaSecurity(kafkaSettings(address, caFile)),
    connectionTimeout: REQUEST_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  }).admin()
  try {
    await admin.connect()
    await admin.listTopics()
    await admin.describeGroups(PROBED_GROUPS)
  } catch (error) {
    // Where the broker closed the connection or was late, the only attempt of kafkajs ends with an error in its own code.
    if (error instanceof TypeError) throw new Error('the broker did not answer a request for its metadata in time')
    throw error
  } finally {
    await admin.disconnect()
  }
}

/** What an instance's address is as settings of the client. */
export const kafkaSettings = (
  { brokers, protocol, mechanism = 'scram-sha-512', user = '', password = '' }: Instance['kafka'],
  caFile: string,
): KafkaSettings => ({
  kafkaBrokers: brokers,
  kafkaProtocol: protocol ?? 'plaintext',
  kafkaMechanism: mechanism,
  kafkaUser: user,
  kafkaPassword: password,
  kafkaPasswordFile: '',
  kafkaTokenUrl: '',
  kafkaTokenScope: '',
  caFile,
  clientCertificateFile: '',
  clientKeyFile: '',
})

/** Formats the log folder beside its place and renames it, so that a killed format leaves nothing that looks finished. */
async function format(java: string, context: ServerContext, dataFolder: string): Promise<void> {
  const unfinished = `${dataFolder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  const clusterId = randomBytes(16).toString('base64url')
  await runCommand(java, [
    ...javaFlags(context.home),
    '-XX:TieredStopAtLevel=1',
    'kafka.tools.StorageTool',
    'format',
    '--standalone',
    `--cluster-id=${clusterId}`,
    '--config',
    writeSettings(context, unfinished),
  ])
  renameSync(unfinished, dataFolder)
}

const javaFlags = (home: Home) => [
  '-cp',
  join(findCached('kafka', KAFKA_VERSION)!, '*'),
  `-Dlog4j2.configurationFile=${loggingFile(home)}`,
  '-Djava.awt.headless=true',
]

function writeSettings({ home, ports, security }: ServerContext, dataFolder: string): string {
  const file = home.path('kafka.properties')
  const settings = { ...serverSettings(ports, dataFolder), ...(security && tlsSettings(home, ports, security)) }
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

/**
 * Users sign in with passwords (SCRAM) on the port of clients; brokers, and programs that have a certificate, show it on another. What no rule
 * allows is denied, also to clients that are signed in.
 */
function tlsSettings(home: Home, ports: Ports, security: Security): Record<string, string | boolean> {
  const { certificate, key } = security.server('kafka')
  const keyStore = home.path('tls', 'kafka.keystore.pem')
  writeFileSync(keyStore, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'), { mode: 0o600 })
  const listeners = [
    `SASL_SSL://127.0.0.1:${ports.kafka}`,
    `INTERNAL://127.0.0.1:${ports.kafkaInternal}`,
    `CONTROLLER://127.0.0.1:${ports.kafkaController}`,
  ].join(',')
  return {
    listeners,
    'advertised.listeners': listeners,
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,INTERNAL:SSL,CONTROLLER:SSL',
    'inter.broker.listener.name': 'INTERNAL',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': security.caFile,
    'listener.name.internal.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
    'ssl.principal.mapping.rules': 'RULE:^CN=([a-z_]+)$/$1/,DEFAULT',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${SUPERUSERS.kafka}`,
    'allow.everyone.if.no.acl.found': false,
  }
}

function serverSettings(ports: Ports, dataFolder: string): Record<string, string | number | boolean> {
  const broker = `PLAINTEXT://127.0.0.1:${ports.kafka}`
  const controller = `127.0.0.1:${ports.kafkaController}`
  return {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': controller,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `${broker},CONTROLLER://${controller}`,
    'advertised.listeners': `${broker},CONTROLLER://${controller}`,
    'log.dirs': dataFolder.replaceAll('\\', '\\\\'),
    'auto.create.topics.enable': false,
    // One node: what a cluster would keep three times is kept once.
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 10,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    // A killed worker's partitions should move on in seconds, and a first worker should not wait for a second.
    'group.min.session.timeout.ms': 1_000,
    'group.initial.rebalance.delay.ms': 0,
    'log.retention.hours': 7 * 24,
    'log.segment.bytes': 256 * 1024 * 1024,
    'log.cleaner.dedupe.buffer.size': 16 * 1024 * 1024,
    // The limit of a topic without one of its own. State topics take 8 MiB: replicas must be able to fetch it.
    'message.max.bytes': 1_048_588,
    'replica.fetch.max.bytes': 16 * 1024 * 1024,
    'num.network.threads': 3,
    'num.io.threads': 4,
  }
}

const loggingFile = (home: Home) => home.path('kafka-log4j2.properties')

export const loggingSettings = `status = error
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{ISO8601} %p %m (%c)%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
`
