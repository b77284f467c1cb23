/** Rows and forecasts on request are those of the morning, without a model: quick. With one: `forecasts.server.test.ts`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays } from '../../../contracts/calendar.ts'
import { FORECAST_NUMBERS } from '../../../models/forecasting/plan.ts'
import { featuresDemand } from '../../assets/features/demand.ts'
import { materializePartition, openTestAssets, type TestAssets } from '../../assets/framework/testing.ts'
import { predictionsDemand } from '../../assets/predictions/demand.ts'
import { KnowledgeKeeper } from './keeper.ts'
import { isRefused } from './prediction.ts'
import { predict } from './predictor.ts'

const ORIGIN = '2024-05-03'
const SERIES = 40

let world: TestAssets
beforeAll(async () => {
  world = await openTestAssets({ forecastHorizonDays: 14 })
  const products = Array.from({ length: SERIES }, (_, n) => [`p${n}`, `c${n % 3}`])
  await world.addMembers(['s0', 's1'], Object.fromEntries(products))
  for (let ago = 34; ago >= 0; ago -= 1) {
    const date = addDays(ORIGIN, -ago)
    await world.putDailySales(
      date,
      `(select 's' || n % 2 as store_id, 'p' || n as product_id, hash(n, '${date}') % (n + 2) as units from range(${SERIES}) as numbers (n))`,
    )
  }
  await world.context.pool.query(`insert into ref.shelves select 's0', 'new', 'shelf', 8, null, 'w1', now()`)
  await materializePartition(world.context, featuresDemand, ORIGIN)
  await materializePartition(world.context, predictionsDemand, ORIGIN)
}, 300_000)
afterAll(() => world?.close())

test('every forecast of the morning is given on request, number by number', async () => {
  const keeper = await KnowledgeKeeper.open(world.context)
  try {
    const rows = (await world.lakeRows('predictions/demand', ORIGIN)) as Record<string, string | number | null>[]
    expect(rows).toHaveLength((SERIES + 1) * 14)
    const answers = await predict(
      keeper.knowledge,
      rows.map((row) => ({
        storeId: String(row.store_id),
        productId: String(row.product_id),
        targetDate: String(row.target_date),
      })),
    )
    const given = answers.map((answer) => {
      if (isRefused(answer)) return answer
      const { model, version, horizon, mean, deviation, quantiles } = answer
      return [model, version, horizon, mean, deviation, ...(quantiles ?? [null, null, null, null, null, null, null])]
    })
    expect(given).toEqual(
      rows.map((row) => [row.model_name, row.model_version, row.horizon, ...FORECAST_NUMBERS.map((name) => row[name])]),
    )
    expect(new Set(rows.map(({ model_name }) => model_name))).toEqual(new Set(['weekday_mean', 'cold_start']))
  } finally {
    await keeper.close()
  }
})
