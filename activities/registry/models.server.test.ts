/** The models beside the demand forecast, on real servers: from sales to registered versions and the morning's tables. */

import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import { cleansedInventory } from '../assets/cleansed/inventory.ts'
import { salesInput } from '../assets/cleansed/sales.ts'
import type { AssetDefinition } from '../assets/framework/asset.ts'
import { materializePartition, openTestAssets, type TestAssets } from '../assets/framework/testing.ts'
import { onlyRow } from '../assets/framework/work.ts'
import { assets } from '../assets/index.ts'
import { predictionsAnomalies } from '../assets/predictions/anomalies.ts'
import { predictionsCrossSell } from '../assets/predictions/cross-sell.ts'
import { factAnomaly } from '../assets/predictions/fact-anomaly.ts'
import { factCrossSell } from '../assets/predictions/fact-cross-sell.ts'
import { factSlowMover } from '../assets/predictions/fact-slow-mover.ts'
import { factStockTarget } from '../assets/predictions/fact-stock-target.ts'
import { predictionsSlowMovers } from '../assets/predictions/slow-movers.ts'
import { predictionsStockTargets } from '../assets/predictions/stock-targets.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createBatchMetrics } from '../metrics.ts'
import { knownRows, pinTable, requireKnown } from './inputs.ts'
import { trainableModels } from './trainable-models.ts'
import { promote, readMetrics } from './versions.ts'

const FIRST = '2024-01-01'
const LAST = '2024-03-17'
const PREDICTED = '2024-03-16'
const MODELS = ['anomalies', 'unusual_sales', 'slow_movers', 'cross_sell', 'stock_targets']
const PREDICTIONS = [predictionsAnomalies, predictionsSlowMovers, predictionsCrossSell, predictionsStockTargets]
const FACTS = [factAnomaly, factSlowMover, factCrossSell, factStockTarget]

let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets()
  dependencies = { ...world.context, metrics: createBatchMetrics(new Registry()), assets }
  await world.connection.run(sales)
  await world.append(salesInput, 'select * from sold')
  const products = "(select distinct product_id, 'category' as category, 'department' as department from sold)"
  await world.addHistory({ lines: 'sold', origins: daysBetween(addDays(FIRST, 14), LAST), products })
  await addMasterData()
}, 120_000)
afterAll(() => world?.close())

/**
 * Four stores, 60 products, 40 baskets a store and day. The lower its number the more a product sells; odd and even
 * neighbours go together; from 30 on products die one after the other. On the predicted day one product sells a hundred times as much.
 */
const sales = `
  create temp table sold as
  with basket as (
    select
      's' || s as store_id, day::date as date, s || '-' || day::date || '-' || b as transaction_id,
      (60 * power((hash(s, day, b) % 1000) / 1000.0, 2.2))::integer as first,
      hash(s, day, b, 1) % 100 < 70 as is_pair, (hash(s, day, b, 2) % 60)::integer as other, hash(s, day, b, 3) as h
    from range(1, 5) as stores (s), range(date '${FIRST}', date '${LAST}' + 1, interval 1 day) as days (day), range(40) as baskets (b)
  ),
  line as (
    select *, first as product, 1 as line_no from basket
    union all select *, if(is_pair, xor(first, 1), other), 2 from basket
    union all select *, other, 3 from basket
  )
  select
    transaction_id || '/' || line_no as event_id, store_id, transaction_id, line_no::bigint as line_no,
    'p' || product as product_id,
    if(date = '${PREDICTED}' and product = 3 and store_id = 's1', 100, 1 + h % 2)::decimal(18, 6) as quantity,
    (1 + product % 7)::decimal(18, 6) as unit_price, 0::decimal(18, 6) as discount_amount,
    (quantity * (1 + product % 7))::decimal(24, 6) as gross_amount, (quantity * (1 + product % 7))::decimal(24, 6) as net_amount,
    false as is_return, false as is_promoted, false as is_synthetic, false as is_duplicate_suspect,
    false as is_unknown_store, false as is_unknown_product, null::varchar as original_transaction_id,
    null::bigint as original_line_no, null::date as original_sale_date, null::varchar as customer_id,
    null::varchar as till_id, 'card' as payment_method, 'test' as source, (date + to_hours((9 + h % 10)::integer))::timestamptz as event_at,
    (date + to_hours(20))::timestamptz as known_at, date
  from line
  where product < 30 or date < date '2024-01-10' + 2 * (product - 30)`

/** Versions of stores and products, shelves for some, a cost for one. */
async function addMasterData(): Promise<void> {
  const version = "timestamptz '1900-01-01+00', timestamptz '9999-12-31+00', true"
  const key = (id: string) => `analytics.dimension_key(${id}, '1900-01-01+00')`
  const stores = "(select 's' || n as id from generate_series(1, 4) as n)"
  const products = "(select 'p' || n as id from generate_series(0, 63) as n)"
  for (const query of [
    `insert into ref.stores select id, id, 'r', 'UTC', 'UK', 'GBP', now() from ${stores}`,
    `insert into analytics.dim_store select ${key('id')}, id, id, 'r', 'UK', 'GBP', 'UTC', ${version}, false from ${stores}`,
    `insert into analytics.dim_product select ${key('id')}, id, id, null, null, null, null, ${version}, false from ${products}`,
    `insert into ref.shelves select 's1', id, 'shelf', 8, null, 'w1', now() from ${products}`,
    `insert into ops.inventory_balances
     select ${key('store.id')}, ${key('product.id')}, 20, '${LAST}' from ${stores} as store, ${products} as product`,
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     values ('supplier', 'S', 'file', '{1}', '12:00', 'UTC', 3, 'GBP', now())`,
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, shelf_life_days, recorded_at)
     values ('*/p50/supplier', 'p50', 'supplier', 0.5, 1, 1, 3, now())`,
  ]) {
    await world.context.pool.query(query)
  }
}

const life = { heartbeat: () => undefined, signal: new AbortController().signal }
const train = (model: string, date: string) =>
  trainableModels.find(({ name }) => name === model)!.train(dependencies, { date }, life, 'test', () => undefined)
const build = (asset: AssetDefinition) => materializePartition(world.context, asset, PREDICTED)
const value = async (model: string, candidate: string, metric: string) =>
  (await readMetrics(world.context.pool, model, 1)).find(
    (row) => row.candidate === candidate && row.metric === metric && row.segment === 'all',
  )!.value

test('as known at a day, later rows do not count; where all are later, that is reported', async () => {
  const known = '2024-02-01'
  const pinned = await pinTable(dependencies, salesInput, LAST)
  const { last } = await onlyRow(
    world.connection,
    `select max(date)::varchar as last from ${knownRows(pinned, 'known_at::date', known)}`,
  )
  expect(last).toBe(known)
  await requireKnown(dependencies, LAST, known)
  await expect(requireKnown(dependencies, LAST, addDays(FIRST, -1))).rejects.toThrow(
    `arrived on ${FIRST} or later, so none were known at ${addDays(FIRST, -1)}`,
  )
})

test('before any model is trained partitions are empty, and the checks report it', async () => {
  await materializePartition(world.context, cleansedInventory, PREDICTED)
  for (const asset of PREDICTIONS) {
    const { rows, checks } = await build(asset)
    expect([asset.name, rows]).toEqual([asset.name, 0])
    expect(checks.find(({ check }) => check === 'no_model')).toMatchObject({ passed: false, severity: 'warn' })
  }
})

/** In this world prices never change and no odd combination is made: the robust distance finds what can be found. */
const BEATEN = 'anomalies'

test.each(MODELS.filter((model) => model !== BEATEN))(
  '%s: the first version beats the naive way and becomes champion',
  async (model) => {
    const first = await train(model, addDays(LAST, -7))
    expect(first.decision).toMatch(/^promoted: the first version/)
    expect(first).toMatchObject({ model, version: 1, isChampion: true })
  },
)

test('a model that does not beat the naive way is not promoted, though there is no other; a person may promote it', async () => {
  const first = await train(BEATEN, addDays(LAST, -7))
  expect(first).toMatchObject({ version: 1, isChampion: false })
  expect(first.decision).toMatch(
    /^not promoted: not better than robust distance \(AUC .* 0\.8\d+, robust distance 0\.8\d+\)$/,
  )
  expect(await value(BEATEN, 'chosen', 'auc')).toBeLessThan(await value(BEATEN, 'robust_distance', 'auc'))
  await promote(world.context.pool, { model: BEATEN, version: 1, by: 'ann', reason: 'to see its reasons' })
})

test('what is measured lies where it should', async () => {
  expect(await value('unusual_sales', 'chosen', 'auc')).toBeGreaterThan(
    await value('unusual_sales', 'robust_distance', 'auc'),
  )
  // Prices never change in this world, and a forest splits by nothing that never changes: a fault in four is invisible.
  expect(await value('anomalies', 'chosen', 'auc')).toBeGreaterThan(0.75)
  expect(await value('slow_movers', 'chosen', 'auc')).toBeGreaterThan(0.9)
  expect(await value('slow_movers', 'chosen', 'calibration_error')).toBeLessThan(0.1)
  expect(await value('cross_sell', 'chosen', 'recall_10')).toBeGreaterThan(
    await value('cross_sell', 'popularity', 'recall_10'),
  )
  expect(await value('stock_targets', 'chosen', 'pinball')).toBeLessThan(
    await value('stock_targets', 'normal', 'pinball'),
  )
})

test.each(MODELS)(
  '%s: a week later it is compared with the champion, and the same days and seed give the same files',
  async (model) => {
    const [later, again] = [await train(model, LAST), await train(model, LAST)]
    expect(later.decision).toContain(model === BEATEN ? 'not better than robust distance' : `of ${model}@1`)
    expect(again.version).toBe(3)
    const { objectStore, settings } = world.context
    const prefix = `${settings.lakePrefix}/models/${model}`
    for await (const { key } of objectStore.list(`${prefix}/v2/`)) {
      const twin = await objectStore.get(key.replace('/v2/', '/v3/'))
      expect((await objectStore.get(key))!.equals(twin!), key).toBe(true)
    }
  },
)

test('the day that was unlike others is found, with the reason', async () => {
  await build(predictionsAnomalies)
  const rows = await world.lakeRows('predictions/anomalies', PREDICTED)
  expect(rows.length).toBeLessThan(20)
  const found = rows.find((row) => row.store_id === 's1' && row.product_id === 'p3')!
  expect(found).toMatchObject({ sold_quantity: expect.any(Number), reason: expect.stringMatching(/^units/) })
  expect(JSON.parse(String(found.reasons))[0].share).toBeGreaterThan(0.2)
})

test('what stopped selling is slow, and its stock is worth what it cost', async () => {
  await build(predictionsSlowMovers)
  const rows = await world.lakeRows('predictions/slow_movers', PREDICTED)
  const of = (product: string) => rows.filter((row) => row.product_id === product)
  expect(of('p1').every((row) => row.is_slow === false)).toBe(true)
  expect(of('p50').every((row) => row.is_slow === true && row.aging === '0-30')).toBe(true)
  expect(of('p50')[0]).toMatchObject({ unit_value: 0.5, valued_at: 'cost', on_hand_quantity: 20 })
  expect(of('p51')[0]).toMatchObject({ valued_at: 'price' })
})

test('neighbours are in each other`s lists', async () => {
  await build(predictionsCrossSell)
  const rows = await world.lakeRows('predictions/cross_sell', PREDICTED)
  const first = rows.filter((row) => row.place === 1 && Number(String(row.product_id).slice(1)) < 20)
  const paired = first.filter((row) => other(String(row.product_id)) === row.other_product_id)
  expect(paired.length).toBeGreaterThan(0.8 * first.length)
  expect(paired[0]!.lift).toBeGreaterThan(1)
})

const other = (product: string) => `p${Number(product.slice(1)) ^ 1}`

test('targets follow demand and rules', async () => {
  await build(predictionsStockTargets)
  const rows = await world.lakeRows('predictions/stock_targets', PREDICTED)
  const of = (store: string, product: string) =>
    rows.find((row) => row.store_id === store && row.product_id === product)!
  expect(of('s1', 'p1')).toMatchObject({ protection_days: 2, target_quantity: 8, rule: 'capacity' })
  expect(of('s2', 'p1')).toMatchObject({ protection_days: 7, rule: 'demand', on_hand_quantity: 20 })
  expect(of('s2', 'p1').target_quantity).toBeGreaterThan(7 * Number(of('s2', 'p1').daily_quantity))
  expect(of('s2', 'p50')).toMatchObject({ protection_days: 4 })
  expect(rows.every((row) => Number.isFinite(row.target_quantity) && Number(row.target_quantity) >= 0)).toBe(true)
})

test('the star schema holds what the lake holds, whichever way it was cut into shards', async () => {
  for (const [index, fact] of FACTS.entries()) {
    const { rows, checks } = await build(fact)
    expect(
      checks.every(({ passed }) => passed),
      fact.name,
    ).toBe(true)
    expect(rows, fact.name).toBeGreaterThan(0)
    await materializePartition(world.context, PREDICTIONS[index]!, PREDICTED, { shards: 3 })
    const again = await materializePartition(world.context, fact, PREDICTED, { shards: 2 })
    expect(again.rows, fact.name).toBe(rows)
  }
  const [money] = await world.rows<{ tied_up: number }>(
    `select sum(tied_up_amount)::float as tied_up from bi.fact_slow_mover join bi.dim_product using (product_key) where product_id = 'p50'`,
  )
  expect(money!.tied_up).toBe(4 * 20 * 0.5)
})

test.each(MODELS)('%s: too few days are refused, with the fix', async (model) => {
  await expect(train(model, addDays(FIRST, 3))).rejects.toThrow(/are too few.*shelfline backfill run --assets/)
})
