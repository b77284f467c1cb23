/** The webhook receiver as a process: put together, serve, close. */
import { createLocalDuckDb } from '../../platform/duckdb/duckdb.ts'
import { listen, stopServing } from '../../platform/http/serving.ts'
import { createKafka, createProducer } from '../../platform/kafka/kafka.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../../platform/process.ts'
import { definitions, type Settings } from '../../platform/settings/settings.ts'
import { createVault } from '../../platform/vault.ts'
import { startHeartbeat } from '../../platform/workers.ts'
import { Delivery } from './delivery.ts'
import { createMetrics, type ReceiverMetrics } from './metrics.ts'
import { createReceiver } from './receiver.ts'
import { SourceRegistry } from './registry.ts'

/** A sender waits for the answer: after some seconds a retry is better. */
const KAFKA_RETRIES = 2
const KAFKA_TIMEOUT_MS = 10_000

const REQUEST_MS_MAX = 30_000

/**
 * Receives events by HTTP until the process is asked to stop (SIGTERM, SIGINT). Requests that are under way are answered.
 *
 * @param topicSuffix behind the names of topics, for tests that share a broker
 * @throws when PostgreSQL does not answer at the start, or the address can't be listened on
 */
export async function runReceiver(
  settings: Settings,
  { topicSuffix = '' }: { topicSuffix?: string } = {},
): Promise<void> {
  const logger = createLogger(settings, 'receiver')
  const stopRequest = stopRequested()
  const metrics = createRegistry()
  await using resources = new AsyncDisposableStack()
  const pool = resources.adopt(createPool(settings, logger, { via: 'receive' }), (open) => open.end())
  const duckdb = resources.adopt(await createLocalDuckDb(settings), (open) => open.closeSync())
  const registry = resources.adopt(
    await SourceRegistry.open({ pool, duckdb, vault: createVault(settings), logger }),
    (open) => open.close(),
  )
  const kafka = createKafka(settings, 'shelfline-receiver', logger, {
    retries: KAFKA_RETRIES,
    requestTimeoutMs: KAFKA_TIMEOUT_MS,
  })
  const producer = resources.adopt(createProducer(kafka), (open) => open.disconnect())
  let counted: ReceiverMetrics | undefined
  const topicName = (name: string) => `${name}${topicSuffix}`
  const delivery = new Delivery({ producer, topicName, onSent: (...sent) => counted?.observeSend(...sent) })
  counted = createMetrics(metrics, () => delivery.awaySinceMs)
  const app = createReceiver({
    find: (sourceId) => registry.find(sourceId),
    delivery,
    metrics: counted,
    logger,
    bytesMax: settings.receiveBytesMax,
    requestsMax: settings.receiveRequestsMax,
    limits: settings,
  })
  const problem = () => (delivery.awaySinceMs === undefined ? undefined : 'Kafka does not answer')
  const heartbeat = resources.adopt(
    await startHeartbeat({ settings, logger, registry: metrics, kind: 'receive', serves: [], problem }),
    (open) => open.stop(),
  )
  const server = resources.adopt(
    await listen(app.fetch, {
      host: settings.receiveHost,
      port: settings.receivePort,
      certificate: { settings, logger },
      hint: `${definitions.receiveHost.environment} and ${definitions.receivePort.environment} set where events are received`,
    }),
    stopServing,
  )
  // Who sends a body this slowly holds a place that others wait for.
  server.server.requestTimeout = REQUEST_MS_MAX
  resources.adopt(
    await serveProcessHealth({
      settings,
      logger,
      registry: metrics,
      // No restart brings Kafka back.
      check: () => undefined,
      warnings: () => [...heartbeat.warnings(), ...[problem()].filter((text) => text !== undefined)],
    }),
    (open) => open.close(),
  )
  logger.info({ url: `${server.url}/ingest/v1` }, 'events are received')
  const reason = await stopRequest
  logger.info({ reason }, 'stopping')
}
