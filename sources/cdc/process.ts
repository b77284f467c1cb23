/** The mapper of changes as a process: put together, run, close. */
import { createLocalDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createKafka } from '../../platform/kafka/kafka.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../../platform/process.ts'
import { definitions, isGiven, type Settings } from '../../platform/settings/settings.ts'
import { startHeartbeat } from '../../platform/workers.ts'
import { ConnectorWatch } from './connector-watch.ts'
import { createCdcMetrics } from './metrics.ts'
import { CdcStreams } from './streams.ts'

/**
 * Makes events of the changes that Debezium reads in other databases, until the process is asked to stop (SIGTERM, SIGINT).
 *
 * @param topicSuffix behind the names of topics of events, for tests that share a broker
 * @throws when PostgreSQL does not answer at the start
 */
export async function runCdcWorker(
  settings: Settings,
  { topicSuffix = '' }: { topicSuffix?: string } = {},
): Promise<void> {
  const logger = createLogger(settings, 'cdc')
  const stopRequest = stopRequested()
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()
  const pool = resources.adopt(createPool(settings, logger, { via: 'cdc' }), (open) => open.end())
  const duckdb = resources.adopt(await createLocalDuckDb(settings), (open) => open.closeSync())
  const streams: { current: CdcStreams | undefined } = { current: undefined }
  const problem = () => streams.current?.problem()
  const heartbeat = resources.adopt(
    await startHeartbeat({ settings, logger, registry, kind: 'cdc', serves: [], problem }),
    (open) => open.stop(),
  )
  streams.current = resources.adopt(
    new CdcStreams({
      kafka: createKafka(settings, 'shelfline-cdc', logger),
      pool,
      duckdb,
      logger,
      metrics: createCdcMetrics(registry),
      limits: settings,
      topicSuffix,
    }),
    (open) => open.stop(),
  )
  // Without an address there may be no Connect, or another instance's.
  if (isGiven(definitions.connectUrl)) {
    resources.adopt(new ConnectorWatch({ url: settings.connectUrl, pool, logger, registry }), (open) => open.stop())
  }
  resources.adopt(
    await serveProcessHealth({
      settings,
      logger,
      registry,
      // No restart brings back a server or changes a map.
      check: () => undefined,
      warnings: () => [...heartbeat.warnings(), ...[problem()].filter((text) => text !== undefined)],
    }),
    (open) => open.close(),
  )
  const reason = await stopRequest
  logger.info({ reason }, 'stopping')
}
