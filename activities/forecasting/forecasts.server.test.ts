/** From a real shop's sales to forecasts in the lake and the star schema, on real servers. */

import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import { openXgboost } from '../../platform/xgboost/xgboost.ts'
import { cleansedSales } from '../assets/cleansed/sales.ts'
import { featuresDailySales } from '../assets/features/daily-sales.ts'
import { featuresDemand } from '../assets/features/demand.ts'
import type { AssetDefinition } from '../assets/framework/asset.ts'
import { materializePartition, openTestAssets, type TestAssets } from '../assets/framework/testing.ts'
import { assets } from '../assets/index.ts'
import { predictionsDemand } from '../assets/predictions/demand.ts'
import { factForecast } from '../assets/predictions/fact-forecast.ts'
import { dimProduct } from '../assets/star/dim-product.ts'
import { dimStore } from '../assets/star/dim-store.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createBatchMetrics } from '../metrics.ts'
import { listVersions, promote, readHistory, readMetrics } from '../registry/versions.ts'
import { openDemandModel } from './model.ts'
import { demandModel } from './trainable-demand.ts'

const FILE = join(import.meta.dirname, '..', '..', 'data', 'online-retail-ii', 'lines.parquet')
const FIRST = '2011-09-01'
const LAST = '2011-11-27'
const EARLIER = '2011-11-20'

let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets()
  const metrics = createBatchMetrics(new Registry())
  dependencies = { ...world.context, metrics, assets }
  await world.addRawRows('pos_transactions', sales())
  const days = daysBetween(FIRST, LAST)
  await build([cleansedSales, dimStore, dimProduct, featuresDailySales], days)
  await build([featuresDemand], daysBetween(addDays(FIRST, 21), LAST))
}, 300_000)
afterAll(() => world?.close())

/** The shop's sales outside Britain, as the raw sink would have written them. */
const sales = () => `
  select
    'e' || row_number() over () as event_id, 'online-retail' as source, 1::bigint as schema_version,
    invoiced_at::timestamptz as event_at, lower(replace(country, ' ', '-')) as store_id, invoice as transaction_id,
    row_number() over (partition by invoice)::bigint as line_no, stock_code as product_id,
    quantity::decimal(18, 6) as quantity, unit_price::decimal(18, 6) as unit_price, 0::decimal(18, 6) as discount,
    'unknown' as payment_method, 'pos_transactions' as topic, 0::bigint as "partition",
    (row_number() over ())::bigint as "offset", invoiced_at::timestamptz + interval 1 minute as known_at,
    invoiced_at::date as date
  from read_parquet('${FILE}')
  where invoiced_at::date between '${FIRST}' and '${LAST}' and quantity > 0 and country in ('EIRE', 'Germany', 'France')`

async function build(wanted: readonly AssetDefinition[], days: readonly string[]): Promise<void> {
  for (const date of days) for (const asset of wanted) await materializePartition(world.context, asset, date)
}

const life = { heartbeat: () => undefined, signal: new AbortController().signal }
const train = (date: string, change: { seed?: number } = {}) =>
  demandModel.train(dependencies, { date, horizonDays: 7, ...change }, life, 'test', () => undefined)

const forecasts = (date: string) =>
  world.rows<{ model_name: string; model_version: number; rows: number; target_dates: number; quantity: number }>(
    `select model_name, model_version, count(*)::int as rows, count(distinct target_date)::int as target_dates,
       sum(mean_quantity)::float as quantity
     from analytics.fact_forecast where forecast_date = '${date}' group by 1, 2`,
  )

test('a day without features is reported, with the fix', async () => {
  const { rows, checks } = await materializePartition(world.context, predictionsDemand, '2031-01-01')
  expect(rows).toBe(0)
  expect(checks.find(({ check }) => check === 'no_features')).toMatchObject({
    passed: false,
    finding: expect.stringContaining('`shelfline run feature-engineering --date 2031-01-01`'),
  })
})

test('before any model is trained, the mean of the weekday is used instead and the checks report it', async () => {
  const { checks } = await materializePartition(world.context, predictionsDemand, LAST)
  expect(checks.find(({ check }) => check === 'no_model')!.passed).toBe(false)
  await materializePartition(world.context, factForecast, LAST)
  const [found] = await forecasts(LAST)
  expect(found).toMatchObject({ model_name: 'weekday_mean', model_version: 0, target_dates: 7 })
})

test('the first version that beats the naive forecast becomes champion, and forecasts', async () => {
  const first = await train(EARLIER)
  expect(first).toMatchObject({ model: 'demand', version: 1, isChampion: true })
  expect(first.decision).toMatch(/^promoted: the first version/)
  const measured = await readMetrics(world.context.pool, 'demand', 1)
  const value = (candidate: string, metric: string) =>
    measured.find((row) => row.candidate === candidate && row.metric === metric && row.segment === 'all')!.value
  expect(value('chosen', 'wape')).toBeLessThan(value('seasonal_naive', 'wape'))
  expect(value('chosen', 'coverage_80')).toBeGreaterThan(0.7)

  await materializePartition(world.context, predictionsDemand, LAST)
  const loaded = await materializePartition(world.context, factForecast, LAST)
  expect(loaded.checks.every(({ passed }) => passed)).toBe(true)
  const [found, ...others] = await forecasts(LAST)
  expect(others).toEqual([])
  const series = (await world.lakeRows('features/demand', LAST, 'count(*)::int as n'))[0]!.n as number
  expect(found).toMatchObject({ model_name: 'demand', model_version: 1, rows: series * 7, target_dates: 7 })
})

test('quantiles do not cross and are not below zero', async () => {
  const crossed = await world.lakeRows(
    'predictions/demand',
    LAST,
    'count(*) filter (where q05 < 0 or q05 > q10 or q10 > q25 or q25 > q50 or q50 > q75 or q75 > q90 or q90 > q95 or mean < 0)::int as crossed, count(q50)::int as rows',
  )
  expect(crossed[0]).toMatchObject({ crossed: 0, rows: expect.toSatisfy((rows: number) => rows > 0) })
})

test('the same days and seed give the same files; a version that gains nothing is registered and not promoted', async () => {
  const again = await train(EARLIER)
  expect(again).toMatchObject({ version: 2, isChampion: false })
  expect(again.decision).toContain('not promoted: demand@1 has seen all but a few of the days that judge')
  const { objectStore, settings } = world.context
  for (const name of ['mean-1-7.json', 'evidence.json']) {
    const file = (version: number) => objectStore.get(`${settings.lakePrefix}/models/demand/v${version}/${name}`)
    expect((await file(2))!.equals((await file(1))!)).toBe(true)
  }
})

test('an artefact of the time when quantiles were boosters is refused', async () => {
  const { objectStore, settings } = world.context
  const folder = `${settings.lakePrefix}/models/demand/v1`
  const manifest = JSON.parse((await objectStore.get(`${folder}/manifest.json`))!.toString())
  for (const block of manifest.blocks) delete block.quantiles
  await objectStore.put(`${folder}-old/manifest.json`, JSON.stringify(manifest))
  await using xgboost = openXgboost(settings)
  const opened = openDemandModel(objectStore, `${folder}-old`, xgboost)
  await expect(opened).rejects.toMatchObject({
    name: 'ModelUnusable',
    message: expect.stringMatching(/v1-old .* train the model again$/),
  })
})

test('a later challenger orders against the champion on days that neither has seen', async () => {
  const later = await train(LAST)
  expect(later.version).toBe(3)
  expect(later.decision).toMatch(
    /promoted: orders .*cost less: [\d.]+ against [\d.]+ of demand@1 on 2011-11-21 to 2011-11-27 \(.* in 99 of 100 draws of \d+ series in \d+ stores' weeks/,
  )
})

test('a person promotes and rolls back, and the log keeps both', async () => {
  const { pool } = world.context
  await promote(pool, { model: 'demand', version: 2, by: 'ann', reason: 'to try it' })
  await promote(pool, { model: 'demand', version: 1, by: 'ann', reason: 'it was worse' })
  const history = await readHistory(pool, 'demand', 10)
  expect(history.slice(0, 2).map(({ version, changedBy, reason }) => [version, changedBy, reason])).toEqual([
    [1, 'ann', 'it was worse'],
    [2, 'ann', 'to try it'],
  ])
  await expect(promote(pool, { model: 'demand', version: 9, by: 'ann', reason: '' })).rejects.toThrow('no version 9')
  await expect(pool.query('update ops.model_alias_log set version = 2')).rejects.toThrow('permission denied')
  const [champion] = (await listVersions(pool, 'demand', 10)).filter(({ isChampion }) => isChampion)
  expect(champion!.version).toBe(1)
})

test('a product that lies in the store and has stopped selling is forecast as nothing, one that is new or has run out by its peers', async () => {
  const { pool } = world.context
  await pool.query(
    `insert into ref.shelves select 'germany', id, 'shelf', 8, null, 'w1', now() from unnest(array['new', 'ended', 'sold out']) as id`,
  )
  await pool.query(
    `insert into state.stock (store_id, product_id, on_hand) values ('germany', 'new', 3), ('germany', 'ended', 3), ('germany', 'sold out', 0)`,
  )
  await pool.query(`insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
    select 'germany', id, '2011-05-01', 4, 4, 0, 0, 1 from unnest(array['ended', 'sold out']) as id`)
  await materializePartition(world.context, predictionsDemand, LAST)
  const rows = await world.lakeRows('predictions/demand', LAST, 'product_id, model_name, mean')
  const of = (product: string) => rows.filter((row) => row.product_id === product)
  expect(of('ended').map(({ model_name, mean }) => [model_name, mean])).toEqual(
    Array.from({ length: 7 }, () => ['ended', 0]),
  )
  for (const product of ['new', 'sold out']) {
    expect(of(product)).toHaveLength(7)
    expect(of(product).every(({ model_name, mean }) => model_name === 'cold_start' && Number(mean) > 0)).toBe(true)
  }
})

test('too few days are refused, with how many are needed', async () => {
  await expect(train(addDays(FIRST, 25))).rejects.toThrow(/demand: features of 5 days up to .* four weeks/)
  await expect(train('2010-01-01')).rejects.toThrow(/no features up to 2010-01-01; `shelfline run feature-engineering/)
})
