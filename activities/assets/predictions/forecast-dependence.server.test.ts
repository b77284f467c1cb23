/** Errors of forecasts that go together in a known way, in a database and a lake of its own. */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../../contracts/calendar.ts'
import { QUANTILES, quantileColumn } from '../../../models/forecasting/plan.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { materializePartition, openTestAssets, type TestAssets } from '../framework/testing.ts'
import { predictionsInput } from './demand.ts'
import { forecastDependence } from './forecast-dependence.ts'

const DATE = '2024-05-20'
const FORECAST_DATES = daysBetween(addDays(DATE, -16), addDays(DATE, -7))
const STORES = 4
const PRODUCTS = 1_500
/** Of the errors' variance: what all stores share on a day, and what a series shares over its days. */
const STORES_SHARE = 0.3
const DAYS_SHARE = 0.2

let world: TestAssets
beforeAll(async () => {
  world = await openTestAssets()
  for (const date of FORECAST_DATES) await forecast(date)
  for (const date of daysBetween(FORECAST_DATES[0]!, DATE)) await sell(date)
})
afterAll(() => world?.close())

/** A standard normal value of its own for what `key` names. */
const normal = (key: string) =>
  `sqrt(-2 * ln((1 + hash(${key}, 'radius') % 1000000) / 1000001.0)) * cos(2 * pi() * (hash(${key}, 'angle') % 1000000) / 1000000.0)`

const series = `(select 's' || store as store_id, 'p' || product as product_id
  from range(${STORES}) as stores (store), range(${PRODUCTS}) as products (product))`

/** 1,000 units every day, give or take 50. */
const forecast = (date: string) =>
  world.put(
    predictionsInput,
    date,
    `select store_id, product_id, (date '${date}' + horizon)::date as target_date, horizon, 1000::double as mean,
       50::double as deviation, ${QUANTILES.map((level) => `null::double as ${quantileColumn(level)}`).join(', ')},
       'demand' as model_name, 1 as model_version, date '${date}' as date
     from ${series} as series, (select unnest(range(1, 9))::integer as horizon) as ahead`,
  )

const sell = (date: string) =>
  world.putDailySales(
    date,
    `(select store_id, product_id, 1000 + 50 * (
       sqrt(${STORES_SHARE}) * ${normal(`product_id, '${date}'`)} + sqrt(${DAYS_SHARE}) * ${normal('store_id, product_id')}
       + sqrt(${1 - STORES_SHARE - DAYS_SHARE}) * ${normal(`store_id, product_id, '${date}'`)}
     ) as units from ${series} as series)`,
  )

const learned = async (date: string) =>
  (await world.context.pool.query(statement('replenishment/read_dependence.sql'), [date, 500])).rows

test('what days share and what stores share is found', async () => {
  for (const date of FORECAST_DATES) await materializePartition(world.context, forecastDependence, addDays(date, 7))
  const found = await learned(DATE)
  // Of all, and of fast sellers, which all of these are.
  expect(found.map(({ speed, forecasts }) => [speed, forecasts])).toEqual([
    ['all', 10],
    ['fast', 10],
  ])
  for (const { days, stores } of found) {
    expect(Math.abs(days - DAYS_SHARE)).toBeLessThan(0.03)
    expect(Math.abs(stores - STORES_SHARE)).toBeLessThan(0.03)
  }
})

test('a plan knows only what was measured before; of fewer than ten forecasts nothing is learned', async () => {
  expect(await learned(addDays(DATE, -1))).toEqual([])
})

test('built again the day is replaced; a day without forecasts has no row', async () => {
  await materializePartition(world.context, forecastDependence, DATE)
  await materializePartition(world.context, forecastDependence, '2024-03-01')
  const rows = await world.rows('select measured_on from ops.forecast_dependence')
  expect(rows).toHaveLength(10)
})
