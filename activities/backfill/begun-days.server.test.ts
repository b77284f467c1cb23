/** Days that have not begun are not built; partitions that exist by mistake can be dropped; no model trains on old days. */
import { hostname, userInfo } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { environmentOf, shelfline } from '../../cli/testing.ts'
import { readLedger, registerAssets } from '../../platform/ledger.ts'
import { openTestAssets, saleLine, type TestAssets } from '../assets/framework/testing.ts'
import { assets } from '../assets/index.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createForecastActivities } from '../forecasting/forecasts.ts'
import { buildRequest, dependenciesOf, idleLife } from '../testing.ts'
import { dayIn, newestDay } from './begun-days.ts'
import { buildPartition } from './build-partition.ts'
import { createPartitionActivities } from './partitions.ts'
import { makePlan } from './plans.ts'

let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets()
  dependencies = dependenciesOf(world.context, assets)
  await registerAssets(world.context.pool, assets)
  await world.rows(`insert into ref.stores (store_id, name, time_zone, country, region, currency, recorded_at)
    values ('east', 'e', 'Pacific/Kiritimati', 'KI', 'r', 'AUD', now()), ('west', 'w', 'Pacific/Pago_Pago', 'AS', 'r', 'USD', now()),
      ('nowhere', 'n', 'Atlantis/Centre', 'XX', 'r', 'EUR', now())`)
})
afterAll(() => world?.close())

const FUTURE = '2099-01-01'
const refused = { type: 'InvalidInput', message: expect.stringContaining(`${FUTURE} has not begun in any store`) }
const build = (asset: string, date: string) => buildPartition(dependencies, buildRequest(asset, date), idleLife())

test('the newest day is the one that has begun in the store furthest east', async () => {
  const expected = () => dayIn(new Date(), 'Pacific/Kiritimati')
  await expect.poll(async () => (await newestDay(world.context.pool, 'UTC')).date === expected()).toBe(true)
})

test('a day that has not begun is refused wherever it is asked for, and leaves nothing', async () => {
  const { pool, lake } = world.context
  const partitions = createPartitionActivities(dependencies)
  await expect(build('cleansed/sales', FUTURE)).rejects.toMatchObject(refused)
  await expect(partitions.planDay({ date: FUTURE, at: new Date().toISOString() })).rejects.toMatchObject(refused)
  await expect(partitions.assertAsset('fact_sales', FUTURE)).rejects.toMatchObject(refused)
  const request = { requested: ['fact_sales'], from: '2024-05-01', to: FUTURE, forced: false }
  await expect(makePlan({ pool, lake, assets, timeZone: 'UTC' }, request)).rejects.toMatchObject(refused)
  const training = createForecastActivities(dependencies)
  await expect(training.planTraining({ date: FUTURE, at: new Date().toISOString() })).rejects.toMatchObject(refused)
  expect(await readLedger(pool)).toEqual([])
  expect(await world.rows('select from ops.backfill_plans')).toEqual([])
})

test('a simulation that has come to the day may build it', async () => {
  await world.rows(
    `insert into ops.clock (simulated_now, speed, run_id, seed) values ('${FUTURE}T12:00:00Z', 1, 'r', 1)`,
  )
  await expect(build('cleansed/sales', FUTURE)).resolves.toMatchObject({ kind: 'built' })
  await world.rows('delete from ops.clock')
})

const cli = (...words: string[]) => shelfline(words, environmentOf(world.context.settings))

test('the commands refuse it as wrong use', async () => {
  for (const words of [
    ['run', 'daily-etl', '--date', FUTURE],
    ['backfill', 'plan', '--assets', 'all', '--from', FUTURE, '--to', FUTURE],
  ]) {
    const { code, error } = await cli(...words)
    expect(error).toContain(`"${FUTURE}" has not begun in any store`)
    expect(code).toBe(2)
  }
})

const days = async (asset: string) =>
  (await readLedger(world.context.pool, { assets: [asset] })).map(({ date }) => date)
const sold = async () =>
  (
    await world.rows<{ rows: number }>(
      "select count(*) as rows from analytics.fact_sales where sale_date = '2024-05-01'",
    )
  )[0]!.rows

test('dropped partitions are gone from lake, star schema, sums, ledger and freshness, and can be built again', async () => {
  const date = '2024-05-01'
  await world.addRaw('pos_transactions', [saleLine(), saleLine({ line_no: 2 })])
  const built = ['cleansed/sales', 'cleansed/inventory', 'dim_store', 'dim_product', 'fact_sales', 'fact_inventory']
  for (const asset of built) await build(asset, date)
  await world.rows('select from analytics.refresh_bi()')
  const range = ['--from', date, '--to', date, '--why', 'built by mistake']

  const alone = await cli('ledger', 'drop', 'cleansed/sales', ...range)
  expect(alone.code).toBe(2)
  expect(alone.error).toMatch(/made from these: .*fact_sales 2024-05-01.*with-downstream/)
  const dry = await cli('ledger', 'drop', 'cleansed/sales', ...range, '--with-downstream', '--dry-run')
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('would be removed') })
  expect(await sold()).toBe(2)
  expect(await days('cleansed/sales')).toContain(date)

  expect((await cli('ledger', 'drop', 'cleansed/sales', ...range, '--with-downstream')).code).toBe(0)
  expect(await sold()).toBe(0)
  expect(await world.lakeRows('cleansed/sales', date)).toEqual([])
  expect(await world.rows('select from analytics.fact_inventory')).toEqual([])
  expect(await world.rows('select from ops.inventory_balances where quantity <> 0')).toEqual([])
  for (const sums of ['sales_by_store_day', 'sales_by_day_total', 'sales_by_category_total', 'customer_day']) {
    expect(await world.rows(`select from analytics.${sums}`), sums).toEqual([])
  }
  for (const asset of ['cleansed/sales', 'fact_sales', 'fact_inventory']) expect(await days(asset)).not.toContain(date)
  expect(await days('cleansed/inventory')).toEqual([date])
  expect(await world.rows("select last_date from bi.data_freshness where asset = 'fact_sales'")).toEqual([])
  expect(
    await world.rows("select rows, dropped_by, why from ops.dropped_partitions where asset = 'fact_sales'"),
  ).toEqual([{ rows: 2, dropped_by: `${userInfo().username}@${hostname()}`, why: 'built by mistake' }])

  for (const asset of built) await build(asset, date)
  expect(await sold()).toBe(2)
})

test('a day of the future that is there from before can be dropped', async () => {
  expect((await cli('ledger', 'drop', 'all', '--from', FUTURE, '--to', FUTURE, '--why', 'not begun')).code).toBe(0)
  expect(await days('cleansed/sales')).not.toContain(FUTURE)
})

test('training as of a day long after the newest one is refused, naming that', async () => {
  const { planTraining } = createForecastActivities(dependencies)
  const ask = (date: string) => planTraining({ date, models: ['cross_sell'], at: new Date().toISOString() })
  expect(await ask('2024-05-08')).toEqual({ date: '2024-05-08', models: ['cross_sell'] })
  await expect(ask('2026-11-28')).rejects.toMatchObject({
    type: 'InvalidInput',
    message: expect.stringMatching(/newest day of cleansed\/sales up to 2026-11-28 is 2024-05-01, 941 days before/),
  })
})
