import { LIST, listValue, VARCHAR } from '@duckdb/node-api'
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import type { AssetContext } from '../framework/asset.ts'

export const UNKNOWN_MEMBERS_STATEMENT = 'cleansed/find_unknown.sql'

/**
 * Makes `unknown_stores` and `unknown_products`: what the events name and no catalogue contains. Only the names go to
 * PostgreSQL and only the unknown ones come back, because a day names far fewer than the catalogue holds.
 */
export async function loadUnknownMembers(
  context: AssetContext,
  connection: DuckDBConnection,
  { products: hasProducts }: { products: boolean },
): Promise<void> {
  const stores = await names(connection, 'store_id')
  const products = hasProducts ? await names(connection, 'product_id') : []
  const { rows } = await context.pool.query<{ kind: string; id: string }>(statement(UNKNOWN_MEMBERS_STATEMENT), [
    stores,
    products,
  ])
  for (const kind of ['store', 'product']) {
    const ids = listValue(rows.filter((row) => row.kind === kind).map(({ id }) => id))
    const table = `unknown_${kind}s as select unnest($ids) as ${kind}_id`
    await connection.run(`create or replace temp table ${table}`, { ids }, { ids: LIST(VARCHAR) })
  }
}

async function names(connection: DuckDBConnection, column: string): Promise<string[]> {
  const reader = await connection.runAndReadAll(`select distinct ${column} from events order by ${column}`)
  return reader.getColumns()[0] as string[]
}
