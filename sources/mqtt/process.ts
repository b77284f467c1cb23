/** The bridge from MQTT as a process: put together, serve, close. */
import { createLocalDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createKafka, createProducer } from '../../platform/kafka/kafka.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../../platform/process.ts'
import { definitions, type Settings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { startHeartbeat } from '../../platform/workers.ts'
import { Delivery } from '../receive/delivery.ts'
import { SourceRegistry } from '../receive/registry.ts'
import { Bridge } from './bridge.ts'
import { Devices, readDevices } from './device.ts'
import { createMqttMetrics } from './metrics.ts'
import { Statuses } from './statuses.ts'

/** A device waits for the acknowledgement: after some seconds a new connection is better. */
const KAFKA_RETRIES = 2
const KAFKA_TIMEOUT_MS = 10_000

/**
 * Takes messages of devices by MQTT until the process is asked to stop (SIGTERM, SIGINT). Messages that were read are still stored.
 *
 * @param topicSuffix behind the names of topics, for tests that share a broker
 * @throws when PostgreSQL does not answer at the start, or the address can't be listened on
 */
export async function runMqttWorker(
  settings: Settings,
  { topicSuffix = '' }: { topicSuffix?: string } = {},
): Promise<void> {
  const logger = createLogger(settings, 'mqtt')
  const stopRequest = stopRequested()
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()
  const pool = resources.adopt(createPool(settings, logger, { via: 'mqtt' }), (open) => open.end())
  const duckdb = resources.adopt(await createLocalDuckDb(settings), (open) => open.closeSync())
  const sources = resources.adopt(
    await SourceRegistry.open({ pool, duckdb, vault: createVault(settings), logger }),
    (open) => open.close(),
  )
  const devices = resources.adopt(await Devices.open(() => readDevices(pool), logger), (open) => open.close())
  const kafka = createKafka(settings, 'shelfline-mqtt', logger, {
    retries: KAFKA_RETRIES,
    requestTimeoutMs: KAFKA_TIMEOUT_MS,
  })
  const producer = resources.adopt(createProducer(kafka), (open) => open.disconnect())
  const delivery = new Delivery({ producer, topicName: (name) => `${name}${topicSuffix}` })
  const problem = () => (delivery.awaySinceMs === undefined ? undefined : 'Kafka does not answer')
  let bridge: Bridge | undefined
  const metrics = createMqttMetrics(registry, () => delivery.awaySinceMs, {
    connections: () => bridge?.connections ?? 0,
    messages: () => bridge?.messages ?? 0,
  })
  const statuses = resources.adopt(
    new Statuses({ store: delivery, sourceId: 'devices', timeZone: settings.timeZone, logger }),
    (open) => open.stop(),
  )
  bridge = resources.adopt(
    await Bridge.open({
      devices,
      find: (sourceId) => sources.find(sourceId),
      store: delivery,
      statuses,
      metrics,
      logger,
      limits: settings,
      problem,
      host: settings.mqttHost,
      port: settings.mqttPort,
      hint: `${definitions.mqttHost.environment} and ${definitions.mqttPort.environment} set where devices send`,
      certificate: { settings, logger },
      connectionsMax: settings.mqttConnectionsMax,
      packetBytesMax: settings.mqttPacketBytesMax,
    }),
    (open) => open.stop(),
  )
  const heartbeat = resources.adopt(
    await startHeartbeat({ settings, logger, registry, kind: 'mqtt', serves: [], problem }),
    (open) => open.stop(),
  )
  resources.adopt(
    await serveProcessHealth({
      settings,
      logger,
      registry,
      // No restart brings Kafka back.
      check: () => undefined,
      warnings: () => [...heartbeat.warnings(), ...[problem()].filter((text) => text !== undefined)],
    }),
    (open) => open.close(),
  )
  logger.info({ url: bridge.url, devices: devices.size }, 'messages of devices are taken')
  const reason = await stopRequest
  logger.info({ reason }, 'stopping')
}
