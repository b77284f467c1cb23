/**
 * Classic checkpoints: the sum of all commits up to a version as one Parquet file, so that a reader starts there and
 * not at the table's first commit. DuckDB writes and reads them: it knows structs, lists and maps.
 */
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { identifier, literal, withConnection } from '../platform/duckdb/duckdb.ts'
import type { ObjectStore } from '../platform/object-store/object-store.ts'
import { fileRetentionMs } from './properties.ts'
import { type Action, logName, type RemoveFile } from './protocol.ts'
import type { Snapshot } from './state.ts'

/** Every version that this divides gets a checkpoint from the writer that committed it. */
export const CHECKPOINT_INTERVAL = 10

const TEXTS = 'map(varchar, varchar)'
/** The columns of a checkpoint, in the notation of DuckDB's `from_json`. */
const columnTypes = {
  protocol: { minReaderVersion: 'integer', minWriterVersion: 'integer' },
  metaData: {
    id: 'varchar',
    name: 'varchar',
    description: 'varchar',
    format: { provider: 'varchar', options: TEXTS },
    schemaString: 'varchar',
    partitionColumns: ['varchar'],
    configuration: TEXTS,
    createdTime: 'bigint',
  },
  txn: { appId: 'varchar', version: 'bigint', lastUpdated: 'bigint' },
  add: {
    path: 'varchar',
    partitionValues: TEXTS,
    size: 'bigint',
    modificationTime: 'bigint',
    dataChange: 'boolean',
    stats: 'varchar',
    tags: TEXTS,
  },
  remove: {
    path: 'varchar',
    deletionTimestamp: 'bigint',
    dataChange: 'boolean',
    extendedFileMetadata: 'boolean',
    partitionValues: TEXTS,
    size: 'bigint',
  },
}
const rowsFrom = (json: string) =>
  `select unnest(from_json(${json}::json, ${literal(JSON.stringify([columnTypes]))})) as action`

/** Where a table's objects lie: keys in the bucket, and the same place as DuckDB names it. */
export interface Location {
  objectStore: ObjectStore
  database: DuckDBInstance
  /** The table's folder in the bucket, without a slash at its end. */
  folder: string
}

export const uriOf = ({ objectStore, folder }: Location, name: string): string =>
  `s3://${objectStore.bucket}/${folder}/${name}`

/** Writes the checkpoint of the snapshot's version, then the hint that leads readers to it. */
export async function writeCheckpoint(location: Location, snapshot: Snapshot): Promise<void> {
  const actions = actionsOf(snapshot)
  const target = uriOf(location, `${logName(snapshot.version)}.checkpoint.parquet`)
  await withConnection(location.database, (connection) => copyActions(connection, actions, target))
  // A slow writer must not lead readers back to an older checkpoint. One that is slower still may; readers look for newer ones.
  const named = await hintedVersion(location)
  if (named !== undefined && named > snapshot.version) return
  const hint = { version: snapshot.version, size: actions.length, numOfAddFiles: snapshot.files.size }
  await location.objectStore.put(hintKey(location), JSON.stringify(hint))
}

const hintKey = ({ folder }: Location): string => `${folder}/_delta_log/_last_checkpoint`

/** The version whose checkpoint the hint names; undefined when there is no hint, or none that can be read: it is only a hint. */
export async function hintedVersion(location: Location): Promise<number | undefined> {
  const body = await location.objectStore.get(hintKey(location))
  try {
    const { version } = JSON.parse(body?.toString('utf8') ?? '{}') as { version?: unknown }
    return Number.isSafeInteger(version) ? (version as number) : undefined
  } catch {
    return undefined
  }
}

function actionsOf(snapshot: Snapshot): Action[] {
  const expiredBefore = Date.now() - fileRetentionMs(snapshot)
  const isNeeded = ({ deletionTimestamp = 0 }: RemoveFile) => deletionTimestamp >= expiredBefore
  return [
    { protocol: snapshot.protocol },
    { metaData: snapshot.metadata },
    ...[...snapshot.transactions].map(([appId, version]) => ({ txn: { appId, version } })),
    ...[...snapshot.files.values()].map((add) => ({ add: { ...add, dataChange: false } })),
    ...[...snapshot.tombstones.values()].filter(isNeeded).map((remove) => ({ remove })),
  ]
}

const ACTIONS_A_STATEMENT = 2_000

async function copyActions(connection: DuckDBConnection, actions: readonly Action[], target: string): Promise<void> {
  await connection.run(`create temp table checkpoint_rows as ${rowsFrom("'[]'")}`)
  try {
    for (let from = 0; from < actions.length; from += ACTIONS_A_STATEMENT) {
      const part = JSON.stringify(actions.slice(from, from + ACTIONS_A_STATEMENT))
      await connection.run(`insert into checkpoint_rows ${rowsFrom('$1')}`, [part])
    }
    await connection.run(
      `copy (select action.* from checkpoint_rows) to ${literal(target)} (format parquet, compression zstd)`,
    )
  } finally {
    await connection.run('drop table checkpoint_rows')
  }
}

/** The actions of a checkpoint that any Delta writer made; `uris` are its parts. */
export function readCheckpoint(database: DuckDBInstance, uris: readonly string[]): Promise<Action[]> {
  const source = `read_parquet([${uris.map(literal).join(', ')}], hive_partitioning = false)`
  return withConnection(database, async (connection) => {
    const described = await connection.runAndReadAll(`describe select * from ${source}`)
    const present = described.getRowObjectsJson().map((row) => String(row.column_name))
    const columns = Object.keys(columnTypes).filter((name) => present.includes(name))
    const fields = columns.map((name) => `${literal(name)}: ${identifier(name)}`).join(', ')
    const read = await connection.runAndReadAll(`select to_json({${fields}})::varchar as action from ${source}`)
    return read.getRowObjectsJson().flatMap((row) => parseRow(String(row.action)))
  })
}

/** In Parquet an absent action or field is a null; in the log's JSON it isn't there. */
function parseRow(text: string): Action[] {
  const row = JSON.parse(text) as Record<string, Record<string, unknown> | null>
  return Object.entries(row)
    .filter(([, fields]) => fields !== null)
    .map(([kind, fields]) => ({ [kind]: dropNulls(fields!) }) as unknown as Action)
}

const dropNulls = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))
