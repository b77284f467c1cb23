import { addDays } from '../../../contracts/calendar.ts'
import type { TopicName } from '../../../contracts/topics.ts'
import type { TableDefinition } from '../../../lake/lake.ts'
import { rawTable, rawTableName } from '../../../lake/raw-table.ts'
import { selectFiles } from '../../../lake/scan.ts'
import { rowsOf, type ScanOptions, type Table } from '../../../lake/table.ts'
import type { AssetContext, InputVersions, Shard } from './asset.ts'
import { type Columns, DATE_COLUMN, lakeColumns } from './columns.ts'

/** A lake table that an asset reads. Where nothing has been written to it yet, it is created empty. */
export interface LakeInput {
  table: string
  definition: TableDefinition
}

/** A lake table that may be read over several days. */
export interface WindowInput extends LakeInput {
  /** Days before the partition's own that are read too; left out: none. */
  daysBefore?: number
}

/** Tables by the names that an asset's statements call them. */
export type Reads = Readonly<Record<string, WindowInput>>

/** By table: the days before its own that a partition reads too. */
export const daysBeforeOf = (reads: Reads): Record<string, number> =>
  Object.fromEntries(
    Object.values(reads).flatMap(({ table, daysBefore }) => (daysBefore ? [[table, daysBefore] as const] : [])),
  )

export const rawInput = (topic: TopicName): LakeInput => ({ table: rawTableName(topic), definition: rawTable(topic) })

/** A lake table that an asset writes. */
export interface DatedTable<Own extends Columns = Columns> extends LakeInput {
  /** Without the date, by which it is partitioned. */
  columns: Own
}

export const datedTable = <Own extends Columns>(table: string, description: string, columns: Own): DatedTable<Own> => ({
  table,
  columns,
  definition: { description, schema: lakeColumns({ ...columns, ...DATE_COLUMN }), partitionColumns: ['date'] },
})

export const tableOf = ({ table, definition }: LakeInput, { lake }: AssetContext): Promise<Table> =>
  lake.ensureTable(table, definition)

export interface PinnedDate {
  version: number
  rows: number
  /** The table holds rows of a later day: nothing but stragglers is still to come for this one. */
  isFollowed: boolean
}

/** A version of a lake table, left out the newest, and the rows of one date in it, or of a range of dates. */
export async function pinDate(
  context: AssetContext,
  input: LakeInput,
  date: string | { from: string; to: string },
  version?: number,
): Promise<PinnedDate> {
  const lastDay = typeof date === 'string' ? date : date.to
  const table = await tableOf(input, context)
  const snapshot = await table.snapshot(version === undefined ? {} : { version })
  return {
    version: snapshot.version,
    rows: rowsOf(selectFiles(snapshot, { date })),
    isFollowed: selectFiles(snapshot, { date: { from: addDays(lastDay, 1) } }).length > 0,
  }
}

/** A relation over some dates of a table at a pinned version. */
export async function scanAt(
  context: AssetContext,
  input: LakeInput,
  version: number,
  where: NonNullable<ScanOptions['where']>,
): Promise<string> {
  return (await tableOf(input, context)).scan({ version, where })
}

const datesOf = (date: string, { daysBefore = 0 }: WindowInput) =>
  daysBefore === 0 ? date : { from: addDays(date, -daysBefore), to: date }

/** The newest version of each table that a date is made from, and the rows that will be read of them. */
export async function pinReads(
  context: AssetContext,
  reads: Reads,
  date: string,
): Promise<{ inputs: InputVersions; inputRows: number }> {
  const inputs: InputVersions = {}
  let inputRows = 0
  for (const input of Object.values(reads)) {
    const { version, rows } = await pinDate(context, input, datesOf(date, input))
    inputs[input.table] = version
    inputRows += rows
  }
  return { inputs, inputRows }
}

/** Relations over the days that are read of each table, at the versions that were pinned. @param relation makes one */
export async function scanReads(
  reads: Reads,
  date: string,
  inputs: InputVersions,
  relation: (input: LakeInput, version: number, where: NonNullable<ScanOptions['where']>) => Promise<string>,
): Promise<Record<string, string>> {
  const relations: Record<string, string> = {}
  for (const [called, input] of Object.entries(reads)) {
    relations[called] = await relation(input, Number(inputs[input.table]), { date: datesOf(date, input) })
  }
  return relations
}

/** The rows of the days that are read, at the versions that were pinned. */
export async function rowsRead(
  context: AssetContext,
  reads: Reads,
  date: string,
  inputs: InputVersions,
): Promise<number> {
  const pinned = Object.values(reads).map((input) =>
    pinDate(context, input, datesOf(date, input), Number(inputs[input.table])),
  )
  return (await Promise.all(pinned)).reduce((sum, { rows }) => sum + rows, 0)
}

/** Hexadecimal digits of a store's hash that decide its shard: far more values than there are shards. */
const HASH_DIGITS = [1, 2, 3, 4]

/** Of functions that every engine has, and that none changes from one version to the next. */
const storeHash = HASH_DIGITS.map((digit) => {
  const value = `(position(substr(md5(coalesce(store_id, '')), ${digit}, 1) in '0123456789abcdef') - 1)`
  return `${value} * ${16 ** (digit - 1)}`
}).join(' + ')

/** Keeps the rows of one shard's stores. What has no store, because its contract is broken, is in one of the shards. */
export const shardCondition = ({ index, count }: Shard): string =>
  count === 1 ? 'true' : `(${storeHash}) % ${count} = ${index}`
