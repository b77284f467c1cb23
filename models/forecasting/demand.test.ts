import { describe, expect, test } from 'vitest'
import { addDays } from '../../contracts/calendar.ts'
import { seeded } from '../statistics/random.ts'
import { CANDIDATES, candidateForecast, flatForecasts, weigh } from './candidates.ts'
import { addErrors, combine, noProducts } from './combination.ts'
import {
  blocksFor,
  drawByWeight,
  foldOf,
  foldsBefore,
  HALF_LIVES_DAYS,
  QUANTILES,
  thinOrigins,
  trialOf,
} from './plan.ts'
import { fitQuantileTable, type QuantileTable, readDeviation, readHigh, readQuantiles } from './quantile-table.ts'

const days = (from: string, count: number) => Array.from({ length: count }, (_, index) => addDays(from, index))

describe('blocks and folds', () => {
  test('a horizon is covered by blocks, and one beyond the last is refused', () => {
    expect(blocksFor(10)).toEqual([
      { first: 1, last: 7 },
      { first: 8, last: 14 },
    ])
    expect(blocksFor(60).at(-1)).toEqual({ first: 43, last: 60 })
    expect(blocksFor(42, 'week')).toEqual([
      { first: 1, last: 28 },
      { first: 29, last: 42 },
    ])
    expect(blocksFor(364, 'week').at(-1)).toEqual({ first: 183, last: 364 })
    expect(() => blocksFor(183)).toThrow('a horizon of 183 days: must be whole days, 1 to 182')
    expect(() => blocksFor(365, 'week')).toThrow('1 to 364')
  })

  test('no fold trains on a day that its judged origins do not know', () => {
    const block = { first: 1, last: 7 }
    const { trainThrough, judged } = foldOf(days('2024-01-01', 60), '2024-02-29', block)!
    expect(judged).toHaveLength(7)
    expect(judged[0]! >= trainThrough).toBe(true)
    expect(addDays(judged.at(-1)!, block.last)).toBe('2024-02-29')
  })

  test('three weeks make a fold, fewer days none', () => {
    expect(foldOf(days('2024-01-01', 21), '2024-01-21', { first: 1, last: 7 })).toBeDefined()
    expect(foldOf(days('2024-01-01', 20), '2024-01-20', { first: 1, last: 7 })).toBeUndefined()
  })

  test('what judges was seen by no part of the model, and leaves days to choose on', () => {
    const block = { first: 1, last: 7 }
    const origins = days('2024-01-01', 60)
    const trial = trialOf(origins, '2024-02-29', block)!
    expect(trial).toMatchObject({ trainThrough: '2024-02-16', judged: days('2024-02-16', 7) })
    const known = origins.filter((origin) => origin <= trial.trainThrough)
    const fold = foldOf(known, trial.trainThrough, block)!
    expect(addDays(fold.judged.at(-1)!, block.last)).toBe(trial.trainThrough)
    // Four weeks judge by one origin, fewer days by none.
    expect(trialOf(days('2024-01-01', 28), '2024-01-28', block)!.judged).toEqual(['2024-01-21'])
    expect(trialOf(days('2024-01-01', 27), '2024-01-27', block)).toBeUndefined()
  })

  test('with years of history a fold of a year ago has the days to come in its own', () => {
    const block = { first: 1, last: 7 }
    const folds = foldsBefore(days('2021-01-01', 1_000), '2023-09-27', block)
    expect(folds).toHaveLength(3)
    const { trainThrough, judged } = folds.at(-1)!
    const forecast = judged.flatMap((origin) => days(addDays(origin, 1), 7))
    for (const day of days('2023-09-28', 7)) expect(forecast).toContain(addDays(day, -364))
    expect(judged.every((origin) => origin >= trainThrough)).toBe(true)
    expect(foldsBefore(days('2023-01-01', 200), '2023-07-19', block)).toHaveLength(2)
  })

  test('weeks are judged by up to four origins, and by as many as leave one to train on', () => {
    const mondays = (count: number) => Array.from({ length: count }, (_, week) => addDays('2024-01-07', 7 * week))
    const block = { first: 1, last: 7 }
    expect(foldOf(mondays(20), addDays('2024-01-07', 140), block, 'week')!.judged).toHaveLength(4)
    const short = foldOf(mondays(4), addDays('2024-01-07', 28), block, 'week')!
    expect(short).toEqual({
      trainThrough: '2024-01-14',
      judged: ['2024-01-14', '2024-01-21', '2024-01-28'],
    })
  })

  test('rows are drawn as often as they weigh, and represent those that were not', () => {
    const origins = days('2020-01-01', 1_800).map((origin) => ({ origin, rows: 100 }))
    const drawn = drawByWeight(origins, 20_000)
    const rows = drawn.reduce((sum, { probability }) => sum + 100 * probability, 0)
    expect(rows).toBeCloseTo(20_000, -1)
    // By either half-life the rows that are drawn are worth a third and more of as many rows of equal weight.
    for (const halfLife of HALF_LIVES_DAYS) {
      const weights = drawn.map(({ days, probability }, index) => ({
        probability,
        weight: (days / probability) * 0.5 ** ((1_799 - index) / halfLife),
      }))
      const sum = weights.reduce((total, { probability, weight }) => total + 100 * probability * weight, 0)
      const squares = weights.reduce((total, { probability, weight }) => total + 100 * probability * weight ** 2, 0)
      // There are no more than 4,000 rows' weight of the newest four weeks.
      expect(sum ** 2 / squares).toBeGreaterThan(Math.min(20_000, 100 * 2 * halfLife) / 3)
    }
    expect(drawByWeight(origins, 1e6).every(({ probability }) => probability === 1)).toBe(true)
  })

  test('origins are thinned to different weekdays, the newest stays', () => {
    const thin = thinOrigins(days('2024-01-01', 210), 30)
    expect(thin.length).toBeLessThanOrEqual(30)
    expect(thin.at(-1)).toBe(addDays('2024-01-01', 209))
    expect(new Set(thin.map((day) => new Date(day).getUTCDay())).size).toBe(7)
  })
})

describe('quantiles', () => {
  test('on new rows each covers what it promises, among small and large, steady and restless series', () => {
    const past = restless(20_000, 1)
    const table = fitQuantileTable(past)
    const later = restless(20_000, 2)
    const quantiles = readAll(table, later)
    const isLarge = (row: number) => later.mean[row]! > 25
    const isRestless = (row: number) => later.difference[row]! / later.mean[row]! > 0.4
    for (const [index, level] of QUANTILES.entries()) {
      for (const part of [() => true, isLarge, isRestless, (row: number) => !isRestless(row)]) {
        const own = later.rows.filter(part)
        const below = own.filter((row) => later.actual[row]! <= quantiles[row]![index]!).length / own.length
        expect(Math.abs(below - level)).toBeLessThan(0.025)
      }
    }
  })

  test('the 80 % interval holds 78 to 82 % of each class, of goods that sell on few days too', () => {
    const table = fitQuantileTable(counts(40_000, 1))
    const later = counts(40_000, 2)
    for (const segment of [0, 1, 2, 3]) {
      const own = Array.from(later.mean.keys()).filter((row) => later.segment[row] === segment)
      const covered = own.filter((row) => {
        const of = { mean: later.mean[row]!, difference: later.difference[row]!, segment }
        const quantiles = new Float32Array(QUANTILES.length)
        readQuantiles(table, of, quantiles)
        return later.actual[row]! >= quantiles[1]! && later.actual[row]! <= readHigh(table, of)
      })
      expect(Math.abs(covered.length / own.length - 0.8)).toBeLessThan(0.02)
    }
  })

  test('they are in order and not below zero, for forecasts that were never seen, too', () => {
    const past = restless(3_000, 3)
    const table = fitQuantileTable(past)
    for (const [mean, difference] of [
      [0, 0],
      [0.001, 50],
      [1e6, 0],
      [7, Number.NaN],
    ] as const) {
      const quantiles = new Float32Array(QUANTILES.length)
      readQuantiles(table, { mean, difference, segment: 0 }, quantiles)
      expect([...quantiles]).toEqual([...quantiles].sort((left, right) => left - right))
      expect(quantiles.every((value) => value >= 0)).toBe(true)
    }
  })

  test('goods that mostly do not sell share a bin, and no rows at all give no spread', () => {
    const zeros = new Float32Array(1_000)
    expect(
      fitQuantileTable({
        actual: zeros,
        inStockShare: zeros.slice().fill(1),
        mean: zeros,
        difference: zeros,
        segment: zeros,
      }),
    ).toEqual({
      means: [],
      bins: [{ variations: [], ratios: [[0, 0, 0, 0, 0, 0, 0]], deviations: [0], highs: [0] }],
      factors: [[1, 1, 1, 1, 1, 1, 1, 1], null, null, null],
    })
    const quantiles = new Float32Array(QUANTILES.length)
    const none = fitQuantileTable({ actual: [], inStockShare: [], mean: [], difference: [], segment: [] })
    readQuantiles(none, { mean: 2.4, difference: 1, segment: 0 }, quantiles)
    expect(quantiles[0]).toBeCloseTo(2.5)
    expect(quantiles.at(-1)).toBeCloseTo(2.5)
  })
})

describe('standard deviation', () => {
  const deviationsOf = (table: QuantileTable, { rows, mean, difference }: ReturnType<typeof restless>) =>
    rows.map((row) => readDeviation(table, mean[row]!, difference[row]!))

  test('on new rows errors have the deviation that was read, among small and large, steady and restless series', () => {
    const table = fitQuantileTable(restless(20_000, 1))
    const later = restless(20_000, 2)
    const deviations = deviationsOf(table, later)
    const isLarge = (row: number) => later.mean[row]! > 25
    const isRestless = (row: number) => later.difference[row]! / later.mean[row]! > 0.4
    for (const part of [() => true, isLarge, isRestless, (row: number) => !isRestless(row)]) {
      const squares = later.rows
        .filter(part)
        .map((row) => ((later.actual[row]! - later.mean[row]!) / deviations[row]!) ** 2)
      expect(squares.reduce((sum, square) => sum + square) / squares.length).toBeCloseTo(1, 1)
    }
  })

  test('of goods that sell on one day in ten it is all in the days that the 90 % quantile leaves out', () => {
    const uniform = seeded(4)
    const actual = Float32Array.from({ length: 20_000 }, () => (uniform() < 0.09 ? 5 : 0))
    const rows = actual.length
    const mean = new Float32Array(rows).fill(0.45)
    const table = fitQuantileTable({
      actual,
      inStockShare: new Float32Array(rows).fill(1),
      mean,
      difference: mean,
      segment: new Float32Array(rows),
    })
    // 5 × √(0.09 × 0.91); the 90 % quantile is zero, as the 10 % one.
    expect(readDeviation(table, 0.45, 0.45)).toBeCloseTo(1.43, 1)
  })

  test('of an artefact without deviations it is that of a normal distribution between its quantiles', () => {
    const { means, bins } = fitQuantileTable(restless(20_000, 1))
    const older = { means, bins: bins.map(({ variations, ratios }) => ({ variations, ratios })) }
    const quantiles = new Float32Array(QUANTILES.length)
    readQuantiles(older, { mean: 20, difference: 8, segment: 0 }, quantiles)
    expect(readDeviation(older, 20, 8)).toBeCloseTo((quantiles[5]! - quantiles[1]!) / 2.5631, 3)
  })
})

describe('candidates', () => {
  const flat = flatForecasts([0, 0, 3, 0, 0, 3, 0, 0])
  const inputs = {
    ...flat,
    xgboost: 2,
    xgboost_season: 2,
    seasonal_naive: 3,
    seasonal_naive_year: 4,
    weekday_mean: Number.NaN,
    season: 1.5,
  }

  test('what can not be computed falls back, nothing is below zero or not a number', () => {
    expect(candidateForecast('weekday_mean', inputs)).toBe(flat.moving_average_28)
    expect(candidateForecast('xgboost', { ...inputs, xgboost: -1 })).toBe(0)
    for (const candidate of CANDIDATES) expect(candidateForecast(candidate, inputs)).toBeGreaterThanOrEqual(0)
  })

  test('without rows the boosters count alike; with them the better forecast counts, and no weight is below zero', () => {
    expect(weigh(noProducts(CANDIDATES.length))).toEqual({ xgboost: 0.5, xgboost_season: 0.5 })
    const errors = noProducts(CANDIDATES.length)
    const uniform = seeded(5)
    for (let row = 0; row < 20_000; row += 1) {
      const noise = uniform() - 0.5
      addErrors(
        errors,
        Float64Array.from(CANDIDATES, (name) => (name === 'weekday_mean' ? noise : noise + 2)),
        1,
      )
    }
    expect(weigh(errors).weekday_mean).toBeGreaterThan(0.9)
  })

  test('of two unbiased forecasts with independent errors the weights are as their variances', () => {
    const uniform = seeded(6)
    const errors = noProducts(2)
    for (let row = 0; row < 200_000; row += 1)
      addErrors(errors, Float64Array.of(uniform() - 0.5, 2 * (uniform() - 0.5)), 1)
    const [first, second] = combine(errors, [0.5, 0.5])
    // Bates & Granger: 4 to 1.
    expect(first).toBeCloseTo(0.8, 1)
    expect(first! + second!).toBeCloseTo(1, 9)
  })
})

/** Forecasts of 5 to 45 units, and actual values: normal around them, further away the more the series varies. */
function restless(count: number, seed: number) {
  const uniform = seeded(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const mean = Float32Array.from({ length: count }, () => 5 + 40 * uniform())
  const difference = mean.map((value) => value * (0.1 + 0.6 * uniform()))
  const actual = mean.map((value, row) => Math.max(0, value + difference[row]! * 0.5 * normal()))
  const inStockShare = new Float32Array(count).fill(1)
  const segment = new Float32Array(count)
  return { rows: Array.from({ length: count }, (_, row) => row), mean, difference, actual, inStockShare, segment }
}

/** Whole units of four classes: of each the forecast is right in the mean, and those of the later classes come in larger lots. */
function counts(count: number, seed: number) {
  const uniform = seeded(seed)
  const segment = Float32Array.from({ length: count }, (_, row) => row % 4)
  const mean = segment.map((own) => (own < 2 ? 3 + 20 * uniform() : 0.5 + 1.5 * uniform()))
  const difference = mean.map((value) => value * (0.5 + 0.5 * uniform()))
  const actual = mean.map((value, row) => {
    const lot = 1 + segment[row]! / 3
    // Knuth's way of drawing a Poisson number.
    let orders = 0
    for (let product = uniform(); product > Math.exp(-value / lot); product *= uniform()) orders += 1
    return Math.round(orders * lot)
  })
  return { segment, mean, difference, actual, inStockShare: new Float32Array(count).fill(1) }
}

const readAll = (table: QuantileTable, { rows, mean, difference, segment }: ReturnType<typeof restless>) =>
  rows.map((row) => {
    const quantiles = new Float32Array(QUANTILES.length)
    readQuantiles(table, { mean: mean[row]!, difference: difference[row]!, segment: segment[row]! }, quantiles)
    return quantiles
  })
