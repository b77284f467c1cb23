/**
 * The daily load, raw → star, in one process: a day of 1 ×, 3 × and 10 × as many sale lines, and small days in a row.
 * Needs a running instance (`./shelfline stack up`). `node bench/daily-etl.ts [lines = 1000000] [runs = 5] [factors = 1,3,10]`
 */

import { materializePartition, openTestAssets, type TestAssets } from '../activities/assets/framework/testing.ts'
import { assets as allAssets } from '../activities/assets/index.ts'
import { addDays } from '../contracts/calendar.ts'
import { machine, report, seconds } from './measure.ts'

const assets = allAssets.filter(({ pipeline }) => pipeline === undefined)
const STORES = 457
const PRODUCTS = 92_331
const ASSORTMENT = 20_000
const SMALL_DAY_LINES = 4_000
const SMALL_DAYS = 40
const SMALL_DAYS_AT_ONCE = 2

const [lines = '1000000', runs = '5', factors = '1,3,10'] = process.argv.slice(2)

console.log(machine())
for (const factor of factors.split(',').map(Number))
  await inNewWorld((world) => measureDays(world, Number(lines) * factor))
await inNewWorld(measureSmallDays)

async function inNewWorld(work: (world: TestAssets) => Promise<void>): Promise<void> {
  const world = await openTestAssets({ logLevel: 'silent' })
  try {
    await fillCatalogues(world)
    await work(world)
  } finally {
    await world.close()
  }
}

async function measureDays(world: TestAssets, linesADay: number): Promise<void> {
  const total: number[] = []
  const byAsset = new Map<string, number[]>(assets.map(({ name }) => [name, []]))
  let peakMegabytes = 0
  for (let run = 0; run < Number(runs); run += 1) {
    const date = day(run)
    await addDay(world, date, linesADay)
    const shards = Math.ceil(linesADay / world.context.settings.shardRowsMax)
    const sampling = setInterval(() => {
      peakMegabytes = Math.max(peakMegabytes, process.memoryUsage.rss() / 2 ** 20)
    }, 50)
    total.push(
      await seconds(() =>
        buildDay(world, date, shards, (name, milliseconds) => byAsset.get(name)!.push(milliseconds / 1_000)),
      ),
    )
    clearInterval(sampling)
  }
  const size = `${linesADay.toLocaleString('en-GB')} lines`
  for (const [name, values] of byAsset) report(`${size}, ${name}`, 's', values)
  report(`${size}, all assets`, 's', total)
  report(
    `${size}, all assets`,
    'lines/s',
    total.map((value) => linesADay / value),
  )
  report(`${size}, memory of the process at most`, 'MB', [peakMegabytes])
}

/** As the daily pipeline does: each asset as soon as all that it is made from is there. */
async function buildDay(
  world: TestAssets,
  date: string,
  shards: number,
  onBuilt: (name: string, milliseconds: number) => void = () => undefined,
): Promise<void> {
  const building = new Map<string, Promise<void>>()
  for (const asset of assets) {
    const upstream = asset.upstream.map((name) => building.get(name)!)
    const build = async () => {
      await Promise.all(upstream)
      const { milliseconds } = await materializePartition(world.context, asset, date, { shards })
      onBuilt(asset.name, milliseconds)
    }
    building.set(asset.name, build())
  }
  await Promise.all(building.values())
}

/** What a year's backfill does: many days, two at once, each its assets in order. */
async function measureSmallDays(world: TestAssets): Promise<void> {
  const dates = Array.from({ length: SMALL_DAYS }, (_, index) => day(index))
  for (const date of dates) await addDay(world, date, SMALL_DAY_LINES)
  const each: number[] = []
  const queue = [...dates]
  const all = await seconds(() =>
    Promise.all(
      Array.from({ length: SMALL_DAYS_AT_ONCE }, async () => {
        for (let date = queue.shift(); date !== undefined; date = queue.shift()) {
          const built = date
          each.push(await seconds(() => buildDay(world, built, 1)))
        }
      }),
    ),
  )
  report(`a day of ${SMALL_DAY_LINES} lines, all assets, ${SMALL_DAYS_AT_ONCE} days at once`, 's', each)
  report(`365 such days`, 'min', [(all / SMALL_DAYS) * (365 / 60)])
}

function day(index: number): string {
  return addDays('2024-05-01', index)
}

async function fillCatalogues({ context: { pool } }: TestAssets): Promise<void> {
  await pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     select 'S' || i, 'Store ' || i, 'Region ' || i % 9, 'America/New_York', 'US', 'USD', '2024-01-01' from generate_series(0, $1 - 1) as i`,
    [STORES],
  )
  await pool.query(
    `insert into ref.product_versions (product_id, valid_from, name, category, department, brand)
     select 'P' || i, '2024-01-01', 'Product ' || i, 'Category ' || i % 300, 'Department ' || i % 30, 'Brand ' || i % 6000
     from generate_series(0, $1 - 1) as i`,
    [PRODUCTS],
  )
  await pool.query(
    `insert into ref.products (product_id, name, category, department, brand, recorded_at)
     select product_id, name, category, department, brand, valid_from from ref.product_versions`,
  )
}

/** A day's raw rows: baskets of ten lines, 1 % sent twice, 0.5 % returns, a delivery for every tenth line. */
async function addDay(world: TestAssets, date: string, count: number): Promise<void> {
  const stands = (topic: string) => `'${topic}' as topic, (hash(store_id) % 3)::bigint as "partition", i as "offset",
    timestamptz '${date} 23:30:00+00' + to_microseconds(i) as known_at, date '${date}' as date`
  const event = `'bench' as source, 1::bigint as schema_version, timestamptz '${date} 12:00:00+00' + to_seconds(i % 36000) as event_at`
  // Each store carries a part of the products, and sells some of them far more often than others.
  const product = (of: string) => `'P' || ((hash(store_id) % ${PRODUCTS} +
    (power((hash(${of}) % 1000003) / 1000003, 3) * ${ASSORTMENT})::bigint) % ${PRODUCTS}) as product_id`
  await world.addRawRows(
    'pos_transactions',
    `select 'till/${date}/' || (if(i % 100 = 99, i - 1, i)) as event_id, ${event}, 'S' || (i // 10 % ${STORES}) as store_id,
      'T' || (i // 10) as transaction_id, i % 10 as line_no, ${product('i')},
      if(i % 200 = 7, -1, 1 + i % 3)::decimal(18,6) as quantity, (0.5 + i % 997 / 100)::decimal(18,6) as unit_price,
      (i % 5 / 10)::decimal(18,6) as discount, 'C' || (i // 10 % 2469) as customer_id, 'card' as payment_method,
      i % 20 = 0 as is_promoted, ${stands('pos_transactions')} from range(${count}) as r(i)`,
  )
  await world.addRawRows(
    'inventory_updates',
    `select 'stock/${date}/' || i as event_id, ${event}, 'S' || (i % ${STORES}) as store_id, 'I' || i as inventory_id,
      ${product('i * 31')}, 24::decimal(18,6) as quantity_change, 24::decimal(18,6) as new_quantity, 'delivery' as reason,
      true as synthetic, ${stands('inventory_updates')} from range(${Math.ceil(count / 10)}) as r(i)`,
  )
  await world.addRawRows(
    'price_changes',
    `select 'price/${date}/' || i as event_id, ${event}, 'S' || (i % ${STORES}) as store_id, ${product('i * 17')},
      (1 + i % 100 / 10)::decimal(18,6) as new_price, 'regular' as reason, ${stands('price_changes')}
      from range(${Math.ceil(count / 50)}) as r(i)`,
  )
  await world.addRawRows(
    'foot_traffic',
    `select 'door/${date}/' || i as event_id, ${event}, 'S' || (i % ${STORES}) as store_id, 'door' as sensor_id,
      i % 7 as entries, i % 5 as exits, 900::bigint as interval_seconds, ${stands('foot_traffic')}
      from range(${STORES * 40}) as r(i)`,
  )
}
