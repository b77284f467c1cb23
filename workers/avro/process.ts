/** The bridge from Avro as a process: put together, read, close. */
import { createKafka } from '../../platform/kafka/kafka.ts'
import { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { avroTopicsOf } from '../../platform/kafka/topics.ts'
import { createLogger } from '../../platform/log.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../../platform/process.ts'
import { SchemaRegistry } from '../../platform/schema-registry/schema-registry.ts'
import { definitions, type Settings } from '../../platform/settings/settings.ts'
import { startHeartbeat } from '../../platform/workers.ts'
import { bridgeAvro } from '../../streams/avro/bridge.ts'
import { WriterSchemas } from '../../streams/avro/writer-schemas.ts'
import { type AvroMetrics, createAvroMetrics } from './metrics.ts'

/**
 * Makes events of what other systems write in Avro until the process is asked to stop (SIGTERM, SIGINT).
 *
 * @param topicSuffix behind the names of topics and of the group, for tests that share a broker
 * @throws when no topic is named, a server does not answer at the start, or messages can no longer be read
 */
export async function runAvroWorker(
  settings: Settings,
  { topicSuffix = '' }: { topicSuffix?: string } = {},
): Promise<void> {
  const topics = avroTopicsOf(settings)
  if (topics.length === 0) {
    throw new Error(`worker avro: ${definitions.avroTopics.environment} names no topic, such as pos_transactions`)
  }
  const logger = createLogger(settings, 'avro')
  const stopRequest = stopRequested()
  const failed = Promise.withResolvers<never>()
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()
  const kafka = createKafka(settings, 'shelfline-avro', logger)
  const topicLogs = resources.adopt(new TopicLogs(kafka), (open) => open.disconnect())
  await topicLogs.connect()
  const schemas = new WriterSchemas(new SchemaRegistry(settings.schemaRegistryUrl), settings.timeZone)
  let metrics: AvroMetrics | undefined
  const bridge = resources.adopt(
    await bridgeAvro({
      kafka,
      topicLogs,
      logger,
      limits: settings,
      sessionTimeoutMs: settings.kafkaSessionTimeoutMs,
      topics,
      topicSuffix,
      schemas,
      onSent: (...counts) => metrics?.count(...counts),
      onFailed: failed.reject,
    }),
    (open) => open.stop(),
  )
  const problem = () => bridge.problem()
  metrics = createAvroMetrics(registry, problem, () => schemas.size)
  const heartbeat = resources.adopt(
    await startHeartbeat({ settings, logger, registry, kind: 'avro', serves: topics, problem }),
    (open) => open.stop(),
  )
  resources.adopt(
    await serveProcessHealth({
      settings,
      logger,
      registry,
      // No restart brings the registry back.
      check: () => undefined,
      warnings: () => [...heartbeat.warnings(), ...[problem()].filter((text) => text !== undefined)],
    }),
    (open) => open.close(),
  )
  const reason = await Promise.race([stopRequest, failed.promise])
  logger.info({ reason }, 'stopping')
}
