import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { errorDrift, populationStability, stabilityLimit } from './drift.ts'

describe('population stability', () => {
  test('equal shares are zero, and the order of before and now is nothing', () => {
    expect(populationStability([10, 20, 30], [100, 200, 300])).toBeCloseTo(0, 12)
    const moved = populationStability([50, 50], [20, 80])!
    expect(moved).toBeCloseTo(0.3 * Math.log(0.8 / 0.5) - 0.3 * Math.log(0.2 / 0.5), 12)
    expect(populationStability([20, 80], [50, 50])).toBeCloseTo(moved, 12)
  })

  test('an empty bin is finite, no rows are unknown, other bins are a mistake', () => {
    expect(populationStability([100, 0], [50, 50])).toBeGreaterThan(1)
    expect(populationStability([0, 0], [1, 1])).toBeUndefined()
    expect(() => populationStability([1], [1, 2])).toThrow('1 bins before and 2 now')
  })

  // Small samples: what moves by chance alone is far above the 0.2 that is usual.
  test.each([40, 200, 5_000])('samples of %i from one distribution are within the limit 99 times in 100', (size) => {
    const random = seeded(size)
    const bins = 10
    const draw = () => {
      const counts = Array<number>(bins).fill(0)
      for (let n = 0; n < size; n += 1) counts[Math.floor(random() * bins)]! += 1
      return counts
    }
    const runs = 1_000
    let beyond = 0
    let beyondUsual = 0
    for (let run = 0; run < runs; run += 1) {
      const index = populationStability(draw(), draw())!
      if (index > stabilityLimit(bins, size, size, 0.01)) beyond += 1
      if (index > 0.2) beyondUsual += 1
    }
    expect(beyond / runs).toBeLessThan(0.04)
    if (size === 40) expect(beyondUsual / runs).toBeGreaterThan(0.5)
  })

  test('the limit is a quantile of χ², in samples that are small enough', () => {
    expect(stabilityLimit(11, 100, 50, 0.001)).toBeCloseTo((1 / 100 + 1 / 50) * 29.588298, 5)
  })

  test('without samples nothing is beyond the limit', () => {
    expect(stabilityLimit(10, 0, 5, 0.01)).toBe(Number.POSITIVE_INFINITY)
    expect(stabilityLimit(10, 1e9, 1e9, 0.01)).toBe(0.2)
  })
})

describe('error drift', () => {
  const days = (error: (day: number) => number) =>
    Array.from({ length: 14 }, (_, day) => ({ actual: 100, absoluteError: 100 * error(day) }))

  test('days that vary around the trained error are no drift, days far above are', () => {
    const asTrained = errorDrift(
      days((day) => (day % 2 ? 0.4 : 0.6)),
      0.5,
    )!
    expect(asTrained.error).toBeCloseTo(0.5, 12)
    expect(asTrained.error).toBeLessThan(asTrained.limit)
    const worse = errorDrift(
      days((day) => (day % 2 ? 0.7 : 0.8)),
      0.5,
    )!
    expect(worse.error).toBeGreaterThan(worse.limit)
  })

  test('one bad day among good ones is no drift', () => {
    const found = errorDrift(
      days((day) => (day === 3 ? 3 : 0.5)),
      0.5,
    )!
    expect(found.error).toBeGreaterThan(0.6)
    expect(found.error).toBeLessThan(found.limit)
  })

  test('a few days, or days without sales, show nothing', () => {
    expect(errorDrift(days(() => 2).slice(0, 4), 0.5)).toBeUndefined()
    expect(errorDrift(Array(14).fill({ actual: 0, absoluteError: 5 }), 0.5)).toBeUndefined()
  })
})
