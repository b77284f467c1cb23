/** Giving customers other names in rows of the database. */
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { RowsByTable } from './tables.ts'

/** On a day, YYYY-MM-DD, who was known by one name gets another. */
export interface Renamed {
  known: string
  day: string
  name: string
}

const LIVE_STATE = {
  'state.basket': 'privacy/rename_baskets.sql',
  'state.sale_line': 'privacy/rename_sale_lines.sql',
  'state.online_order': 'privacy/rename_online_orders.sql',
}

/** Of `refresh_bi`: it sums customers of what it has read, and may have read it before. */
const REFRESH_LOCK = 731204120

/** Each table in a transaction of its own. */
export async function renameLiveState(pool: Pool, renamed: readonly Renamed[], changed: RowsByTable): Promise<void> {
  for (const [table, file] of Object.entries(LIVE_STATE)) {
    note(changed, table, await inTransaction(pool, (client) => rename(client, file, renamed)))
  }
}

/** A day and its sums in one transaction: a report has both or none. */
export async function renameFacts(pool: Pool, renamed: readonly Renamed[], changed: RowsByTable): Promise<void> {
  for (const [day, own] of Map.groupBy(renamed, ({ day }) => day)) {
    const rows = await inTransaction(pool, async (client) => {
      const count = await rename(client, 'privacy/rename_facts.sql', own)
      if (count > 0) await sumCustomers(client, day)
      return count
    })
    note(changed, 'analytics.fact_sales', rows)
  }
}

export async function sumCustomers(client: PoolClient, day: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1)', [REFRESH_LOCK])
  await client.query('select analytics.sum_customers($1)', [day])
}

async function rename(client: PoolClient, file: string, renamed: readonly Renamed[]): Promise<number> {
  const { rows } = await client.query<{ rows: number }>(statement(file), [
    renamed.map(({ known }) => known),
    renamed.map(({ day }) => day),
    renamed.map(({ name }) => name),
  ])
  return rows[0]!.rows
}

export function note(changed: RowsByTable, table: string, rows: number): void {
  if (rows > 0) changed[table] = (changed[table] ?? 0) + rows
}
