/** What the tests of the lake share: an own folder in the running instance's bucket. */
import { randomBytes } from 'node:crypto'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { createDuckDb } from '../platform/duckdb/duckdb.ts'
import { createObjectStore, type ObjectStore } from '../platform/object-store/object-store.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createLake, type Lake, type TableDefinition } from './lake.ts'

export interface TestLake {
  lake: Lake
  /** The lake's folder in the bucket. */
  prefix: string
  objectStore: ObjectStore
  database: DuckDBInstance
  connection: DuckDBConnection
  /** The rows of a statement, values as JSON has them. */
  query(sql: string): Promise<Record<string, unknown>[]>
  /** A second lake over the same objects that knows nothing yet, as another process would be. */
  stranger(objectStore?: ObjectStore): Lake
  close(): Promise<void>
}

/** @param prefix of an existing lake to join; left out: a new one, deleted by `close` */
export async function openTestLake(prefix?: string): Promise<TestLake> {
  const settings = loadSettings()
  const objectStore = createObjectStore(settings)
  const database = await createDuckDb({ ...settings, duckdbMemoryLimitMegabytes: 512 })
  const connection = await database.connect()
  const folder = prefix ?? `test-lake-${randomBytes(6).toString('hex')}`
  const open = (store = objectStore) =>
    createLake({
      objectStore: store,
      database,
      prefix: folder,
      onCheckpointFailed: (error) => {
        throw error
      },
    })
  return {
    lake: open(),
    prefix: folder,
    objectStore,
    database,
    connection,
    query: async (sql) => (await connection.runAndReadAll(sql)).getRowObjectsJson(),
    stranger: open,
    close: async () => {
      if (prefix === undefined) await deleteFolder(objectStore, folder)
      connection.closeSync()
      database.closeSync()
      objectStore.close()
    },
  }
}

export async function deleteFolder(objectStore: ObjectStore, folder: string): Promise<void> {
  const keys: string[] = []
  for await (const { key } of objectStore.list(`${folder}/`)) keys.push(key)
  await objectStore.delete(keys)
}

/** A small table of sale lines, one partition a date. */
export const sales: TableDefinition = {
  schema: [
    { name: 'line', type: 'long', nullable: false },
    { name: 'store_id', type: 'string' },
    { name: 'amount', type: 'decimal(18,2)' },
    { name: 'sold_at', type: 'timestamp' },
    { name: 'date', type: 'date', nullable: false },
  ],
  partitionColumns: ['date'],
}

/** A statement that gives `count` sale lines of a date, numbered from `from`. */
export const saleLines = (date: string, count: number, from = 0): string => `
  select line, 'store' || (line % 7) as store_id, (line % 100 + 0.25)::decimal(18,2) as amount,
    timestamptz '${date} 10:00:00+00' + to_milliseconds(line) as sold_at, date '${date}' as date
  from range(${from}, ${from + count}) as lines(line)`
