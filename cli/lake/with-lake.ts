import { CommitConflictError, LakeError } from '../../lake/errors.ts'
import { createLake, type Lake } from '../../lake/lake.ts'
import { createDuckDb, type DuckDBConnection, withConnection } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { UsageError } from '../output.ts'

export const withLake = <Result>(work: (lake: Lake) => Promise<Result>): Promise<Result> =>
  withLakeConnection((lake) => work(lake))

/**
 * The lake, and a connection on which its relations can be queried.
 *
 * @throws UsageError for what the lake does not have: that was asked for wrongly; a lost race was not
 */
export async function withLakeConnection<Result>(
  work: (lake: Lake, connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const settings = loadSettings()
  const objectStore = createObjectStore(settings)
  const database = await createDuckDb(settings)
  const lake = createLake({
    objectStore,
    database,
    prefix: settings.lakePrefix,
    onCheckpointFailed: (error) => process.stderr.write(`shelfline: no checkpoint was written: ${error.message}\n`),
  })
  try {
    return await withConnection(database, (connection) => work(lake, connection))
  } catch (error) {
    if (error instanceof LakeError && !(error instanceof CommitConflictError)) throw new UsageError(error.message)
    throw error
  } finally {
    database.closeSync()
    objectStore.close()
  }
}
