import { type DuckDBConnection, literal } from '../platform/duckdb.ts'
import type { AssetContext } from './asset.ts'

/** The stores' countries and the holidays, read once into the connection. */
export async function postgresSources(
  { settings }: Pick<AssetContext, 'settings'>,
  connection: DuckDBConnection,
): Promise<{ stores: string; holidays: string }> {
  const from = (table: string) => `postgres_scan(${literal(settings.postgresUrl)}, 'ref', ${literal(table)})`
  await connection.run(`create or replace temp table store_country as select store_id, country from ${from('stores')}`)
  await connection.run(`create or replace temp table holiday as select country, holiday_date from ${from('holidays')}`)
  return { stores: 'store_country', holidays: 'holiday' }
}
