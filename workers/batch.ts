import {
  type ActivityInboundCallsInterceptorFactory,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker'
import { dropAbandonedResults } from '../activities/assets/framework/results.ts'
import { dropAbandonedStaging } from '../activities/assets/framework/staging.ts'
import { assets } from '../activities/assets/index.ts'
import { exportNewestDates } from '../activities/backfill/ledger-metrics.ts'
import { placesOf } from '../activities/backfill/lineage/events.ts'
import { createReceiver } from '../activities/backfill/lineage/receiver.ts'
import { relayLineage } from '../activities/backfill/lineage/relay.ts'
import type { BatchDependencies } from '../activities/dependencies.ts'
import { createBatchMetrics } from '../activities/metrics.ts'
import { convertLiveState } from '../activities/privacy/conversion.ts'
import { resealSubjects } from '../activities/privacy/sealed-subjects.ts'
import { relayToMlflow } from '../activities/registry/mlflow/relay.ts'
import { createMlflowServer } from '../activities/registry/mlflow/server.ts'
import { createRetryRecorder } from '../activities/retries.ts'
import { createLake } from '../lake/lake.ts'
import { createDuckDb } from '../platform/duckdb/duckdb.ts'
import { registerAssets } from '../platform/ledger.ts'
import { createLogger, type Logger } from '../platform/log.ts'
import { createObjectStore } from '../platform/object-store/object-store.ts'
import { createPool } from '../platform/postgres/postgres.ts'
import { createRegistry, serveProcessHealth } from '../platform/process.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { ensureSearchAttributes } from '../platform/temporal/search-attributes.ts'
import {
  BACKFILL_TASK_QUEUE,
  BATCH_TASK_QUEUE,
  connectTemporal,
  dataConverter,
  temporalConnection,
} from '../platform/temporal/temporal.ts'
import { createVault } from '../platform/vault.ts'
import { startHeartbeat } from '../platform/workers.ts'
import { createCustomerDoor } from '../streams/privacy/customer-door.ts'
import { searchAttributeNames } from '../workflows/search-attributes.ts'
import { createBatchActivities } from './batch-activities.ts'
import { limitReaders } from './reader-limits.ts'
import { redactFailures } from './redacted-failures.ts'
import { watchServers } from './server-metrics.ts'
import { temporalLogger } from './temporal-log.ts'
import { prepareWorkflowBundle } from './workflow-bundle.ts'

/** Running work may take this long to end after a stop was requested; then it is cancelled, and started again elsewhere. */
const STOP_GRACE_MS = 10_000
/** After so long the process ends whatever is still under way. */
const STOP_MS_MAX = 20_000

/** A staging table that is older was left by a run that was killed. */
const STAGING_HOURS_MAX = 24

/** Workflows kept in memory between their tasks; each takes a few megabytes. */
const CACHED_WORKFLOWS_MAX = 50

/**
 * Runs workflows and activities of the batch side until the process is asked to stop (SIGTERM, SIGINT).
 *
 * @throws when Temporal, PostgreSQL or the workers fail; the process should be started again
 */
export async function runBatchWorker(settings: Settings): Promise<void> {
  const logger = createLogger(settings, 'batch-worker')
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()

  const pool = resources.adopt(createPool(settings, logger, { via: 'batch' }), (open) => open.end())
  const objectStore = resources.adopt(createObjectStore(settings), (open) => open.close())
  const duckdb = resources.adopt(await createDuckDb(settings), (open) => open.closeSync())
  const lake = createLake({
    objectStore,
    database: duckdb,
    prefix: settings.lakePrefix,
    onCheckpointFailed: (error) => logger.warn({ error: error.message }, 'a checkpoint was not written'),
  })
  const metrics = createBatchMetrics(registry)
  exportNewestDates(registry, pool)
  await registerAssets(pool, assets)
  const vault = createVault(settings)
  await resealSubjects(pool, vault)
  const converted = await convertLiveState(pool, createCustomerDoor(pool, vault))
  if (Object.keys(converted).length > 0) logger.info({ rows: converted }, 'customers of the live state have pseudonyms')
  const abandoned = await dropAbandonedStaging(pool, STAGING_HOURS_MAX)
  if (abandoned.length > 0) logger.info({ tables: abandoned }, 'staging tables of killed runs were dropped')
  const results = await dropAbandonedResults({ objectStore, settings }, STAGING_HOURS_MAX)
  if (results > 0) logger.info({ objects: results }, 'results that killed runs had from Spark were deleted')

  const recordRetries = createRetryRecorder({ pool, logger, registry })
  const dependencies = { settings, pool, objectStore, duckdb, lake, logger, metrics, assets }
  const workers = await createWorkers(dependencies, recordRetries, resources)
  const problem = () =>
    workers.every((worker) => worker.getState() === 'RUNNING')
      ? undefined
      : `the workers are ${workers.map((worker) => worker.getState()).join(', ')}`
  const heartbeat = resources.adopt(
    await startHeartbeat({
      settings,
      logger,
      registry,
      kind: 'batch',
      problem,
      serves: [BATCH_TASK_QUEUE, BACKFILL_TASK_QUEUE],
    }),
    (open) => open.stop(),
  )
  resources.adopt(limitReaders(pool, logger), (open) => open.stop())
  const receiver = createReceiver(settings)
  if (receiver !== undefined) {
    const relay = relayLineage({ pool, receiver, assets, places: placesOf(settings), logger, registry })
    resources.adopt(relay, (open) => open.stop())
  }
  const mlflow = createMlflowServer(settings)
  if (mlflow !== undefined) {
    const names = { prefix: settings.mlflowPrefix, bucket: `s3://${settings.objectStoreBucket}` }
    resources.adopt(relayToMlflow({ pool, server: mlflow, names, logger, registry }), (open) => open.stop())
  }
  resources.adopt(watchServers({ settings, pool, objectStore, logger, registry }), (open) => open.stop())
  resources.adopt(
    await serveProcessHealth({ settings, logger, registry, check: problem, warnings: heartbeat.warnings }),
    (open) => open.close(),
  )
  await runUntilStopped(workers, logger)
}

/** One worker for the pipelines and one for backfills: each has slots of its own, so that neither holds up the other. */
async function createWorkers(
  dependencies: BatchDependencies,
  recordRetries: ActivityInboundCallsInterceptorFactory,
  resources: AsyncDisposableStack,
): Promise<Worker[]> {
  const { settings, logger } = dependencies
  Runtime.install({
    logger: temporalLogger(logger),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN' }) } },
    shutdownSignals: [],
  })
  const client = await connectTemporal(settings)
  await ensureSearchAttributes(client, searchAttributeNames).finally(() => client.connection.close())
  const connection = resources.adopt(await NativeConnection.connect(temporalConnection(settings)), (open) =>
    open.close(),
  )
  const converter = dataConverter(settings)
  const workflowBundle = await prepareWorkflowBundle(settings.home, logger, converter?.failureConverterPath)
  const activities = createBatchActivities(dependencies)
  const create = (taskQueue: string, maxConcurrentActivityTaskExecutions: number) =>
    Worker.create({
      connection,
      namespace: settings.temporalNamespace,
      ...(converter && { dataConverter: converter }),
      taskQueue,
      workflowBundle,
      activities,
      interceptors: {
        activity: [
          (context) => ({ inbound: recordRetries(context) }),
          () => ({ inbound: { execute: redactFailures } }),
        ],
      },
      maxConcurrentActivityTaskExecutions,
      maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
      workflowThreadPoolSize: 1,
      // A killed worker's workflows wait for this before another takes them.
      stickyQueueScheduleToStartTimeout: '5 seconds',
      shutdownGraceTime: STOP_GRACE_MS,
      shutdownForceTime: STOP_MS_MAX,
    })
  return [
    await create(BATCH_TASK_QUEUE, settings.batchConcurrency),
    await create(BACKFILL_TASK_QUEUE, settings.backfillConcurrency),
  ]
}

/** When one worker fails, the other is stopped too and the failure is thrown. */
async function runUntilStopped(workers: readonly Worker[], logger: Logger): Promise<void> {
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
  }
  const onSignal = (signal: NodeJS.Signals) => {
    logger.info({ reason: signal }, 'stopping')
    stop()
    // The SDK stops waiting at the same time, but what it waited for may keep the process alive.
    setTimeout(() => {
      logger.error({ afterMs: STOP_MS_MAX }, 'not stopped in time: running activities are retried by another worker')
      process.exit(1)
    }, STOP_MS_MAX + 1_000).unref()
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, onSignal)
  const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(stop)))
  const failed = ends.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  logger.info('stopped')
}
