/** The lake, opened for the time of some work. */
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

/** @param onCheckpointFailed called when a commit's checkpoint could not be written; the commit is valid without it */
export async function withOpenLake<Result>(
  settings: Settings,
  onCheckpointFailed: (error: Error) => void,
  work: (open: OpenLake) => Promise<Result>,
): Promise<Result> {
  const objectStore = createObjectStore(settings)
  const duckdb = await createDuckDb(settings)
  const lake = createLake({ objectStore, database: duckdb, prefix: settings.lakePrefix, onCheckpointFailed })
  try {
    return await work({ lake, duckdb, objectStore })
  } finally {
    duckdb.closeSync()
    objectStore.close()
  }
}
