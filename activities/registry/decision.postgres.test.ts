/** Orders of champion and challenger over the same days, on the terms of a real database. */

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { dayNumber } from '../../contracts/calendar.ts'
import { QUANTILES } from '../../models/forecasting/plan.ts'
import { isClearlyCheaper } from '../../models/registry/decision-comparison.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import type { RowForecasts } from '../forecasting/scoring.ts'
import { replayDecisions } from './decision.ts'
import type { Trial } from './trial.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})
beforeEach(() => pool.query('delete from ref.supply_terms'))

const ITEMS = 80
const STORES = 10
const HORIZON = 7
/** 2024-05-01, in days since 1970: the last day that any model has seen. */
const SEEN = dayNumber('2024-05-01')
const PRICE = 4

/**
 * Products that sell about `item % 9 + 1` a day; the forecast is that mean.
 *
 * @param days of which the demand is known
 * @param busy how busy a store is in a week, over what is usual
 */
function trialOf(
  days: number,
  { seed = 1, busy = () => 1 }: { seed?: number; busy?: (store: number, week: number) => number } = {},
): Trial {
  const count = ITEMS * days * HORIZON
  const column = () => new Float32Array(count)
  const trial = { item: column(), originDay: column(), horizon: column(), actual: column() }
  const rows = { values: column(), mean28: column(), targetDay: column(), inStockShare: column().fill(1) }
  const mean = column()
  const random = seeded(seed)
  const sold = Float32Array.from({ length: ITEMS * days }, (_, at) => {
    const [item, day] = [Math.floor(at / days), at % days]
    const usual = ((item % 9) + 1) * busy(item % STORES, Math.floor(day / 7))
    return Math.round(usual * (0.5 + random()))
  })
  let row = 0
  for (let item = 0; item < ITEMS; item += 1) {
    for (let day = 0; day < days; day += 1) {
      for (let ahead = 1; ahead <= HORIZON; ahead += 1) {
        const target = day + ahead - 1
        trial.item[row] = item
        trial.originDay[row] = SEEN + day
        trial.horizon[row] = ahead
        trial.actual[row] = target < days ? sold[item * days + target]! : Number.NaN
        rows.targetDay[row] = SEEN + day + ahead
        rows.values[row] = PRICE
        mean[row] = (item % 9) + 1
        rows.mean28[row] = mean[row]!
        row += 1
      }
    }
  }
  const items = Array.from({ length: ITEMS }, (_, item) => ({ storeId: `s${item % STORES}`, productId: `p${item}` }))
  const whole = { ...rows, rows: count, features: ['price_last'] }
  return { ...trial, items, rows: whole as unknown as Trial['rows'], forecast: forecastOf(mean) }
}

/** Quantiles around a mean, as wide as demand is. */
function forecastOf(mean: Float32Array, factor: (row: number) => number = () => 1): RowForecasts {
  const own = mean.map((value, row) => value * factor(row))
  const quantiles = new Float32Array(own.length * QUANTILES.length)
  for (const [row, value] of own.entries()) {
    for (const [index, level] of QUANTILES.entries()) quantiles[row * QUANTILES.length + index] = value * (0.5 + level)
  }
  // As far apart as a normal distribution's quantiles of 10 % and 90 % are.
  const highs = own.map((value) => value * 1.4)
  return { mean: own, deviation: own.map((value) => (value * 0.8) / 2.5631), quantiles, highs }
}

const decide = (trial: Trial, champion: RowForecasts, seenThroughDay = SEEN) =>
  replayDecisions({ pool, trial, champion, against: 'demand@1', seenThroughDay, seed: 1 })

test('a champion that forecasts half orders too little, and the challenger saves what that costs', async () => {
  const trial = trialOf(13)
  const found = (await decide(
    trial,
    forecastOf(trial.forecast.mean, () => 0.5),
  ))!
  expect(found).toMatchObject({ from: '2024-05-02', through: '2024-05-14', measuredDays: 11, series: ITEMS })
  expect(found.savingLow).toBeGreaterThan(0.3)
  expect(found.challenger.fillRate).toBeGreaterThan(found.champion.fillRate!)
  expect(found.errors.challenger).toBeLessThan(found.errors.champion!)
})

test('a challenger that differs by chance alone is not clearly better', async () => {
  const trial = trialOf(13)
  const random = seeded(3)
  const noisy = forecastOf(trial.forecast.mean, () => 0.99 + 0.02 * random())
  expect(isClearlyCheaper((await decide(trial, noisy))!)).toBe(false)
})

test('a model that is trained again on other draws is promoted over itself in one week of fifty at most', async () => {
  const random = seeded(11)
  const around = (spread: number) => 1 + spread * (2 * random() - 1)
  // Each is off by its own draw in every store and for every product, and every store has its own weeks.
  const trained = (trial: Trial): RowForecasts => {
    const stores = Array.from({ length: STORES }, () => around(0.1))
    const items = Array.from({ length: ITEMS }, () => around(0.1))
    return forecastOf(trial.forecast.mean, (row) => stores[trial.item[row]! % STORES]! * items[trial.item[row]!]!)
  }
  let promoted = 0
  for (let week = 0; week < 50; week += 1) {
    const weeks = Array.from({ length: 2 * STORES }, () => around(0.3))
    const trial = trialOf(13, { seed: week, busy: (store, of) => weeks[2 * store + of]! })
    const found = (await decide({ ...trial, forecast: trained(trial) }, trained(trial)))!
    if (isClearlyCheaper(found)) promoted += 1
  }
  expect(promoted).toBeLessThanOrEqual(1)
}, 300_000)

test('orders are those of the policy: what is ordered weekly has more in store, and what its terms forbid is not ordered', async () => {
  const trial = trialOf(20)
  const daily = (await decide(trial, trial.forecast))!
  await pool.query(
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     values ('weekly', 'W', 'file', '{4}', '12:00', 'UTC', 2, 'GBP', now())`,
  )
  await pool.query(
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
     select '*/p' || n || '/weekly', 'p' || n, 'weekly', 3, 1, 1, now() from generate_series(0, ${ITEMS - 1}) as n`,
  )
  const weekly = (await decide(trial, trial.forecast))!
  expect(weekly.challenger.holding).toBeGreaterThan(2 * daily.challenger.holding)
  await pool.query('update ref.supply_terms set maximum_quantity = 1')
  const bounded = (await decide(trial, trial.forecast))!
  expect(bounded.challenger.fillRate).toBeLessThan(0.5)
})

test('the same forecasts order the same', async () => {
  const trial = trialOf(13)
  const found = (await decide(trial, trial.forecast))!
  expect(found.saving).toBe(0)
  expect(found.savingLow).toBe(0)
})

test('what expires is waste: too much costs, too', async () => {
  const trial = trialOf(13)
  const tooMuch = forecastOf(trial.forecast.mean, () => 3)
  const durable = (await decide(trial, tooMuch))!
  expect(durable.champion.waste).toBe(0)
  await pool.query(
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, shelf_life_days, preference, recorded_at)
     select '*/p' || n || '/fresh', 'p' || n, 'fresh', 3, 1, 2, 1, now() from generate_series(0, ${ITEMS - 1}) as n`,
  )
  const fresh = (await decide(trial, tooMuch))!
  expect(fresh.champion.waste).toBeGreaterThan(fresh.challenger.waste)
  expect(fresh.savingLow).toBeGreaterThan(0)
})

test('fewer than seven days that neither has seen decide nothing', async () => {
  const trial = trialOf(13)
  expect(await decide(trial, trial.forecast, SEEN + 6)).toBeDefined()
  expect(await decide(trial, trial.forecast, SEEN + 7)).toBeUndefined()
})
