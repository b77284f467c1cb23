/** Sales by store and category: what assortments and seasons are planned by. */
import { type DuckDBConnection, identifier } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { onlyRow } from '../assets/framework/work.ts'
import { refuse } from '../failures.ts'
import type { SalesHistory } from './evaluation.ts'

const NAMES = { daily: 'category_daily', recovered: 'category_recovered' } as const

/**
 * The same sales with categories as series. A known covariate is the mean of its products'; what was out of stock for a part of a day is put
 * back in both, because a category is never out of stock as a whole.
 *
 * @throws ApplicationFailure `InvalidInput` when no product has a category
 */
export async function sumByCategory(connection: DuckDBConnection, sales: SalesHistory): Promise<SalesHistory> {
  const { products, covariates } = sales
  const { known } = await onlyRow(connection, `select count(category) as known from ${products}`)
  if (Number(known) === 0) {
    throw refuse('InvalidInput', 'no product has a category: name its column as category in the map')
  }
  for (const [of, name] of Object.entries(NAMES) as [keyof typeof NAMES, string][]) {
    await connection.run(statement('forecasting/category_sales.sql', { sales: sales[of], products, name }))
  }
  const { series } = await onlyRow(
    connection,
    `select count(distinct (store_id, product_id)) as series from ${NAMES.daily}`,
  )
  return {
    ...sales,
    daily: NAMES.recovered,
    recovered: NAMES.recovered,
    products: `(select distinct product_id, product_id as category, null::varchar as department from ${NAMES.daily})`,
    covariates: covariates && (await meanCovariates(connection, covariates, products)),
    availability: undefined,
    series: Number(series),
  }
}

async function meanCovariates(
  connection: DuckDBConnection,
  { relation, ...names }: NonNullable<SalesHistory['covariates']>,
  products: string,
): Promise<NonNullable<SalesHistory['covariates']>> {
  const means = [...names.known, ...names.past, ...names.fixed].map(
    (name) => `avg(${identifier(name)}) as ${identifier(name)}`,
  )
  await connection.run(
    `create or replace temp table category_covariate as
     select store_id, coalesce(category, 'Unknown') as product_id, date, ${means.join(', ')}
     from ${relation} left join ${products} as product using (product_id)
     group by store_id, coalesce(category, 'Unknown'), date`,
  )
  return { ...names, relation: 'category_covariate' }
}
