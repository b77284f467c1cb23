/** Dropping needs the assets and the lake, whose libraries take a while to load; the other commands do without. */
import { Registry } from 'prom-client'
import { assets } from '../../activities/assets/index.ts'
import {
  type DropPlan,
  type DropRange,
  type DropRequest,
  dropPartition,
  planDrop,
} from '../../activities/backfill/drop-partitions.ts'
import type { BatchDependencies } from '../../activities/dependencies.ts'
import { createBatchMetrics } from '../../activities/metrics.ts'
import { createLake } from '../../lake/lake.ts'
import { createDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createLogger } from '../../platform/log.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { asUsage } from '../batch.ts'

export interface Dropping {
  plan(range: DropRange): Promise<DropPlan>
  /** The assets of a plan whose rows could not be made again. */
  takenOnce(plan: DropPlan): string[]
  drop(request: DropRequest): Promise<void>
}

export async function withDropping<Result>(
  settings: Settings,
  pool: Pool,
  work: (dropping: Dropping) => Promise<Result>,
): Promise<Result> {
  await using resources = new AsyncDisposableStack()
  const objectStore = resources.adopt(createObjectStore(settings), (open) => open.close())
  const duckdb = resources.adopt(await createDuckDb(settings), (open) => open.closeSync())
  const logger = createLogger({ logLevel: 'warn' }, 'cli')
  const onCheckpointFailed = (error: Error) => logger.warn({ error: error.message }, 'a checkpoint was not written')
  const lake = createLake({ objectStore, database: duckdb, prefix: settings.lakePrefix, onCheckpointFailed })
  const metrics = createBatchMetrics(new Registry())
  const dependencies: BatchDependencies = { settings, pool, objectStore, duckdb, lake, logger, metrics, assets }
  const life = { heartbeat: () => undefined, signal: new AbortController().signal }
  return await work({
    plan: (range) => planDrop({ pool, assets }, range),
    takenOnce: ({ partitions }) =>
      assets
        .filter(({ name, isTakenOnce }) => isTakenOnce && partitions.some(({ asset, rows }) => asset === name && rows))
        .map(({ name }) => name),
    drop: (request) => asUsage(dropPartition(dependencies, request, life)),
  })
}
