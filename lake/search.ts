/** Finding the files of a table that have rows of some kind. */
import { type DuckDBConnection, identifier, literal } from '../platform/duckdb/duckdb.ts'
import { type Location, uriOf } from './checkpoint.ts'
import { type AddFile, pathToName } from './protocol.ts'
import { addressOf, relation } from './scan.ts'
import { duckDbType } from './schema.ts'
import type { Snapshot } from './state.ts'

/** How many files one statement opens. */
const FILES_AT_ONCE = 200
/** A file that is younger and in no version may be of a commit that is on its way. */
const UNDER_WAY_MS = 3_600_000

/** A file, and how many of its rows are of the kind. */
export interface FileRows {
  file: AddFile
  rows: number
}

/** The files of a version that have such rows, and how many each. */
export async function rowsLike(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  condition: string,
): Promise<FileRows[]> {
  const files = [...snapshot.files.values()]
  const found: FileRows[] = []
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    const some = files.slice(from, from + FILES_AT_ONCE)
    const byAddress = new Map(some.map((file) => [addressOf(location, snapshot, file), file]))
    const rows = relation(location, snapshot, some, {}, 'filename')
    for (const [address, count] of await countByFile(connection, rows, condition)) {
      found.push({ file: byAddress.get(address)!, rows: count })
    }
  }
  return found
}

/**
 * Data files in the table's folder that its newest version does not have, with such rows: keys in the bucket.
 *
 * @param wanted `isSettled`: also young ones, which otherwise may be of a commit that is on its way
 */
export async function unusedFilesLike(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  { condition, isSettled }: { condition: string; isSettled: boolean },
): Promise<string[]> {
  const prefix = `${location.folder}/`
  const used = new Set([...snapshot.files.keys()].map(pathToName))
  const removed = new Set([...snapshot.tombstones.keys()].map(pathToName))
  const names: string[] = []
  for await (const { key, modifiedAt } of location.objectStore.list(prefix)) {
    const name = key.slice(prefix.length)
    if (!name.endsWith('.parquet') || name.startsWith('_') || used.has(name)) continue
    if (isSettled || removed.has(name) || modifiedAt.getTime() < Date.now() - UNDER_WAY_MS) names.push(name)
  }
  const columns = snapshot.schema.map(({ name, type }) => `null::${duckDbType(type)} as ${identifier(name)}`)
  const found: string[] = []
  for (const name of names) {
    const file = `select * from read_parquet(${literal(uriOf(location, name))}, filename = true, hive_partitioning = true)`
    const rows = `(select ${columns.join(', ')} where false union all by name ${file})`
    if ((await countByFile(connection, rows, condition)).length > 0) found.push(prefix + name)
  }
  return found
}

async function countByFile(connection: DuckDBConnection, rows: string, condition: string): Promise<[string, number][]> {
  const reader = await connection.runAndReadAll(
    `select filename, count(*)::integer from ${rows} where ${condition} group by filename order by filename`,
  )
  return reader.getRows().map(([filename, count]) => [String(filename), Number(count)])
}
