/** Data files: what a statement selects becomes Parquet in the table's folder; a commit then makes it part of the table. */
import { randomUUID } from 'node:crypto'
import { type DuckDBConnection, describeQuery, identifier, literal } from '../platform/duckdb/duckdb.ts'
import { type Location, uriOf } from './checkpoint.ts'
import { LakeError, SchemaError } from './errors.ts'
import { type AddFile, nameToPath, type PartitionValues, pathToName } from './protocol.ts'
import { hiveSegment, relation } from './scan.ts'
import { type Column, duckDbType, isNullable, typeText } from './schema.ts'
import type { Snapshot } from './state.ts'
import { type ColumnStatistics, parseStatistics, statisticsText } from './statistics.ts'

/** The object store's tag of the content: files with the same tag hold the same bytes. */
const CONTENT_TAG = 'shelfline.etag'
const PARQUET = 'format parquet, compression zstd, return_stats'

export const contentTag = (file: AddFile): string | undefined => file.tags?.[CONTENT_TAG]

/**
 * Writes what `select` gives, each row to its partition, in no particular order: for appends.
 *
 * @throws SchemaError naming the column that is missing, unknown, of another type, or null where it may not be
 */
export async function writeDataFiles(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  select: string,
): Promise<AddFile[]> {
  const columns = projection(snapshot, await describeQuery(connection, select), snapshot.schema)
  const isPartitioned = snapshot.partitionColumns.length > 0
  const names = snapshot.partitionColumns.map(identifier).join(', ')
  const target = isPartitioned ? uriOf(location, '') : uriOf(location, `part-${randomUUID()}.parquet`)
  const options = isPartitioned
    ? `${PARQUET}, partition_by (${names}), filename_pattern 'part-{uuidv7}', overwrite_or_ignore true`
    : PARQUET
  return copy(connection, location, snapshot, `select ${columns} from (${select})`, target.replace(/\/$/, ''), options)
}

export interface PartitionContent {
  /** The value of every partition column, as text: dates as YYYY-MM-DD. */
  partition: Record<string, string>
  /** The rows; a partition column may be among them and is then checked. */
  select: string
  /** Columns that put the rows in one order only: then the same rows give the same bytes. */
  orderBy: readonly string[]
}

/**
 * Writes one partition's rows as one file, or none when there are none. An ordered copy to one file has the same bytes
 * whatever the number of threads; DuckDB's partitioned copy has not, that is why this doesn't use it.
 *
 * @throws SchemaError as `writeDataFiles`, and for a row of another partition
 */
export async function writePartition(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  { partition, select, orderBy }: PartitionContent,
): Promise<AddFile[]> {
  assertPartition(snapshot, partition)
  if (orderBy.length === 0) throw new SchemaError(`lake: ${snapshot.table}: orderBy must name at least one column`)
  const own = snapshot.schema.filter(({ name }) => !snapshot.partitionColumns.includes(name))
  const given = await describeQuery(connection, select)
  const columns = projection(snapshot, given, own)
  const checks = snapshot.partitionColumns
    .filter((name) => given.has(name))
    .map((name) => partitionCheck(snapshot.table, name, partition[name]!))
  const where = checks.length === 0 ? '' : ` where ${checks.join(' and ')}`
  const order = orderBy.map(identifier).join(', ')
  const ordered = `select ${columns} from (${select})${where} order by ${order}`
  const files = await copyToPartition(connection, location, snapshot, partition, ordered)
  return Promise.all(files.map((file) => tagged(location, file)))
}

/** Rows of existing files of one partition as one new file. */
export async function rewriteFiles(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  sources: readonly AddFile[],
): Promise<AddFile[]> {
  const { partitionValues } = sources[0]!
  const partitionColumns = snapshot.partitionColumns.map(identifier)
  const kept = partitionColumns.length === 0 ? '*' : `* exclude (${partitionColumns.join(', ')})`
  const rows = `select ${kept} from ${relation(location, snapshot, sources)}`
  const files = await copyToPartition(connection, location, snapshot, partitionValues, rows)
  return files.map((file) => ({ ...file, dataChange: false }))
}

/** A row change: which rows, and the new values of columns as SQL over the old ones, of the same type. */
export interface RowChange {
  condition: string
  values: Readonly<Record<string, string>>
  /** Makes what the values need, before the rows of a file are changed. `rows`: the file as a relation. */
  prepare?(rows: string): Promise<void>
}

/** The rows of one file in their order, some of them changed, as a new file. */
export async function changeRows(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  source: AddFile,
  { condition, values, prepare }: RowChange,
): Promise<AddFile[]> {
  await prepare?.(relation(location, snapshot, [source]))
  const changed = Object.entries(values).map(
    ([name, value]) => `case when ${condition} then ${value} else ${identifier(name)} end as ${identifier(name)}`,
  )
  const left = [...snapshot.partitionColumns.map(identifier), 'file_row_number'].join(', ')
  const rows = relation(location, snapshot, [source], {}, 'file_row_number')
  const select = `select * exclude (${left}) replace (${changed.join(', ')}) from ${rows} order by file_row_number`
  const files = await copyToPartition(connection, location, snapshot, source.partitionValues, select)
  const kept = await (contentTag(source) === undefined
    ? files
    : Promise.all(files.map((file) => tagged(location, file))))
  return kept.map((file) => ({ ...file, dataChange: false }))
}

async function copyToPartition(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  partitionValues: PartitionValues,
  select: string,
): Promise<AddFile[]> {
  const folders = snapshot.partitionColumns.map((name) => hiveSegment(name, partitionValues[name] ?? null))
  const name = [...folders, `part-${randomUUID()}.parquet`].join('/')
  const files = await copy(connection, location, snapshot, select, uriOf(location, name), PARQUET)
  return files.map((file) => ({ ...file, partitionValues }))
}

/** @throws SchemaError unless `partition` gives a value for each partition column and for nothing else */
export function assertPartition(snapshot: Snapshot, partition: PartitionValues): void {
  const wanted = [...snapshot.partitionColumns].sort()
  const given = Object.keys(partition).sort()
  if (wanted.join() === given.join()) return
  throw new SchemaError(
    `lake: ${snapshot.table}: a partition is given by ${given.join(', ') || 'nothing'}, ` +
      `the table is partitioned by ${wanted.join(', ') || 'nothing'}`,
  )
}

function partitionCheck(table: string, column: string, value: string): string {
  const name = identifier(column)
  const sentence = `lake: ${table}: a row of ${column} `
  const problem = `error(${literal(sentence)} || coalesce(${name}::varchar, 'null') || ${literal(` in partition ${value}`)})`
  return `case when ${name}::varchar is not distinct from ${literal(value)} then true else ${problem} end`
}

async function tagged(location: Location, file: AddFile): Promise<AddFile> {
  const key = `${location.folder}/${pathToName(file.path)}`
  for await (const object of location.objectStore.list(key)) {
    if (object.key === key) return { ...file, tags: { [CONTENT_TAG]: object.etag } }
  }
  throw new LakeError(`lake: ${key} was written and is missing: check that nothing else deletes files in this folder`)
}

/** The statement's columns as the table declares them: in its order, nulls for nullable ones that are missing. */
function projection(snapshot: Snapshot, given: ReadonlyMap<string, string>, columns: readonly Column[]): string {
  const known = new Set(snapshot.schema.map(({ name }) => name))
  const unknown = [...given.keys()].find((name) => !known.has(name))
  if (unknown !== undefined) {
    throw new SchemaError(
      `lake: ${snapshot.table} has no column ${unknown}; it has ${[...known].join(', ')}; drop it or add it to the table`,
    )
  }
  return columns.map((column) => projectedColumn(snapshot.table, column, given.get(column.name))).join(', ')
}

function projectedColumn(table: string, column: Column, givenType: string | undefined): string {
  const wanted = duckDbType(column.type)
  const name = identifier(column.name)
  if (givenType === undefined) {
    if (isNullable(column)) return `null::${wanted} as ${name}`
    throw new SchemaError(`lake: ${table}: column ${column.name} is missing and must not be null`)
  }
  if (givenType === wanted) return name
  if (isLossless(givenType, wanted)) return `${name}::${wanted} as ${name}`
  throw new SchemaError(
    `lake: ${table}: column ${column.name} is ${givenType}, the table declares ${typeText(column.type)} ` +
      `(${wanted}); cast it in the statement`,
  )
}

const INTEGERS = ['TINYINT', 'SMALLINT', 'INTEGER', 'BIGINT']

/** Whether every value of the one type is a value of the other. */
function isLossless(from: string, to: string): boolean {
  if (INTEGERS.includes(from) && INTEGERS.includes(to)) return INTEGERS.indexOf(from) < INTEGERS.indexOf(to)
  if (from.startsWith('ENUM(')) return to === 'VARCHAR'
  if (from === 'FLOAT') return to === 'DOUBLE'
  const [fromDigits, fromScale] = decimalParts(from)
  const [toDigits, toScale] = decimalParts(to)
  if (fromDigits === undefined || toDigits === undefined) return false
  return fromScale! <= toScale! && fromDigits - fromScale! <= toDigits - toScale!
}

const decimalParts = (type: string): number[] =>
  (/^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? []).slice(1).map((digits) => Number(digits))

interface CopiedFile {
  filename: string
  count: string
  file_size_bytes: string
  column_statistics: { key: string; value: { key: string; value: string }[] }[]
  partition_keys: { key: string; value: string | null }[] | null
}

async function copy(
  connection: DuckDBConnection,
  location: Location,
  snapshot: Snapshot,
  select: string,
  target: string,
  options: string,
): Promise<AddFile[]> {
  const result = await connection.runAndReadAll(`copy (${select}) to ${literal(target)} (${options})`)
  const copied = result.getRowObjectsJson() as unknown as CopiedFile[]
  const files = copied.map((file) => addFileOf(location, snapshot, file))
  const filled = files.filter((file) => parseStatistics(file).numRecords !== 0)
  const problem = filled.map((file) => nullProblem(snapshot, file)).find((found) => found !== undefined)
  const unwanted = problem === undefined ? files.filter((file) => !filled.includes(file)) : files
  await location.objectStore.delete(unwanted.map((file) => `${location.folder}/${pathToName(file.path)}`))
  if (problem !== undefined) throw new SchemaError(problem)
  return filled
}

function addFileOf(location: Location, snapshot: Snapshot, file: CopiedFile): AddFile {
  const statistics = new Map(
    file.column_statistics.map(({ key, value }) => [
      unquote(key),
      Object.fromEntries(value.map((entry) => [entry.key, entry.value])) as ColumnStatistics,
    ]),
  )
  return {
    path: nameToPath(file.filename.slice(uriOf(location, '').length)),
    partitionValues: Object.fromEntries((file.partition_keys ?? []).map(({ key, value }) => [key, value])),
    size: Number(file.file_size_bytes),
    modificationTime: Date.now(),
    dataChange: true,
    stats: statisticsText(Number(file.count), snapshot.schema, statistics),
  }
}

/** DuckDB gives a column as a quoted path; only whole columns get statistics, so that a nested path finds none. */
const unquote = (path: string): string => path.slice(1, -1).replaceAll('""', '"')

function nullProblem(snapshot: Snapshot, file: AddFile): string | undefined {
  const { nullCount = {} } = parseStatistics(file)
  for (const column of snapshot.schema) {
    const isPartition = snapshot.partitionColumns.includes(column.name)
    const nulls = isPartition ? Number(file.partitionValues[column.name] === null) : Number(nullCount[column.name] ?? 0)
    if (isNullable(column) || nulls === 0) continue
    return `lake: ${snapshot.table}: column ${column.name} must not be null and is in ${isPartition ? 'some' : nulls} rows`
  }
  return undefined
}
