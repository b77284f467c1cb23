/** Which tables of the lake may hold customers. */
import { UnknownTableError } from '../../lake/errors.ts'
import type { Lake } from '../../lake/lake.ts'
import type { Table } from '../../lake/table.ts'

/** Rows that were changed, by table; tables without any are left out. */
export type RowsByTable = Record<string, number>

export const CUSTOMER = 'customer_id'

/** The tables of the lake with a column: left out, the one for customers. */
export async function tablesWithColumn(lake: Lake, column = CUSTOMER): Promise<Table[]> {
  const tables: Table[] = []
  for (const name of await lake.list()) {
    const table = await lake.table(name).catch((error) => {
      if (error instanceof UnknownTableError) return undefined
      throw error
    })
    if (table === undefined) continue
    if ((await table.snapshot()).schema.some((one) => one.name === column)) tables.push(table)
  }
  return tables
}
