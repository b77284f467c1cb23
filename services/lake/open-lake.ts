/** Opening the lake. */
import type { DuckDBInstance } from '@duckdb/node-api'
import { createLake, type Lake } from '../../lake/lake.ts'
import { createDuckDb } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore, type ObjectStore } from '../../platform/object-store/object-store.ts'
import type { Settings } from '../../platform/settings/settings.ts'

/** The lake and its parts. */
export interface OpenLake {
  lake: Lake
  duckdb: DuckDBInstance
  objectStore: ObjectStore
}

/** Less of DuckDB than the settings allow. */
export type LakeLimits = Partial<Pick<Settings, 'duckdbMemoryLimitMegabytes' | 'duckdbThreads'>>

/** @param onCheckpointFailed called when a commit's checkpoint could not be written; the commit is valid without it */
export async function openLake(
  settings: Settings,
  onCheckpointFailed: (error: Error) => void,
  limits: LakeLimits = {},
): Promise<OpenLake & { close(): void }> {
  const objectStore = createObjectStore(settings)
  const duckdb = await createDuckDb({ ...settings, ...limits })
  const lake = createLake({ objectStore, database: duckdb, prefix: settings.lakePrefix, onCheckpointFailed })
  const close = () => {
    duckdb.closeSync()
    objectStore.close()
  }
  return { lake, duckdb, objectStore, close }
}

/** As `openLake`, for the time of some work. */
export async function withOpenLake<Result>(
  settings: Settings,
  onCheckpointFailed: (error: Error) => void,
  work: (open: OpenLake) => Promise<Result>,
): Promise<Result> {
  const { close, ...open } = await openLake(settings, onCheckpointFailed)
  try {
    return await work(open)
  } finally {
    close()
  }
}
