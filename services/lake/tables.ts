/** The Delta tables of the lake: what they hold, what was done to them, and their upkeep. */
import { type CompactOptions, planMerges } from '../../lake/compact.ts'
import { CommitConflictError, LakeError, UnknownTableError } from '../../lake/errors.ts'
import type { Change } from '../../lake/history.ts'
import type { Lake } from '../../lake/lake.ts'
import type { AddFile, PartitionValues } from '../../lake/protocol.ts'
import { isNullable, typeText } from '../../lake/schema.ts'
import type { Snapshot } from '../../lake/state.ts'
import { bytesOf, rowsOf, type Table } from '../../lake/table.ts'
import type { VacuumResult } from '../../lake/vacuum.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireCount, requireDate, requireDayOrInstant } from '../values.ts'

export type { Lake } from '../../lake/lake.ts'
export { SAFE_RETENTION_HOURS, type VacuumResult } from '../../lake/vacuum.ts'

export interface TableSummary {
  table: string
  version: number
  partitions: number
  files: number
  rows: number
  bytes: number
}

/** Every table, by name. */
export async function listTables(lake: Lake): Promise<TableSummary[]> {
  const tables: TableSummary[] = []
  for (const name of await lake.list()) {
    tables.push(await withTable(lake, name, async (table) => summaryOf(await table.snapshot())))
  }
  return tables
}

/**
 * A table that is used.
 *
 * @throws NotFoundError when the lake has no such table
 * @throws ConflictError when others have changed it meanwhile; nothing was changed
 * @throws InvalidError for what the lake refuses otherwise, such as a version that it does not have
 */
export async function withTable<Result>(
  lake: Lake,
  name: string,
  work: (table: Table) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(await lake.table(name))
  } catch (error) {
    if (error instanceof UnknownTableError) {
      throw new NotFoundError('table', name, { fix: `the tables are ${(await lake.list()).join(', ') || 'none yet'}` })
    }
    if (error instanceof CommitConflictError) throw new ConflictError(error.message)
    throw error instanceof LakeError ? new InvalidError(error.message) : error
  }
}

function summaryOf(snapshot: Snapshot): TableSummary {
  const files = [...snapshot.files.values()]
  return {
    table: snapshot.table,
    version: snapshot.version,
    partitions: partitionsOf(snapshot).length,
    files: files.length,
    rows: rowsOf(files),
    bytes: bytesOf(files),
  }
}

/** Left out: the newest version. */
export interface AtVersion {
  atVersion?: number | undefined
  /** The version that was the newest then: a day (midnight UTC) or an instant. */
  asOf?: string | undefined
}

export interface TableColumn {
  name: string
  /** Delta's type, such as `decimal(18,2)`. */
  type: string
  nullable: boolean
}

export interface TablePartition {
  /** Its values, separated by commas. */
  partition: string
  files: number
  rows: number
  bytes: number
}

export interface TableDetails extends Omit<TableSummary, 'partitions'> {
  partitionColumns: readonly string[]
  columns: TableColumn[]
  partitions: TablePartition[]
}

/** @throws as `withTable` does, and InvalidError when the version or instant is impossible */
export async function showTable(lake: Lake, name: string, { atVersion, asOf }: AtVersion = {}): Promise<TableDetails> {
  if (atVersion !== undefined) requireCount('atVersion', atVersion, 0, Number.MAX_SAFE_INTEGER)
  const at =
    asOf === undefined ? atVersion !== undefined && { version: atVersion } : { asOf: requireDayOrInstant('asOf', asOf) }
  const snapshot = await withTable(lake, name, (table) => table.snapshot(at || {}))
  return {
    ...summaryOf(snapshot),
    partitionColumns: snapshot.partitionColumns,
    columns: snapshot.schema.map((column) => ({
      name: column.name,
      type: typeText(column.type),
      nullable: isNullable(column),
    })),
    partitions: partitionsOf(snapshot),
  }
}

function partitionsOf(snapshot: Snapshot): TablePartition[] {
  const nameOf = ({ partitionValues }: AddFile) =>
    snapshot.partitionColumns.map((column) => partitionValues[column] ?? 'null').join(', ')
  return [...Map.groupBy(snapshot.files.values(), nameOf)]
    .map(([partition, files]) => ({ partition, files: files.length, rows: rowsOf(files), bytes: bytesOf(files) }))
    .sort((left, right) => (left.partition < right.partition ? -1 : 1))
}

const VERSIONS_MAX = 10_000

/** What was done to a table, the newest version first. @param limit versions at most, 1 to 10,000 */
export async function readTableHistory(lake: Lake, name: string, limit: number): Promise<Change[]> {
  requireCount('limit', limit, 1, VERSIONS_MAX)
  return withTable(lake, name, (table) => table.history(limit))
}

export interface CompactRequest {
  /** Only the partition of this date. */
  date?: string | undefined
  /** Size that files are brought to; left out: 128 MB. */
  targetFileBytes?: number
  /** Files below this size are merged; left out: 32 MB. */
  smallFileBytes?: number
  /** Files that one run takes at most; left out: 2,000. */
  maxFiles?: number
  /** Changes nothing. */
  dryRun?: boolean
}

export interface Compaction {
  dryRun: boolean
  /** The version that was made; undefined when nothing was merged. */
  version?: number | undefined
  filesRemoved: number
  filesAdded: number
  bytesRemoved: number
  /** Not known of a dry run. */
  bytesAdded: number | null
  /** Partitions that others replaced meanwhile; they were left alone. */
  lostPartitions: PartitionValues[]
}

/** Merges small files; the rows stay the same. @throws as `withTable` does, and InvalidError when the date is none */
export async function compactTable(
  lake: Lake,
  name: string,
  { date, maxFiles, dryRun = false, ...sizes }: CompactRequest,
): Promise<Compaction> {
  const options: CompactOptions = {
    ...sizes,
    ...(date !== undefined && { partition: { date: requireDate('date', date) } }),
    ...(maxFiles !== undefined && { maxFilesPerRun: maxFiles }),
  }
  return withTable(lake, name, async (table) => {
    if (!dryRun) return { dryRun, ...(await table.compact(options)) }
    const merges = planMerges(await table.snapshot(), options)
    const sources = merges.flat()
    const added = { filesAdded: merges.length, bytesAdded: null }
    return { dryRun, filesRemoved: sources.length, bytesRemoved: bytesOf(sources), ...added, lostPartitions: [] }
  })
}

export interface VacuumRequest {
  /** Versions that were the newest within this many hours stay readable; left out: 168. */
  retentionHours?: number
  /** Changes nothing. */
  dryRun?: boolean
  /** Allows a retention below 168 hours: no one may be writing, and older versions become unreadable. */
  force?: boolean
}

/** Deletes files that no version within the retention needs. @throws as `withTable` does */
export const vacuumTable = (lake: Lake, name: string, request: VacuumRequest): Promise<VacuumResult> =>
  withTable(lake, name, (table) => table.vacuum(request))
