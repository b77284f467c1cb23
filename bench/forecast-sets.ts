/** Data sets that the demand forecast is measured on, as files with their maps. */
import { join } from 'node:path'
import type { Frequency } from '../models/forecasting/plan.ts'
import { type DuckDBConnection, literal } from '../platform/duckdb/duckdb.ts'
import { cacheFolder } from '../platform/settings/settings.ts'
import { parseSeriesMap, readSeriesMap, type SeriesMap } from '../sources/series-map.ts'
import { isMade, MADE, makeSet } from './made-sets.ts'

export interface ForecastSet {
  name: string
  file: string
  map: SeriesMap
  frequency: Frequency
}

/** The panel of Complete Journey is a sample of households: most of its series are too thin to show anything. */
const SELLING_DAYS_MIN = 60

const completeJourney = () => `
  select
    store_id::varchar as store_id, product_category as product_id, department, transaction_timestamp::date as date,
    sum(quantity) as units, sum(sales_value) as net_amount,
    sum(retail_disc + coupon_disc + coupon_match_disc) as discount_amount
  from read_parquet('${cacheFolder()}/completejourney-0.1.0/transactions.parquet')
  join read_parquet('${cacheFolder()}/completejourney-0.1.0/products.parquet') using (product_id)
  where quantity between 1 and 100 and product_category is not null
    and product_category not in ('COUPON/MISC ITEMS', 'MISC. TRANS.')
  group by store_id, product_category, department, transaction_timestamp::date
  qualify count(*) over (partition by store_id, product_category) >= ${SELLING_DAYS_MIN}`

const onlineRetail = () => `
  select lower(replace(country, ' ', '-')) as store_id, stock_code as product_id, invoiced_at::date as date,
    sum(quantity) as units, sum(quantity * unit_price) as net_amount, 0 as discount_amount
  from read_parquet('${join(import.meta.dirname, '../data/online-retail-ii/lines.parquet')}')
  where quantity > 0
  group by all`

const soldMap = {
  series: '[store_id, product_id]',
  date: 'date',
  quantity: 'units',
  net_amount: 'net_amount',
  discount_amount: 'discount_amount',
  missing_days: 'closed',
}
const freshRetailMap = {
  series: '[store_id, product_id]',
  date: 'date',
  quantity: 'sale_quantity',
  category: 'second_category_id',
  department: 'first_category_id',
  known: '[discount, holiday, activity]',
}
const stockOut = { stock_out: '{ column: stockout, unit: flag, hour: hour }' }

const mapOf = (keys: Record<string, string>): SeriesMap => {
  const lines = Object.entries(keys).map(([key, value]) => `${key}: ${value}`)
  return parseSeriesMap(lines.join('\n'), 'of the bench')
}

export const SETS = `complete-journey | online-retail | freshretail=HOURLY.parquet | ${Object.keys(MADE).join(' | ')}[=SEED] | FILE=MAP.yaml`

/**
 * @param source a name of `SETS`; FreshRetail gives two: with the hours out of stock, and as if they had not been recorded. By weeks with
 * `,week` at the end
 * @param folder where files that are made of others are put
 */
export async function forecastSets(
  connection: DuckDBConnection,
  source: string,
  folder: string,
): Promise<ForecastSet[]> {
  const [set = '', frequency = 'day'] = source.split(',') as [string, Frequency?]
  const [name, path = ''] = set.split('=') as [string, string?]
  const write = async (query: string, map: Record<string, string>): Promise<ForecastSet[]> => {
    const file = join(folder, `${name}.parquet`)
    await connection.run(`copy (${query}) to ${literal(file)} (format parquet)`)
    return [{ name, file, map: mapOf(map), frequency }]
  }
  if (isMade(name)) {
    const { file, map } = makeSet(name, Number(path || '1'), folder)
    return [{ name, file, map: mapOf(map), frequency: MADE[name].period }]
  }
  if (name === 'complete-journey') return write(completeJourney(), { ...soldMap, department: 'department' })
  if (name === 'online-retail') return write(onlineRetail(), soldMap)
  if (name === 'freshretail' && path !== '') {
    return [
      {
        name: 'freshretail, hours out of stock known',
        file: path,
        map: mapOf({ ...freshRetailMap, ...stockOut }),
        frequency,
      },
      { name: 'freshretail, as sold', file: path, map: mapOf(freshRetailMap), frequency },
    ]
  }
  if (path.endsWith('.yaml')) return [{ name, file: name, map: readSeriesMap(path), frequency }]
  throw new Error(`bench: ${source} is not one of ${SETS}`)
}
