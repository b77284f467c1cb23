import type { HealthServer } from '../platform/http/http.ts'
import { createLogger } from '../platform/log.ts'
import { serveProcessHealth, stopRequested } from '../platform/process.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { type Heartbeat, startHeartbeat } from '../platform/workers.ts'
import { processorNames, type StreamOptions, startStreams } from '../streams/runtime/runtime.ts'

/** What a batch that is being worked on may take to finish before the process ends without it; it is done again then. */
const STOP_MS_MAX = 20_000

type WorkerOptions = Pick<StreamOptions, 'processorNames' | 'processors' | 'topicSuffix'>

/**
 * Runs the stream processors until the process is asked to stop (SIGTERM, SIGINT).
 *
 * @throws when a stream can't continue; the process should be started again
 */
export async function runStreamWorker(settings: Settings, options: WorkerOptions = {}): Promise<void> {
  const logger = createLogger(settings, 'stream-worker')
  const stopRequest = stopRequested()
  const streams = await startStreams({ settings, logger, ...options })
  let health: HealthServer | undefined
  let heartbeat: Heartbeat | undefined
  try {
    heartbeat = await startHeartbeat({
      settings,
      logger,
      registry: streams.registry,
      kind: 'stream',
      problem: () => streams.health() ?? streams.waiting()[0],
      serves: options.processorNames ?? processorNames,
    })
    health = await serveProcessHealth({
      settings,
      logger,
      registry: streams.registry,
      check: streams.health,
      warnings: () => [...streams.waiting(), ...heartbeat!.warnings()],
    })
    const reason = await Promise.race([stopRequest, streams.failed])
    logger.info({ reason }, 'stopping')
  } catch (error) {
    // Logged before stopping begins, which may end in `tooLate`.
    const { message, stack } = error as Error
    logger.error({ error: message, stack }, 'the worker can not continue: stopping')
    await heartbeat?.failed(message)
    throw error
  } finally {
    const tooLate = setTimeout(() => {
      logger.error({ afterMs: STOP_MS_MAX }, 'not stopped in time: leaving what is not committed to the next worker')
      process.exit(1)
    }, STOP_MS_MAX)
    await streams.stop()
    await heartbeat?.stop()
    await health?.close()
    clearTimeout(tooLate)
  }
  logger.info('stopped')
}
