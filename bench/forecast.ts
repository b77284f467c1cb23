/**
 * The demand forecast on real data, against seasonal naive and the other baselines: errors by segment and horizon on days
 * that it was not trained on, time, memory. No instance is needed.
 *
 * `node bench/forecast.ts [complete-journey | online-retail | freshretail=<hourly.parquet>] [horizon days = 14] [rows at most]`
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeDemandFeatures } from '../activities/assets/features-series.ts'
import { type TrainedDemand, trainDemand } from '../activities/forecast-training.ts'
import { createLocalDuckDb, type DuckDBConnection, literal, withConnection } from '../platform/duckdb.ts'
import { cacheFolder, loadSettings } from '../platform/settings.ts'
import { openXgboost } from '../platform/xgboost.ts'
import { machine } from './measure.ts'

const [source = 'complete-journey', horizonDays = '14', rowsMax = '400000'] = process.argv.slice(2)
const [name, path = ''] = source.split('=') as [string, string?]

/** What sold by store, product and day: store_id, product_id, category, department, date, units, net_amount, discount_amount. */
const sets: Record<string, () => string> = {
  'complete-journey': () => `
    select * from (
    select store_id::varchar as store_id, product_category as product_id, department as category,
      department, transaction_timestamp::date as date, sum(quantity) as units, sum(sales_value) as net_amount,
      sum(retail_disc + coupon_disc + coupon_match_disc) as discount_amount
    from read_parquet('${cacheFolder()}/completejourney-0.1.0/transactions.parquet')
    join read_parquet('${cacheFolder()}/completejourney-0.1.0/products.parquet') using (product_id)
    where quantity between 1 and 100 and product_category is not null
      and product_category not in ('COUPON/MISC ITEMS', 'MISC. TRANS.')
    group by all)
    qualify count(*) over (partition by store_id, product_id) >= ${SELLING_DAYS_MIN}`,
  'online-retail': () => `
    select lower(replace(country, ' ', '-')) as store_id, stock_code as product_id, null::varchar as category,
      null::varchar as department, invoiced_at::date as date, sum(quantity) as units,
      sum(quantity * unit_price) as net_amount, 0 as discount_amount
    from read_parquet('${join(import.meta.dirname, '../data/online-retail-ii/lines.parquet')}')
    where quantity > 0
    group by all`,
  freshretail: () => `
    select store_id::varchar as store_id, product_id::varchar as product_id,
      second_category_id::varchar as category, first_category_id::varchar as department, date::date as date,
      sum(sale_quantity) as units, sum(sale_quantity * discount) as net_amount,
      sum(sale_quantity * (1 - discount)) as discount_amount
    from read_parquet(${literal(path)})
    group by all
    having sum(sale_quantity) > 0`,
}

/** Every so many days an origin: of different weekdays, and no more than one needs. */
const ORIGIN_STEP = 5
/** The panel of Complete Journey is a sample of households: most of its series are too thin to say anything. */
const SELLING_DAYS_MIN = 60
const HISTORY_DAYS_MIN = 28

const rows = sets[name]
if (rows === undefined || (name === 'freshretail' && path === '')) {
  throw new Error(`bench: ${source} is not one of ${Object.keys(sets).join(', ')} (freshretail=<hourly.parquet>)`)
}
console.log(machine())
const folder = mkdtempSync(join(tmpdir(), 'shelfline-bench-'))
const settings = { ...loadSettings(), home: folder, duckdbMemoryLimitMegabytes: 3_000 }
const duckdb = await createLocalDuckDb(settings)
let peakMegabytes = 0
const sampling = setInterval(() => {
  peakMegabytes = Math.max(peakMegabytes, process.memoryUsage.rss() / 2 ** 20)
}, 50)
try {
  await withConnection(duckdb, measure)
} finally {
  clearInterval(sampling)
  duckdb.closeSync()
  rmSync(folder, { recursive: true })
}

async function measure(connection: DuckDBConnection): Promise<void> {
  const { origins, through } = await prepare(connection, rows!())
  const startedMs = performance.now()
  const products =
    '(select product_id, any_value(category) as category, any_value(department) as department from sold group by product_id)'
  await makeDemandFeatures(connection, { origins, daily: 'daily', products })
  const [count] = (await connection.runAndReadAll('select count(*) from features')).getRows()[0] as [bigint]
  const featureSeconds = (performance.now() - startedMs) / 1_000
  say('features: rows, rows a second', [Number(count), Number(count) / featureSeconds])
  await using xgboost = openXgboost(settings)
  const trainingStartedMs = performance.now()
  const trained = await trainDemand({
    connection,
    xgboost,
    sources: {
      features: 'features',
      stores: "(select '' as store_id, '' as country where false)",
      holidays: "(select '' as country, date '1970-01-01' as holiday_date where false)",
    },
    daily: 'daily',
    origins,
    through,
    horizonDays: Number(horizonDays),
    seed: 1,
    rowsMax: Number(rowsMax),
    onStep: (step, done) => process.stderr.write(`\r${(done * 100).toFixed(0)} % ${step.padEnd(50)}`),
  })
  process.stderr.write('\n')
  say('training: seconds, rows', [(performance.now() - trainingStartedMs) / 1_000, trained.trainingRows])
  report(trained)
  say('memory of the process at most, MB', [peakMegabytes])
}

/** The daily sums as `features/daily_sales` has them, all known in time. */
async function prepare(connection: DuckDBConnection, query: string): Promise<{ origins: string[]; through: string }> {
  await connection.run(`create table sold as ${query}`)
  await connection.run(`create table daily as
    select store_id, product_id, date as known_for, date as known_on, units, 0 as returned_units, net_amount,
      discount_amount, 0 as promoted_units, 1 as lines, date
    from sold`)
  const days = await connection.runAndReadAll(
    `select day::date::varchar, max(day::date) over ()::varchar
     from range((select min(date) from sold)::timestamp + interval ${HISTORY_DAYS_MIN} days, (select max(date) from sold)::timestamp + interval 1 day, interval 1 day) as days (day)
     order by 1`,
  )
  const found = days.getRows() as [string, string][]
  const through = found[0]![1]
  const judged = Number(horizonDays) + 14
  // All of the days that may judge, and some of those before.
  const origins = found
    .map(([day]) => day)
    .filter((_, index) => {
      const before = found.length - 1 - index
      return before <= judged || before % ORIGIN_STEP === 0
    })
  return { origins, through }
}

function report({ metrics, manifest }: TrainedDemand): void {
  for (const block of manifest.blocks) {
    const horizon = `${block.first}-${block.last}`
    console.log(
      `days ${horizon}: ${block.objective}, rounds ${JSON.stringify(block.rounds)}, ${JSON.stringify(block.choice)}`,
    )
    for (const segment of ['all', 'smooth', 'erratic', 'intermittent', 'lumpy']) {
      const own = metrics.filter((metric) => metric.horizon === horizon && metric.segment === segment)
      if (own.length === 0) continue
      console.log(`  ${segment} (${own[0]!.rows} forecasts)`)
      for (const candidate of new Set(own.map((metric) => metric.candidate))) {
        const values = own.filter((metric) => metric.candidate === candidate)
        const text = values.map(({ metric, value }) => `${metric} ${value.toFixed(4)}`)
        console.log(`    ${candidate.padEnd(22)} ${text.join('  ')}`)
      }
    }
  }
}

function say(figure: string, values: readonly number[]): void {
  console.log(
    `${figure.padEnd(45)} ${values.map((value) => Number(value.toPrecision(4)).toLocaleString('en-GB')).join('   ')}`,
  )
}
