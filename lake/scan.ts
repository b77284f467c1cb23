/** Reading a version: the files that may hold what is asked for, as a relation for use in a DuckDB statement. */
import { identifier, literal } from '../platform/duckdb/duckdb.ts'
import { type Location, uriOf } from './checkpoint.ts'
import { SchemaError, UnsupportedTableError } from './errors.ts'
import { type AddFile, pathToName } from './protocol.ts'
import { type Column, duckDbType } from './schema.ts'
import type { Snapshot } from './state.ts'
import { mayContain, parseStatistics, type Range } from './statistics.ts'

/** What each named column must be: one value, or a range. Rows where it is null don't match. */
export type Where = Record<string, string | number | Range>

/** @throws SchemaError when `where` names a column that the table doesn't have */
export function selectFiles(snapshot: Snapshot, where: Where): AddFile[] {
  const conditions = Object.entries(where).map(([name, value]) => ({
    column: columnOf(snapshot, name),
    range: rangeOf(value),
    isPartition: snapshot.partitionColumns.includes(name),
  }))
  const partitionConditions = conditions.filter(({ isPartition }) => isPartition)
  const others = conditions.filter(({ isPartition }) => !isPartition)
  return [...snapshot.files.values()].filter((file) => {
    const inPartition = partitionConditions.every(({ column, range }) => {
      const value = file.partitionValues[column.name] ?? null
      const exactly = { [column.name]: value }
      return value !== null && mayContain({ minValues: exactly, maxValues: exactly }, column, range)
    })
    if (!inPartition || others.length === 0) return inPartition
    const statistics = parseStatistics(file)
    return others.every(({ column, range }) => mayContain(statistics, column, range))
  })
}

/** A column that shows where a row is: its file's address, or its number in the file. */
export type RowPlace = 'filename' | 'file_row_number'

/**
 * A relation in parentheses with the table's columns in their order. Files from before a column was added read it as
 * null: the empty first part names every column with its type, and parts are matched by name.
 *
 * @param place a column beside the table's own
 */
export function relation(
  location: Location,
  snapshot: Snapshot,
  files: readonly AddFile[],
  where: Where = {},
  place: RowPlace | undefined = undefined,
): string {
  const columns = snapshot.schema.map(({ name, type }) => `null::${duckDbType(type)} as ${identifier(name)}`)
  const nothing = `select ${columns.join(', ')} where false`
  if (files.length === 0) return `(${nothing})`
  const conditions = Object.entries(where).flatMap(([name, value]) => conditionsOf(columnOf(snapshot, name), value))
  const filter = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`
  return `(select * from (${nothing} union all by name select * from ${readParquet(location, snapshot, files, place)})${filter})`
}

/** Names below the table's folder, for engines that take a partition's values from them. */
export const hiveNames = (snapshot: Snapshot, files: readonly AddFile[]): string[] =>
  files.map((file) => hiveName(snapshot, file))

function readParquet(
  location: Location,
  snapshot: Snapshot,
  files: readonly AddFile[],
  place: RowPlace | undefined,
): string {
  const uris = files.map((file) => literal(addressOf(location, snapshot, file)))
  const types = snapshot.partitionColumns.map(
    (name) => `${literal(name)}: ${duckDbType(columnOf(snapshot, name).type)}`,
  )
  const hive = types.length === 0 ? 'hive_partitioning = false' : `hive_partitioning = true, hive_types = {${types}}`
  const placed = place === undefined ? '' : `, ${place} = true`
  return `read_parquet([${uris.join(', ')}], union_by_name = true, ${hive}${placed})`
}

const NULL_PARTITION = '__HIVE_DEFAULT_PARTITION__'

/** The folder of a partition column's value in the name of a file. */
export const hiveSegment = (column: string, value: string | null): string =>
  `${column}=${value === null ? NULL_PARTITION : encodeURIComponent(value)}`

/** The file as DuckDB names it in `filename`. */
export const addressOf = (location: Location, snapshot: Snapshot, file: AddFile): string =>
  uriOf(location, hiveName(snapshot, file))

/** DuckDB takes a partition's values from the file's name, so that they must be there as the log has them. */
function hiveName(snapshot: Snapshot, file: AddFile): string {
  const name = pathToName(file.path)
  const folders = name.split('/').map((folder) => decodeURIComponent(folder))
  const isThere = snapshot.partitionColumns.every((column) => {
    return folders.includes(`${column}=${file.partitionValues[column] ?? NULL_PARTITION}`)
  })
  if (isThere) return name
  throw new UnsupportedTableError(
    `lake: ${snapshot.table}: the name of ${name} doesn't hold its partition's values; rewrite the table here`,
  )
}

function conditionsOf(column: Column, value: Where[string]): string[] {
  const { from, to } = rangeOf(value)
  const typed = (bound: string | number) => `${literal(String(bound))}::${duckDbType(column.type)}`
  const name = identifier(column.name)
  return [
    ...(from === undefined ? [] : [`${name} >= ${typed(from)}`]),
    ...(to === undefined ? [] : [`${name} <= ${typed(to)}`]),
  ]
}

const rangeOf = (value: Where[string]): Range => (typeof value === 'object' ? value : { from: value, to: value })

function columnOf(snapshot: Snapshot, name: string): Column {
  const column = snapshot.schema.find((candidate) => candidate.name === name)
  if (column !== undefined) return column
  const known = snapshot.schema.map((candidate) => candidate.name).join(', ')
  throw new SchemaError(`lake: ${snapshot.table} has no column ${name}; it has ${known}`)
}
