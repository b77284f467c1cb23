/** Forecasts of the days before beside the actual sales, in a database and a lake of its own. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { QUANTILES } from '../../../models/forecasting/plan.ts'
import { pinball } from '../../../models/registry/metrics.ts'
import { materializePartition, openTestAssets, type TestAssets } from '../framework/testing.ts'
import { forecastAccuracy } from './forecast-accuracy.ts'
import { putForecasts, quantileAt } from './testing.ts'

const DATE = '2024-05-10'

let world: TestAssets
beforeAll(async () => {
  world = await openTestAssets()
  await world.addMembers(['s1', 's2', 'silent'], { tea: 'Drinks', milk: 'Drinks', soap: null })
  await sell(DATE, ["('s1', 'tea', 5)", "('s1', 'tea', 1)", "('s2', 'soap', 2)"])
  await putForecasts(world, '2024-05-09', ["('s1', 'tea', 1, 4.0)", "('s1', 'milk', 1, 1.0)", "('s2', 'soap', 1, 2.0)"])
  await putForecasts(world, '2024-05-08', ["('s1', 'tea', 2, 9.0)", "('silent', 'tea', 2, 9.0)"], { version: 3 })
  await putForecasts(world, '2024-05-03', ["('s1', 'tea', 6, 9.0)"])
  await putForecasts(world, '2024-03-29', ["('s1', 'tea', 42, 6.0)"])
  await materializePartition(world.context, forecastAccuracy, DATE)
})
afterAll(() => world?.close())

const sell = (date: string, rows: readonly string[]) =>
  world.putDailySales(date, `(from (values ${rows.join(', ')}) as sale (store_id, product_id, units) where units > 0)`)

/** What is kept summed over all stores after a refresh, against the sums now: the difference in each. */
const kept = async () => {
  await world.rows('select from analytics.refresh_bi()')
  return world.rows<{ rows: number; absolute_error: number }>(
    `select count(*)::int as rows, coalesce(sum(total.absolute_error - own.absolute_error), 0)::float as absolute_error
     from (
       select target_date, category, horizon_days, model_version, sum(absolute_error) as absolute_error
       from analytics.forecast_accuracy group by 1, 2, 3, 4
     ) as own full join analytics.forecast_accuracy_total as total using (target_date, category, horizon_days, model_version)`,
  )
}

const accuracy = () =>
  world.rows<Record<string, string | number>>(
    `select store_id, category, horizon_days, model_version, forecasts::int, actual_quantity::float, forecast_quantity::float,
       absolute_error::float, pinball_loss::float, covered_80::int, covered_90::int, wape::float, squared_error::float, relative_error::float,
       sold_forecasts::int
     from bi.forecast_accuracy join analytics.dim_store using (store_key) where target_date = '${DATE}'
     order by store_id, category, horizon_days`,
  )

test('each forecast of the day is compared with the actual sales, whenever it was made', async () => {
  const loss = (actual: number, mean: number) =>
    QUANTILES.reduce((sum, level, index) => sum + pinball([actual], [quantileAt(mean, index)], level)!, 0) / 7
  expect(await accuracy()).toMatchObject([
    // Tea sold 6 where 4 were forecast, milk nothing where 1 was.
    {
      store_id: 's1',
      category: 'Drinks',
      horizon_days: 1,
      model_version: 4,
      forecasts: 2,
      actual_quantity: 6,
      forecast_quantity: 5,
      absolute_error: 3,
      covered_80: 0,
      wape: 0.5,
      // Of milk, which did not sell, there is no share.
      squared_error: 5,
      relative_error: expect.closeTo(2 / 6, 5),
      sold_forecasts: 1,
      pinball_loss: expect.closeTo(loss(6, 4) + loss(0, 1), 5),
    },
    { store_id: 's1', horizon_days: 2, model_version: 3, forecasts: 1, absolute_error: 3 },
    // Made on the third: it is of the day before, and of no use here.
    { store_id: 's1', horizon_days: 42, forecasts: 1, absolute_error: 0, covered_80: 1, covered_90: 1 },
    { store_id: 's2', category: 'Unknown', horizon_days: 1, actual_quantity: 2, absolute_error: 0 },
  ])
  expect(await kept()).toEqual([{ rows: 4, absolute_error: 0 }])
})

test('a store that reported nothing is a gap, and is not judged', async () => {
  expect((await accuracy()).map(({ store_id: store }) => store)).not.toContain('silent')
})

test('a late line changes the day, and the day is replaced whole', async () => {
  await sell(DATE, ["('s1', 'tea', 4)"])
  await materializePartition(world.context, forecastAccuracy, DATE)
  expect(await accuracy()).toMatchObject([
    { horizon_days: 1, absolute_error: 1, covered_80: 1 },
    { horizon_days: 2, absolute_error: 5 },
    { horizon_days: 42, absolute_error: 2 },
  ])
  expect(await kept()).toEqual([{ rows: 3, absolute_error: 0 }])
})

test('a day of which nothing is known has no rows, also when it had some', async () => {
  await sell(DATE, ["('s1', 'tea', 0)"])
  await materializePartition(world.context, forecastAccuracy, DATE)
  expect(await accuracy()).toEqual([])
})
