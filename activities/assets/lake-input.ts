import { UnknownTableError } from '../../lake/errors.ts'
import { selectFiles } from '../../lake/scan.ts'
import { type Column, duckDbType, quoteName } from '../../lake/schema.ts'
import { rowsOf, type ScanOptions, type Table } from '../../lake/table.ts'
import type { AssetContext, Shard } from '../asset.ts'
import { addDays } from './dates.ts'

/** The version of a table that nothing was written to yet. */
export const NO_VERSION = -1

export interface PinnedDate {
  version: number
  rows: number
  /** The table holds rows of a later day: nothing but stragglers is still to come for this one. */
  isFollowed: boolean
}

/** A version of a lake table, left out the newest, and the rows of one date in it; a table that isn't there has none. */
export async function pinDate(
  context: AssetContext,
  table: string,
  date: string,
  version?: number,
): Promise<PinnedDate> {
  const found = version === NO_VERSION ? undefined : await findTable(context, table)
  if (found === undefined) return { version: NO_VERSION, rows: 0, isFollowed: false }
  const snapshot = await found.snapshot(version === undefined ? {} : { version })
  const isFollowed = selectFiles(snapshot, { date: { from: addDays(date, 1) } }).length > 0
  return { version: snapshot.version, rows: rowsOf(selectFiles(snapshot, { date })), isFollowed }
}

/** A relation over some dates of a table at a pinned version; without the table a relation without rows. */
export async function scanAt(
  context: AssetContext,
  table: string,
  columns: readonly Column[],
  version: number,
  where: NonNullable<ScanOptions['where']>,
): Promise<string> {
  const found = version === NO_VERSION ? undefined : await findTable(context, table)
  if (found !== undefined) return found.scan({ version, where })
  const nothing = columns.map(({ name, type }) => `null::${duckDbType(type)} as ${quoteName(name)}`)
  return `(select ${nothing.join(', ')} where false)`
}

/** Keeps the rows of one shard's stores. What has no store, because its contract is broken, is in one of the shards. */
export const shardCondition = ({ index, count }: Shard): string =>
  count === 1 ? 'true' : `hash(coalesce(store_id, '')) % ${count} = ${index}`

async function findTable(context: AssetContext, table: string): Promise<Table | undefined> {
  try {
    return await context.lake.table(table)
  } catch (error) {
    if (error instanceof UnknownTableError) return undefined
    throw error
  }
}
