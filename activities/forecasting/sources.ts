import { blocksFor } from '../../models/forecasting/plan.ts'
import { type DuckDBConnection, literal, withPostgres } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { AssetContext } from '../assets/framework/asset.ts'
import { type DatasetSources, PRICE_COVARIATES, prepareCovariates } from './dataset.ts'

export const PRICE_DAYS_STATEMENT = 'features/price_days.sql'

/** The stores' countries and the holidays, read once into the connection. */
export async function postgresSources(
  { settings }: Pick<AssetContext, 'settings'>,
  connection: DuckDBConnection,
): Promise<{ stores: string; holidays: string }> {
  await withPostgres(connection, settings, async (postgres) => {
    // By queries: the list of all tables of the database need not be read.
    const read = (query: string) => `postgres_query(${literal(postgres)}, ${literal(query)})`
    await connection.run(
      `create or replace temp table store_country as from ${read('select store_id, country from ref.stores')}`,
    )
    await connection.run(
      `create or replace temp table holiday as from ${read('select country, holiday_date from ref.holidays')}`,
    )
  })
  return { stores: 'store_country', holidays: 'holiday' }
}

/**
 * @param features rows of features/demand: their days are those whose prices are read, and they have the hours out of stock
 * @param horizonDays days ahead whose prices are read
 */
export async function demandSources(
  context: Pick<AssetContext, 'settings'>,
  connection: DuckDBConnection,
  features: string,
  horizonDays: number,
): Promise<DatasetSources> {
  await withPostgres(connection, context.settings, (postgres) =>
    connection.run(statement(PRICE_DAYS_STATEMENT, { postgres })),
  )
  return {
    features,
    ...(await postgresSources(context, connection)),
    covariates: await prepareCovariates(
      connection,
      features,
      { relation: 'price_day', ...PRICE_COVARIATES },
      blocksFor(horizonDays).at(-1)!.last,
    ),
    availability: await prepareAvailability(connection, features),
  }
}

/**
 * Lays the days on which not all of the demand could be met into a table of the connection.
 *
 * @param hours a relation of store_id, product_id, date and stock_out_hours_1: hours of the day without the product
 * @returns the table, as `DatasetSources.availability` needs it
 */
export async function prepareAvailability(connection: DuckDBConnection, hours: string): Promise<string> {
  await connection.run(`create or replace temp table in_stock as
    select store_id, product_id, date, greatest(0, 1 - stock_out_hours_1 / 24) as in_stock_share
    from ${hours} where stock_out_hours_1 > 0`)
  return 'in_stock'
}
