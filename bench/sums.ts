/**
 * Holds the reports against the data set itself: lines, units and money per store, product and day of what a running
 * instance has replayed of Complete Journey. `node bench/sums.ts [--from 2017-01-01 --to 2017-12-31]`
 */
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  createDuckDb,
  type DuckDBConnection,
  literal,
  withConnection,
  withPostgres,
} from '../platform/duckdb/duckdb.ts'
import { cacheFolder, loadSettings } from '../platform/settings/settings.ts'

const { values: flags } = parseArgs({
  options: { from: { type: 'string', default: '2017-01-01' }, to: { type: 'string', default: '2017-12-31' } },
})
const settings = loadSettings()
const file = join(cacheFolder(), 'completejourney-0.1.0', 'transactions.parquet')
const range = `between date ${literal(flags.from)} and date ${literal(flags.to)}`

const duckdb = await createDuckDb(settings)
const differences = await withConnection(duckdb, (connection) =>
  withPostgres(connection, settings, (reports) => compare(connection, reports)),
)
duckdb.closeSync()
console.log(`${differences} differences`)
process.exitCode = differences === 0 ? 0 : 1

async function compare(connection: DuckDBConnection, reports: string): Promise<number> {
  // The data set's instants are UTC (docs/sources.md); a day is the store's.
  await connection.run(`
    create temp view expected_lines as
    select
      timezone('America/New_York', timezone('UTC', transaction_timestamp))::date as sale_date,
      store_id::varchar as store_id, product_id::varchar as product_id,
      case when product_type like 'GASOLINE%' and quantity > 100 then quantity / 1000 else quantity end::decimal(18, 3) as quantity,
      sales_value::decimal(18, 2) as net_amount
    from read_parquet(${literal(file)})
    left join read_parquet(${literal(join(dirname(file), 'products.parquet'))}) as products using (product_id);
    create temp view reported_lines as
    select sale_date, store_id, product_id, quantity::decimal(18, 3) as quantity, net_amount::decimal(18, 2) as net_amount
    from ${reports}.bi.fact_sales
    join ${reports}.bi.dim_store using (store_key)
    join ${reports}.bi.dim_product using (product_key)`)
  for (const side of ['expected', 'reported']) {
    await connection.run(`
      create temp table ${side} as
      select sale_date, store_id, product_id, count(*) as lines, sum(quantity) as quantity, sum(net_amount) as net_amount
      from ${side}_lines where sale_date ${range} group by all`)
    const total = await connection.runAndReadAll(
      `select count(*), sum(lines)::bigint, sum(quantity), sum(net_amount) from ${side}`,
    )
    const [groups, lines, quantity, amount] = total.getRowsJson()[0]!
    console.log(`${side}: ${groups} store × product × day, ${lines} lines, ${quantity} units, ${amount} paid`)
  }
  const found = await connection.runAndReadAll(`
    select count(*) from (
      (from expected except from reported) union all (from reported except from expected))`)
  return Number(found.getRowsJson()[0]![0])
}
