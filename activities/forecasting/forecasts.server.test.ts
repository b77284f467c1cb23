/** From a real shop's sales to forecasts in the lake and the star schema, on real servers. */

import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import { SEGMENTS } from '../../models/forecasting/candidates.ts'
import { FORECAST_NUMBERS } from '../../models/forecasting/plan.ts'
import { withConnection } from '../../platform/duckdb/duckdb.ts'
import { openXgboost } from '../../platform/xgboost/xgboost.ts'
import { cleansedSales } from '../assets/cleansed/sales.ts'
import { featuresDailySales } from '../assets/features/daily-sales.ts'
import { demandInput, featuresDemand } from '../assets/features/demand.ts'
import type { AssetDefinition } from '../assets/framework/asset.ts'
import { scanAt } from '../assets/framework/lake-input.ts'
import { materializePartition, openTestAssets, type TestAssets } from '../assets/framework/testing.ts'
import { assets } from '../assets/index.ts'
import { predictionsDemand } from '../assets/predictions/demand.ts'
import { factForecast } from '../assets/predictions/fact-forecast.ts'
import { dimProduct } from '../assets/star/dim-product.ts'
import { dimStore } from '../assets/star/dim-store.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createBatchMetrics } from '../metrics.ts'
import { listVersions, promote, readHistory, readMetrics } from '../registry/versions.ts'
import { defineTarget, isInUnits, readAhead } from './dataset.ts'
import { openDemandModel } from './model.ts'
import { KnowledgeKeeper } from './online/keeper.ts'
import { newestDays } from './online/loading.ts'
import { isRefused, type Prediction, type PredictionRequest } from './online/prediction.ts'
import { predict } from './online/predictor.ts'
import { emptyRows } from './online/series-table.ts'
import { demandSources } from './sources.ts'
import { demandModel } from './trainable-demand.ts'

const FILE = join(import.meta.dirname, '..', '..', 'data', 'online-retail-ii', 'lines.parquet')
const FIRST = '2011-09-01'
const LAST = '2011-11-27'
const EARLIER = '2011-11-20'
/** The days of the last week are built from raw events one by one, as every morning; those before are added at once. */
const lastWeek = daysBetween('2011-11-21', LAST)

let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets()
  const metrics = createBatchMetrics(new Registry())
  dependencies = { ...world.context, metrics, assets }
  await world.addHistory({ lines: lines(FIRST, EARLIER), origins: daysBetween(addDays(FIRST, 21), EARLIER) })
  await world.addRawRows('pos_transactions', sales(lastWeek[0]!, LAST))
  await build([cleansedSales, dimStore, dimProduct, featuresDailySales, featuresDemand], lastWeek)
}, 300_000)
afterAll(() => world?.close())

/**
 * The shop's sales outside Britain, as the raw sink would have written them: of what sells on four days or more. That leaves
 * every fifth series, and a training of all takes minutes.
 */
const sales = (from: string, to: string) => `
  with line as (
    select *, count(distinct invoiced_at::date) over (partition by country, stock_code) as days
    from read_parquet('${FILE}')
    where invoiced_at::date between '${FIRST}' and '${LAST}' and quantity > 0 and country in ('EIRE', 'Germany', 'France')
  )
  select
    'e' || row_number() over () as event_id, 'online-retail' as source, 1::bigint as schema_version,
    invoiced_at::timestamptz as event_at, lower(replace(country, ' ', '-')) as store_id, invoice as transaction_id,
    row_number() over (partition by invoice)::bigint as line_no, stock_code as product_id,
    quantity::decimal(18, 6) as quantity, unit_price::decimal(18, 6) as unit_price, 0::decimal(18, 6) as discount,
    'unknown' as payment_method, 'pos_transactions' as topic, 0::bigint as "partition",
    (row_number() over ())::bigint as "offset", invoiced_at::timestamptz + interval 1 minute as known_at,
    invoiced_at::date as date
  from line where days >= 4 and invoiced_at::date between '${from}' and '${to}'`

/** The same, as `cleansed/sales` has them. */
const lines = (from: string, to: string) => `(
  select *, discount as discount_amount, false as is_promoted,
    round(quantity::decimal(24, 6) * unit_price - discount, 2)::decimal(24, 6) as net_amount
  from (${sales(from, to)}))`

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

describe('asked for one by one', () => {
  let keeper: KnowledgeKeeper
  beforeAll(async () => {
    keeper = await KnowledgeKeeper.open(world.context)
  }, 120_000)
  afterAll(() => keeper?.close())

  const ask = (...requests: PredictionRequest[]) => predict(keeper.knowledge, requests)
  const asked = async (...requests: PredictionRequest[]) =>
    (await ask(...requests)).map((answer) => {
      if (isRefused(answer)) throw new Error(answer.refusal)
      return answer
    })
  type Row = Record<string, string | number>
  const numbersOf = (row: Row) => FORECAST_NUMBERS.map((name) => row[name])
  const same = ({ mean, deviation, quantiles }: Prediction) => [mean, deviation, ...(quantiles ?? [])]

  test('every series has the features of the morning, to the last bit', async () => {
    const { table } = keeper.knowledge
    expect(table!.origin).toBe(LAST)
    await withConnection(world.context.duckdb, async (connection) => {
      const { version } = (await newestDays(world.context)).features!
      const features = await scanAt(world.context, demandInput, version, { date: LAST })
      await connection.run(`create temp table origin_features as select * from ${features}`)
      const sources = await demandSources(world.context, connection, 'origin_features', 7)
      await defineTarget(connection, sources, { first: 1, last: 7 })
      const rows = await readAhead(connection, 'true')
      const reader = await connection.runAndReadAll(
        'select store_id, product_id, horizon from target_row order by store_id, product_id, horizon',
      )
      const keys = reader.getRows() as [string, string, number][]
      expect(keys.length).toBe(table!.size * 7)
      const held = emptyRows(table!.features, keys.length)
      for (const [row, [storeId, productId, horizon]] of keys.entries()) {
        table!.fill({ series: table!.find({ storeId, productId })!, horizon }, held, row)
      }
      const bits = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength)
      expect(bits(held.values).equals(bits(rows.values))).toBe(true)
      for (const name of [
        'level',
        'segment',
        'seasonalNaive',
        'weekdayMean',
        'mean28',
        'isClosed',
        'targetDay',
        'seasonalDifference',
      ] as const)
        expect(bits(held[name]).equals(bits(rows[name])), name).toBe(true)
    })
  })

  test('every forecast is that of the morning, to the last bit, however many are asked for at once', async () => {
    const rows = (await world.lakeRows('predictions/demand', LAST)) as Row[]
    expect(new Set(rows.map(({ model_name }) => model_name))).toEqual(new Set(['demand', 'cold_start', 'ended']))
    const requests = rows.map((row) => ({
      storeId: String(row.store_id),
      productId: String(row.product_id),
      targetDate: String(row.target_date),
    }))
    for (const size of [rows.length, 97]) {
      const answers: Prediction[] = []
      for (let from = 0; from < rows.length; from += size)
        answers.push(...(await asked(...requests.slice(from, from + size))))
      expect(answers.map(({ model, version, targetDate, horizon }) => [model, version, targetDate, horizon])).toEqual(
        rows.map((row) => [row.model_name, row.model_version, row.target_date, row.horizon]),
      )
      expect(answers.map(same)).toEqual(rows.map(numbersOf))
    }
    const [one] = await asked(requests[0]!)
    expect(same(one!)).toEqual(numbersOf(rows[0]!))
  })

  test('what no one knows is a cold start, and marked as one', async () => {
    const [known] = (await world.lakeRows('predictions/demand', LAST)) as Row[]
    const storeId = String(known!.store_id)
    const [plain, again, elsewhere] = await asked(
      { storeId, productId: 'never seen' },
      { storeId, productId: 'never seen', targetDate: addDays(LAST, 1) },
      { storeId: 'a new store', productId: 'never seen' },
    )
    expect(plain).toMatchObject({
      model: 'cold_start',
      version: 1,
      featuresDate: LAST,
      targetDate: addDays(LAST, 1),
      horizon: 1,
    })
    expect(plain!.mean).toBeGreaterThan(0)
    expect(again).toEqual(plain)
    expect(elsewhere!.model).toBe('cold_start')
    expect(elsewhere!.mean).not.toBe(plain!.mean)
  })

  test('days that are not ahead, features that do not exist and levels that can not be are refused with the fix', async () => {
    const [row] = (await world.lakeRows('predictions/demand', LAST, 'store_id, product_id')) as Row[]
    const series = { storeId: String(row!.store_id), productId: String(row!.product_id) }
    const problems = await ask(
      { ...series, targetDate: LAST },
      { ...series, targetDate: addDays(LAST, 8) },
      { ...series, targetDate: '2011-11-31' },
      { ...series, features: { values: { price: 3 } } },
      { ...series, features: { values: { level: 0 } } },
      { storeId: 'x', productId: 'y', features: { values: { mean_7: 3 } } },
      { storeId: 'x', productId: 'y', targetDate: addDays(LAST, 90) },
    )
    expect(problems.map((answer) => (isRefused(answer) ? answer.refusal : answer))).toEqual([
      expect.stringContaining(`target_date ${LAST} is not one of the 7 days after ${LAST}`),
      expect.stringContaining(`target_date ${addDays(LAST, 8)} is not one of the 7 days`),
      expect.stringContaining('target_date 2011-11-31 is not one'),
      expect.stringMatching(/^features: the model has no price; it has .*price_ratio/),
      expect.stringContaining('features: level is 0'),
      expect.stringContaining('needs level'),
      expect.stringContaining('there is no forecast of'),
    ])
  })

  test('features of the caller replace those that are known; the same features give the same forecast', async () => {
    const { table } = keeper.knowledge
    const [row] = (await world.lakeRows('predictions/demand', LAST, 'store_id, product_id')) as Row[]
    const series = { storeId: String(row!.store_id), productId: String(row!.product_id) }
    const own = emptyRows(table!.features, 1)
    table!.fill({ series: table!.find(series)!, horizon: 1 }, own, 0)
    const level = own.level[0]!
    const [morning] = (await world.lakeRows(demandInput.table, LAST)) as Row[]
    const unscaled: Row = { ...morning!, weekday_mean: own.weekdayMean[0]!, last_same_weekday: own.seasonalNaive[0]! }
    const values = Object.fromEntries(
      table!.features.map((name, column) => {
        const value = isInUnits(name) ? (unscaled[name] ?? null) : own.values[column]!
        return [name, Number.isNaN(value) ? null : (value as number | null)]
      }),
    )
    const features = { values, recent: [...own.recent], demandClass: SEGMENTS[own.segment[0]!]! }
    const [plain, repeated, alone, changed] = await asked(
      series,
      { ...series, features },
      { storeId: 'no store', productId: 'no product', features },
      { ...series, features: { values: { level: level * 10 }, recent: [...own.recent].map((units) => units * 10) } },
    )
    expect(same(repeated!)).toEqual(same(plain!))
    expect(same(alone!)).toEqual(same(plain!))
    expect(changed!.mean).not.toBe(plain!.mean)
  })

  test('a promotion is used at once, one that does not load leaves the version in use, and both are reported', async () => {
    const { pool } = world.context
    const [row] = (await world.lakeRows('predictions/demand', LAST, 'store_id, product_id')) as Row[]
    const series = { storeId: String(row!.store_id), productId: String(row!.product_id) }
    const version = async () => (await asked(series))[0]!.version
    expect(await version()).toBe(1)
    expect(keeper.warnings()).toEqual([])
    await promote(pool, { model: 'demand', version: 3, by: 'ann', reason: 'it knows more' })
    await keeper.refresh()
    expect(await version()).toBe(3)
    await pool.query(`insert into ops.model_version select 'demand', 4, now(), trained_from, trained_through, artefact || '-gone', code_version,
      seed, parameters, inputs, training_rows, duration_ms, workflow_id, decision from ops.model_version where model_name = 'demand' and version = 3`)
    await promote(pool, { model: 'demand', version: 4, by: 'ann', reason: 'a mistake' })
    await keeper.refresh()
    expect(await version()).toBe(3)
    expect(keeper.warnings()).toEqual([
      expect.stringMatching(/^champion demand@4 can not be loaded: .*is missing in the bucket/),
    ])
    await promote(pool, { model: 'demand', version: 1, by: 'ann', reason: 'back' })
    await keeper.refresh()
    expect(await version()).toBe(1)
    expect(keeper.warnings()).toEqual([])
  })
})

test('too few days are refused, with how many are needed', async () => {
  await expect(train(addDays(FIRST, 25))).rejects.toThrow(/demand: features of 5 days up to .* four weeks/)
  await expect(train('2010-01-01')).rejects.toThrow(/no features up to 2010-01-01; `shelfline run feature-engineering/)
})
