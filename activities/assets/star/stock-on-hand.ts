import { type DuckDBConnection, literal, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import type { AssetContext, InputVersions } from '../framework/asset.ts'
import type { AssetColumn } from '../framework/columns.ts'

/** Pins what `defineOnHand` reads: the newest load of `fact_inventory`. */
export async function pinInventory({ pool }: AssetContext, date: string): Promise<InputVersions> {
  const query = `select max(succeeded_at) as loaded from ops.partition_ledger where asset = 'fact_inventory' and date <= $1`
  const { rows } = await pool.query<{ loaded: Date | null }>(query, [date])
  return { 'analytics.fact_inventory': rows[0]!.loaded?.toISOString() ?? '' }
}

export const onHandQuantity: AssetColumn = {
  type: 'double',
  isNullable: true,
  comment: 'Units on hand at the end of the day; null if the stock is unknown.',
}

export const ON_HAND_STATEMENT = 'predictions/on_hand.sql'

/** Makes the temporary table `on_hand`: store_id, product_id, quantity when the day was over; a product that never moved has no row. */
export async function defineOnHand(
  { settings }: AssetContext,
  connection: DuckDBConnection,
  date: string,
): Promise<void> {
  await withPostgres(connection, settings, (postgres) =>
    connection.run(statement(ON_HAND_STATEMENT, { date: `date ${literal(date)}`, postgres })),
  )
}
