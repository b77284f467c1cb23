/** The worker of feeds: put together, take files, close. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createLogger } from '../../platform/log.ts'
import { createPool } from '../../platform/postgres/postgres.ts'
import { createRegistry, serveProcessHealth, stopRequested } from '../../platform/process.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { startHeartbeat } from '../../platform/workers.ts'
import { connectKafkaSink } from '../produce.ts'
import { Feeds } from './feeds.ts'
import { createFilesMetrics, type FilesMetrics } from './metrics.ts'

/**
 * Sends the rows of the files of feeds to Kafka until the process is asked to stop (SIGTERM, SIGINT). A file that is being read then is
 * read again by the next process.
 *
 * @param topicSuffix behind the names of topics, for tests that share a broker
 * @param claimMs how long the files of a process that was killed wait
 * @throws when PostgreSQL or Kafka does not answer at the start
 */
export async function runFilesWorker(
  settings: Settings,
  { topicSuffix = '', claimMs }: { topicSuffix?: string; claimMs?: number } = {},
): Promise<void> {
  const logger = createLogger(settings, 'files')
  const stopRequest = stopRequested()
  const registry = createRegistry()
  await using resources = new AsyncDisposableStack()
  const pool = resources.adopt(createPool(settings, logger, { via: 'files' }), (open) => open.end())
  const spool = resources.adopt(createSpool(settings.home), (folder) =>
    rmSync(folder, { recursive: true, force: true }),
  )
  const sink = resources.adopt(await connectKafkaSink(settings, logger, (name) => `${name}${topicSuffix}`), (open) =>
    open.close(),
  )
  let metrics: FilesMetrics | undefined
  const feeds = resources.adopt(
    await Feeds.open({ settings, pool, sink, logger, spool, claimMs, onTaken: (...taken) => metrics?.count(...taken) }),
    (open) => open.close(),
  )
  metrics = createFilesMetrics(registry, () => feeds.states())
  const heartbeat = resources.adopt(
    await startHeartbeat({ settings, logger, registry, kind: 'files', serves: [], problem: () => feeds.problems()[0] }),
    (open) => open.stop(),
  )
  resources.adopt(
    await serveProcessHealth({
      settings,
      logger,
      registry,
      // No restart brings back a server or a folder.
      check: () => undefined,
      warnings: () => [...heartbeat.warnings(), ...feeds.problems()],
    }),
    (open) => open.close(),
  )
  const reason = await stopRequest
  logger.info({ reason }, 'stopping')
}

/** A folder of this process alone. What processes that were killed have left is removed. */
function createSpool(home: string): string {
  const folder = join(home, 'files')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const name of readdirSync(folder)) {
    const pid = Number(name.split('-')[0])
    if (pid === process.pid || !isAlive(pid)) rmSync(join(folder, name), { recursive: true, force: true })
  }
  return mkdtempSync(join(folder, `${process.pid}-`))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
