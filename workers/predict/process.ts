/** The predictor as a process: put together, answer, close. */
import { isIP } from 'node:net'
import { KnowledgeKeeper } from '../../activities/forecasting/online/keeper.ts'
import { messageOf, requestOf } from '../../activities/forecasting/online/messages.ts'
import { Predictor } from '../../activities/forecasting/online/predictor.ts'
import { createLake } from '../../lake/lake.ts'
import { createDuckDb } from '../../platform/duckdb/duckdb.ts'
import { listen, stopServing } from '../../platform/http/serving.ts'
import { createKafka } from '../../platform/kafka/kafka.ts'
import { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../../platform/process.ts'
import { definitions, type Settings } from '../../platform/settings/settings.ts'
import { startHeartbeat } from '../../platform/workers.ts'
import { answerRequests } from '../../streams/forecasting/prediction-requests.ts'
import { createDoor } from './door.ts'
import { createPredictorMetrics, type PredictorMetrics } from './metrics.ts'

/** Requests come often: one that fails is better read again. */
const KAFKA_RETRIES = 4
const LATENCY_SAMPLES_MAX = 100

/**
 * Answers requests for forecasts until the process is asked to stop (SIGTERM, SIGINT). Those that are under way are answered.
 *
 * @param topicSuffix behind the names of topics and of the group, for tests that share a broker
 * @throws when a server does not answer at the start, or requests by Kafka can no longer be read
 */
export async function runPredictor(
  settings: Settings,
  { topicSuffix = '' }: { topicSuffix?: string } = {},
): Promise<void> {
  requireToken(settings)
  const logger = createLogger(settings, 'predictor')
  const stopRequest = stopRequested()
  const failed = Promise.withResolvers<never>()
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()
  const pool = resources.adopt(createPool(settings, logger, { via: 'predict' }), (open) => open.end())
  const objectStore = resources.adopt(createObjectStore(settings), (open) => open.close())
  const duckdb = resources.adopt(await createDuckDb(settings), (open) => open.closeSync())
  const onCheckpointFailed = ({ message }: Error) => logger.warn({ error: message }, 'a checkpoint was not written')
  const lake = createLake({ objectStore, database: duckdb, prefix: settings.lakePrefix, onCheckpointFailed })
  let metrics: PredictorMetrics | undefined
  const onLoaded = (part: string, milliseconds: number) => metrics?.loaded(part, milliseconds)
  const keeper = resources.adopt(
    await KnowledgeKeeper.open({ settings, pool, objectStore, duckdb, lake, logger, onLoaded }),
    (open) => open.close(),
  )
  metrics = createPredictorMetrics(registry, () => keeper.knowledge)
  const predictor = resources.adopt(new Predictor(() => keeper.knowledge), (open) => open.idle())
  keeper.follow()

  const kafka = createKafka(settings, 'shelfline-predictor', logger, { retries: KAFKA_RETRIES })
  const topicLogs = resources.adopt(new TopicLogs(kafka), (open) => open.disconnect())
  await topicLogs.connect()
  const requests = resources.adopt(
    await answerRequests({
      kafka,
      topicLogs,
      pool,
      logger,
      limits: settings,
      sessionTimeoutMs: settings.kafkaSessionTimeoutMs,
      topicSuffix,
      async answer(asked) {
        const answers = await predictor.answer(asked.map(requestOf))
        const nowMs = Date.now()
        return asked.map((request, index) => messageOf(request, answers[index]!, nowMs))
      },
      onAnswered({ answers, dead, knownAtMs }) {
        metrics.answered(
          'kafka',
          answers.map(({ model }) => model),
        )
        metrics.rejected('kafka', dead)
        const nowMs = Date.now()
        for (const atMs of knownAtMs.slice(0, LATENCY_SAMPLES_MAX)) metrics.observeKafka(Math.max(0, nowMs - atMs))
      },
      onFailed: failed.reject,
    }),
    (open) => open.stop(),
  )
  const server = resources.adopt(
    await listen(
      createDoor({ predictor, metrics, logger, token: settings.predictToken, requestsMax: settings.predictRequestsMax })
        .fetch,
      {
        host: settings.predictHost,
        port: settings.predictPort,
        certificate: { settings, logger },
        hint: `${definitions.predictHost.environment} and ${definitions.predictPort.environment} set where forecasts are asked for`,
      },
    ),
    stopServing,
  )
  const problem = () => requests.problem()
  const heartbeat = resources.adopt(
    await startHeartbeat({ settings, logger, registry, kind: 'predict', serves: [], problem }),
    (open) => open.stop(),
  )
  resources.adopt(
    await serveProcessHealth({
      settings,
      logger,
      registry,
      check: problem,
      warnings: () => [...keeper.warnings(), ...heartbeat.warnings()],
    }),
    (open) => open.close(),
  )
  logger.info({ url: `${server.url}/predict` }, 'forecasts are given')
  const reason = await Promise.race([stopRequest, failed.promise])
  logger.info({ reason }, 'stopping')
}

/** Who reaches the predictor may ask about every store. @throws when it would listen to others without a token */
function requireToken({ predictHost, predictToken }: Settings): void {
  const isLoopback =
    predictHost === 'localhost' || predictHost === '::1' || (isIP(predictHost) === 4 && predictHost.startsWith('127.'))
  if (isLoopback || predictToken !== '') return
  throw new Error(
    `predictor: ${definitions.predictHost.environment} is ${predictHost}, which others reach: set ${definitions.predictToken.environment}`,
  )
}
