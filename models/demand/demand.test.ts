import { describe, expect, test } from 'vitest'
import { CANDIDATES, candidateForecast, choose, flatForecasts, noErrors } from './candidates.ts'
import { calibrate, conformalMargins, noMargins } from './conformal.ts'
import { blocksFor, daysAfter, foldsOf, QUANTILES, thinOrigins } from './plan.ts'

const days = (from: string, count: number) => Array.from({ length: count }, (_, index) => daysAfter(from, index))

describe('blocks and folds', () => {
  test('a horizon is covered by blocks, and one beyond the last is refused', () => {
    expect(blocksFor(10)).toEqual([
      { first: 1, last: 7 },
      { first: 8, last: 14 },
    ])
    expect(() => blocksFor(43)).toThrow('a horizon of 43 days: want whole days, 1 to 42')
  })

  test('no fold trains on a day that its judged origins do not know', () => {
    const block = { first: 1, last: 7 }
    const { older, newer } = foldsOf(days('2024-01-01', 60), '2024-02-29', block)!
    for (const { trainThrough, judged } of [older, newer]) {
      expect(judged).toHaveLength(7)
      expect(judged[0]! >= trainThrough).toBe(true)
    }
    expect(daysAfter(newer.judged.at(-1)!, block.last)).toBe('2024-02-29')
    // What the choices rest on was not seen by what they are judged by.
    expect(older.judged.at(-1)! < newer.judged[0]!).toBe(true)
  })

  test('too few days make no folds', () => {
    expect(foldsOf(days('2024-01-01', 20), '2024-01-20', { first: 1, last: 7 })).toBeUndefined()
  })

  test('origins are thinned to different weekdays, the newest stays', () => {
    const thin = thinOrigins(days('2024-01-01', 210), 30)
    expect(thin.length).toBeLessThanOrEqual(30)
    expect(thin.at(-1)).toBe(daysAfter('2024-01-01', 209))
    expect(new Set(thin.map((day) => new Date(day).getUTCDay())).size).toBe(7)
  })
})

describe('calibration', () => {
  test('intervals that are too narrow are widened to what they promise on new rows', () => {
    const { actual, quantiles, scales } = narrow(4_000, 1)
    const margins = conformalMargins(actual, quantiles, scales)
    const later = narrow(4_000, 2)
    const [low, high] = [QUANTILES.indexOf(0.1), QUANTILES.indexOf(0.9)]
    let covered = 0
    for (let row = 0; row < 4_000; row += 1) {
      const own = calibrate(later.quantiles.slice(row * 7, row * 7 + 7), margins, 1)
      if (later.actual[row]! >= own[low]! && later.actual[row]! <= own[high]!) covered += 1
    }
    expect(covered / 4_000).toBeGreaterThan(0.78)
    expect(covered / 4_000).toBeLessThan(0.82)
  })

  test('crossed quantiles are put in order, and nothing is below zero', () => {
    const crossed = new Float32Array([2, -1, 3, 1, 5, 4, 6])
    expect([...calibrate(crossed, noMargins, 1)]).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  test('few rows calibrate nothing', () => {
    expect(conformalMargins([1], new Float32Array(7), [1])).toEqual(noMargins)
  })
})

describe('candidates', () => {
  const flat = flatForecasts([0, 0, 3, 0, 0, 3, 0, 0])
  const inputs = { ...flat, xgboost: 2, seasonal_naive: 3, weekday_mean: Number.NaN }

  test('what can not be computed falls back, nothing is below zero or not a number', () => {
    expect(candidateForecast('weekday_mean', inputs)).toBe(flat.moving_average_28)
    expect(candidateForecast('xgboost', { ...inputs, xgboost: -1 })).toBe(0)
    for (const candidate of CANDIDATES) expect(candidateForecast(candidate, inputs)).toBeGreaterThanOrEqual(0)
  })

  test('the least squared error wins, and of equals the first', () => {
    expect(choose({ ...noErrors(), xgboost: 2, combination: 2, tsb: 1 })).toBe('seasonal_naive')
    const equal = Object.fromEntries(CANDIDATES.map((candidate) => [candidate, 5])) as ReturnType<typeof noErrors>
    expect(choose(equal)).toBe('xgboost')
  })
})

/** Normal values around 50, and quantiles that are half as far from it as they should be. */
function narrow(rows: number, seed: number) {
  let state = seed
  const uniform = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return (state + 0.5) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())
  const actual = Float32Array.from({ length: rows }, () => 50 + 10 * normal())
  const half = [-0.82, -0.64, -0.34, 0, 0.34, 0.64, 0.82].map((distance) => 50 + 10 * distance)
  const quantiles = new Float32Array(rows * 7).map((_, index) => half[index % 7]!)
  return { actual, quantiles, scales: new Float32Array(rows).fill(1) }
}
