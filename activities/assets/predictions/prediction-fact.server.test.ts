/** Predictions of products that the day's dimensions do not have, in a database and a lake of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cleansedSales } from '../cleansed/sales.ts'
import { materializePartition, openTestAssets, saleLine, type TestAssets } from '../framework/testing.ts'
import { dimProduct } from '../star/dim-product.ts'
import { dimStore } from '../star/dim-store.ts'
import { factForecast } from './fact-forecast.ts'
import { putForecasts } from './testing.ts'

const DATE = '2024-05-10'

let world: TestAssets
beforeAll(async () => {
  world = await openTestAssets()
  await world.addRaw('pos_transactions', [
    saleLine({ event_at: `${DATE}T10:00:00Z`, store_id: 's1', product_id: 'tea' }),
  ])
  for (const asset of [cleansedSales, dimStore, dimProduct]) await materializePartition(world.context, asset, DATE)
})
afterAll(() => world?.close())

const members = () =>
  world.rows(`select product_id as id, name, category, is_unknown from analytics.dim_product
    union all select store_id, name, region, is_unknown from analytics.dim_store order by id`)

test('a product and a store that came after the load of the day are added as the catalogue has them, others as unknown', async () => {
  await world.rows(
    `insert into ref.product_versions (product_id, valid_from, name, category) values ('cake', now(), 'Cake', 'Bakery')`,
  )
  await world.rows(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ('s2', 'New store', 'east', 'UTC', 'US', 'USD', now())`,
  )
  const forecasts = ["('s1', 'tea', 1, 4.0)", "('s2', 'cake', 1, 2.0)", "('s3', 'unnamed', 1, 1.0)"]
  await putForecasts(world, DATE, forecasts)
  const { rows, checks } = await materializePartition(world.context, factForecast, DATE)
  expect(rows).toBe(3)
  expect(checks.every(({ passed }) => passed)).toBe(true)
  const expected = [
    { id: 'cake', name: 'Cake', category: 'Bakery', is_unknown: false },
    { id: 's1', name: 'Unknown store s1', category: 'unknown', is_unknown: true },
    { id: 's2', name: 'New store', category: 'east', is_unknown: false },
    { id: 's3', name: 'Unknown store s3', category: 'unknown', is_unknown: true },
    { id: 'tea', name: 'Unknown product tea', category: null, is_unknown: true },
    { id: 'unnamed', name: 'Unknown product unnamed', category: null, is_unknown: true },
  ]
  expect(await members()).toEqual(expected)

  // The next build of the dimensions finds nothing to change.
  for (const asset of [dimStore, dimProduct]) await materializePartition(world.context, asset, DATE)
  expect(await members()).toEqual(expected)
})
