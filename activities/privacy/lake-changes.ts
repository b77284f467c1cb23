/** Changing rows of the lake that name customers, where they are. */
import type { Lake } from '../../lake/lake.ts'
import { RAW_FOLDER } from '../../lake/raw-table.ts'
import type { Table } from '../../lake/table.ts'
import type { DuckDBConnection } from '../../platform/duckdb/duckdb.ts'
import { closeRuns } from '../../platform/ledger.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { note } from './renaming.ts'
import { CUSTOMER, type RowsByTable, tablesWithColumn } from './tables.ts'

export interface LakeAccess {
  lake: Lake
  connection: DuckDBConnection
}

/** A change of one column, in every table that has it. Conditions and values are SQL of DuckDB. */
export interface LakeChange {
  column: string
  /** Only in this one. */
  table?: string
  /** Rows that are not to be left, in no file. */
  condition: string
  /** Those of them that this run changes; left out: all. */
  among?: string
  value: string
  /** Makes what the value needs, before the rows of a file are changed. `rows`: the file as a relation. */
  prepare?(rows: string): Promise<void>
}

export const emptying = (column: string, condition: string): LakeChange => ({
  column,
  condition,
  value: 'null::varchar',
})

export interface LakeChanges {
  changes: readonly LakeChange[]
  /** No commit with such rows is on its way from a stream: files that no version has yet are deleted, too. */
  isSettled: boolean
  /** What was done is added to it. */
  changed: RowsByTable
}

/**
 * Raw events first. What is built of them is changed when no run that has read them from before can put its rows in their place; when
 * this returns, no run that has read rows from before can write any.
 */
export async function changeLake(pool: Pool, access: LakeAccess, changes: LakeChanges): Promise<void> {
  const isRaw = (table: Table) => table.name.startsWith(RAW_FOLDER)
  await changeTables(access, changes, isRaw)
  await closeRunsOf(pool, access.lake)
  await changeTables(access, changes, (table) => !isRaw(table))
  await closeRunsOf(pool, access.lake)
}

async function closeRunsOf(pool: Pool, lake: Lake): Promise<void> {
  const run = await closeRuns(pool)
  for (const table of await tablesWithColumn(lake)) {
    if (!table.name.startsWith(RAW_FOLDER)) await table.closeRunsUntil(run)
  }
}

async function changeTables(
  { lake, connection }: LakeAccess,
  { changes, isSettled, changed }: LakeChanges,
  isWanted: (table: Table) => boolean,
): Promise<void> {
  for (const { column, table: only, condition, among, value, prepare } of changes) {
    for (const table of (await tablesWithColumn(lake, column)).filter(isWanted)) {
      if (only !== undefined && table.name !== only) continue
      const rows = await table.changeRows(connection, {
        condition: among === undefined ? condition : `(${condition}) and ${among}`,
        values: { [column]: value },
        ...(prepare && { prepare }),
      })
      note(changed, `lake ${table.name}${column === CUSTOMER ? '' : `, ${column}`}`, rows)
      note(changed, `lake ${table.name}, older files`, await table.forget(connection, condition, isSettled))
    }
  }
}
