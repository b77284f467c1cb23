/**
 * A morning's forecasts of many series: the live state and the features of the day, predictions/demand by a trained champion,
 * fact_forecast in PostgreSQL, on real servers. The champion is trained before, on fewer series. Needs a running instance.
 * `node bench/prediction.ts [series = 50000] [runs = 3]`
 */

import { Registry } from 'prom-client'
import { dailySalesInput } from '../activities/assets/features/daily-sales.ts'
import { featuresDemand } from '../activities/assets/features/demand.ts'
import { featuresLiveState } from '../activities/assets/features/live-state.ts'
import type { AssetDefinition } from '../activities/assets/framework/asset.ts'
import { materializePartition, openTestAssets } from '../activities/assets/framework/testing.ts'
import { assets } from '../activities/assets/index.ts'
import { predictionsDemand } from '../activities/assets/predictions/demand.ts'
import { factForecast } from '../activities/assets/predictions/fact-forecast.ts'
import { dimProduct } from '../activities/assets/star/dim-product.ts'
import { dimStore } from '../activities/assets/star/dim-store.ts'
import { demandModel } from '../activities/forecasting/trainable-demand.ts'
import { createBatchMetrics } from '../activities/metrics.ts'
import { addDays, daysBetween } from '../contracts/calendar.ts'
import { machine, report, seconds } from './measure.ts'

const PRODUCTS = 200
const TRAINING_STORES = 3
const LAST = '2024-06-30'
const FIRST = addDays(LAST, -129)
const TRAINED_THROUGH = addDays(LAST, -1)
const FEATURES_FROM = addDays(LAST, -45)

const [series = 50_000, runs = 3] = process.argv.slice(2).map(Number)
const stores = Math.ceil(series / PRODUCTS)

console.log(machine())
const world = await openTestAssets()
const life = { heartbeat: () => undefined, signal: new AbortController().signal }
try {
  await measure()
} finally {
  await world.close()
}

async function measure(): Promise<void> {
  await writeCatalogue()
  await writeSales(TRAINING_STORES)
  for (const date of daysBetween(FEATURES_FROM, TRAINED_THROUGH)) {
    await materializePartition(world.context, featuresDemand, date)
  }
  const dependencies = { ...world.context, metrics: createBatchMetrics(new Registry()), assets }
  const trained = await demandModel.train(
    dependencies,
    { date: TRAINED_THROUGH, horizonDays: 7 },
    life,
    'bench',
    () => undefined,
  )
  console.log(`demand v${trained.version}, ${trained.trainingRows} rows to train on: ${trained.decision}`)
  if (!trained.isChampion)
    throw new Error('bench: the model did not become champion, so that nothing would be measured')

  await writeSales(stores)
  for (const dimension of [dimStore, dimProduct]) await materializePartition(world.context, dimension, LAST)
  const steps: readonly AssetDefinition[] = [featuresLiveState, featuresDemand, predictionsDemand, factForecast]
  const taken = steps.map(() => [] as number[])
  let forecasts = 0
  for (let run = 0; run < runs; run += 1) {
    for (const [index, step] of steps.entries()) {
      taken[index]!.push(
        await seconds(async () => (forecasts = (await materializePartition(world.context, step, LAST)).rows)),
      )
    }
  }
  for (const [index, { name }] of steps.entries()) report(name, 's', taken[index]!)
  const mornings = Array.from({ length: runs }, (_, run) => taken.reduce((sum, step) => sum + step[run]!, 0))
  report(
    `a morning of ${series.toLocaleString('en-GB')} series, ${forecasts.toLocaleString('en-GB')} forecasts`,
    's',
    mornings,
  )
  report('memory of this process at most', 'MB', [process.resourceUsage().maxRSS / 1_024])
}

async function writeCatalogue(): Promise<void> {
  await world.rows(`insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
    select 's' || i, 's' || i, 'north', 'UTC', 'GB', 'GBP', '2020-01-01' from generate_series(0, ${stores - 1}) as i`)
  await world.rows(`insert into ref.products (product_id, name, category, department, recorded_at)
    select 'p' || i, 'p' || i, 'c' || i % 20, 'd' || i % 4, '2020-01-01' from generate_series(0, ${PRODUCTS - 1}) as i`)
  await world.rows(`insert into ref.product_versions (product_id, valid_from, name, category, department)
    select product_id, recorded_at, name, category, department from ref.products`)
}

/** features/daily_sales of every day: each product sells with a weekly rhythm, on most days, more in some stores. */
async function writeSales(ofStores: number): Promise<void> {
  const table = await world.context.lake.ensureTable(dailySalesInput.table, dailySalesInput.definition)
  for (const date of daysBetween(FIRST, LAST)) {
    const files = await table.writePartition(world.connection, {
      partition: { date },
      orderBy: ['store_id', 'product_id', 'known_for', 'known_on'],
      select: `
        select store_id, product_id, day as known_for, day as known_on, units::decimal(24, 6) as units,
          0::decimal(24, 6) as returned_units, (units * (1 + product % 9))::decimal(24, 6) as net_amount,
          0::decimal(24, 6) as discount_amount, 0::decimal(24, 6) as promoted_units, 1::bigint as lines, day as date
        from (
          select 's' || store as store_id, 'p' || product as product_id, product, day,
            floor((1 + product % 7) * (1 + store % 3) * if(isodow(day) > 5, 1.6, 1) * (hash(store, product, day) % 1000 / 500.0)) as units
          from range(${ofStores}) s (store), range(${PRODUCTS}) p (product), (select date '${date}' as day)
        )
        where units > 0`,
    })
    await table.replacePartitions({ partitions: [{ date }], files })
  }
}
