/** Planning needs the assets and the lake, whose libraries take a while to load; the other commands do without. */
import { assets } from '../../activities/assets/index.ts'
import { makePlan, type PlanRequest } from '../../activities/backfill/plans.ts'
import { createLake } from '../../lake/lake.ts'
import { createDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { asUsage } from '../batch.ts'

/** @returns the stored plan's name, or undefined when nothing needs work */
export async function makePlanHere(settings: Settings, pool: Pool, request: PlanRequest): Promise<string | undefined> {
  await using resources = new AsyncDisposableStack()
  const objectStore = resources.adopt(createObjectStore(settings), (open) => open.close())
  const database = resources.adopt(await createDuckDb(settings), (open) => open.closeSync())
  // Planning only reads, so no checkpoint is ever written.
  const lake = createLake({ objectStore, database, prefix: settings.lakePrefix, onCheckpointFailed: () => undefined })
  return await asUsage(makePlan({ pool, lake, assets, timeZone: settings.timeZone }, request))
}
