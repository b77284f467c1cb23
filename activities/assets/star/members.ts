import { literal } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import type { AssetContext } from '../framework/asset.ts'
import type { Engine } from '../framework/engine.ts'

export const UNKNOWN_MEMBERS_STATEMENT = 'cleansed/find_unknown.sql'

/**
 * Makes `unknown_stores` and `unknown_products`: what the events name and no catalogue contains. Only the names go to
 * PostgreSQL and only the unknown ones come back, because a day names far fewer than the catalogue holds.
 */
export async function loadUnknownMembers(
  context: AssetContext,
  engine: Engine,
  { products: hasProducts }: { products: boolean },
): Promise<void> {
  const stores = await names(engine, 'store_id')
  const products = hasProducts ? await names(engine, 'product_id') : []
  const { rows } = await context.pool.query<{ kind: string; id: string }>(statement(UNKNOWN_MEMBERS_STATEMENT), [
    stores,
    products,
  ])
  for (const kind of ['store', 'product']) {
    const ids = rows.filter((row) => row.kind === kind).map(({ id }) => `(${literal(id)})`)
    const relation = ids.length === 0 ? "(select '' as id) where false" : `(values ${ids.join(', ')}) as unknown (id)`
    await engine.run(`create or replace temp table unknown_${kind}s as select id as ${kind}_id from ${relation}`)
  }
}

async function names(engine: Engine, column: string): Promise<string[]> {
  const rows = await engine.rows(`select distinct ${column} as name from events`)
  return rows.map(({ name }) => String(name)).sort()
}
