import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import {
  countedDemand,
  type Distribution,
  measuredDemand,
  mixture,
  newsvendor,
  normalDemand,
  poissonDemand,
  quantile,
} from './distribution.ts'

describe('distributions of demand', () => {
  test.each<[string, Distribution]>([
    ['Poisson', poissonDemand(3.7)],
    ['negative binomial', countedDemand(3.7, 9)],
    ['a mixture', mixture([poissonDemand(2), countedDemand(9, 30)], [0.7, 0.3])],
  ])('%s: what is expected beyond x is the sum of the tail', (_, demand) => {
    for (const x of [-2, 0, 3, 7.5, 20]) {
      // E[max(0, X − x)] is the integral of P(X > t) from x on.
      let sum = (Math.ceil(x) - x) * demand.tailAbove(x)
      for (let t = Math.ceil(x); t < 400; t += 1) sum += demand.tailAbove(t)
      expect(demand.expectedAbove(x)).toBeCloseTo(sum, 9)
    }
  })

  test.each<[string, Distribution]>([
    ['gamma', measuredDemand(3.7, 5)],
    ['normal', normalDemand(3.7, 1.2)],
  ])('%s: what is expected beyond x is the integral of the tail', (_, demand) => {
    const step = 1e-3
    for (const x of [0.5, 3, 7.5]) {
      let sum = 0
      for (let t = x + step / 2; t < 60; t += step) sum += demand.tailAbove(t) * step
      expect(demand.expectedAbove(x)).toBeCloseTo(sum, 6)
    }
  })

  test('of equal mean and variance a count can not vary less than Poisson, and a weight may be certain', () => {
    expect(countedDemand(5, 1).variance).toBe(5)
    expect(measuredDemand(5, 0).tailAbove(5)).toBe(0)
    expect(measuredDemand(5, 0).tailAbove(4.999)).toBe(1)
  })

  test('far out in the tail there is nothing, and no error', () => {
    for (const demand of [poissonDemand(1_000), countedDemand(1_000, 1_500), measuredDemand(1_000, 10)]) {
      expect(demand.tailAbove(1e6)).toBe(0)
      expect(demand.expectedAbove(1e6)).toBe(0)
      expect(demand.tailAbove(1)).toBe(1)
    }
  })

  test('the quantile is the least that suffices', () => {
    const random = seeded(7)
    for (let draw = 0; draw < 300; draw += 1) {
      const mean = 10 ** (6 * random() - 2)
      const demand = countedDemand(mean, mean * (0.5 + 4 * random()))
      const level = random()
      const least = quantile(demand, level)
      expect(1 - demand.tailAbove(least)).toBeGreaterThanOrEqual(level - 1e-12)
      expect(1 - demand.tailAbove(least - 1)).toBeLessThan(level)
    }
  })

  test('the newsvendor of Snyder & Shen, example 4.3', () => {
    const { level, cost } = newsvendor(normalDemand(50, 8), 0.7, 0.18)
    expect(level).toBeCloseTo(56.60395592743389, 6)
    expect(cost).toBeCloseTo(1.9976051931766445, 9)
  })
})
