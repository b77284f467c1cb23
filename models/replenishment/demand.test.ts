import { expect, test } from 'vitest'
import { seeded } from '../random.ts'
import { DEPENDENCE_DEFAULT, demandPath, equicorrelation } from './demand.ts'
import { normalQuantile } from './distribution.ts'

/** Errors of ten days each, any two of which are correlated alike. */
function errorsOf(origins: number, correlation: number, seed: number): number[][] {
  const random = seeded(seed)
  const normal = () => normalQuantile(Math.min(0.999999, Math.max(0.000001, random())))
  return Array.from({ length: origins }, () => {
    const common = Math.sqrt(correlation) * normal()
    return Array.from({ length: 10 }, () => common + Math.sqrt(1 - correlation) * normal())
  })
}

test.each([0, 0.3, 0.7])('a correlation of %d between days is found in past errors', (correlation) => {
  expect(Math.abs(equicorrelation(errorsOf(4_000, correlation, 7)) - correlation)).toBeLessThan(0.04)
})

test('too few origins teach nothing: the default stands in', () => {
  expect(equicorrelation(errorsOf(9, 0.7, 7))).toBe(DEPENDENCE_DEFAULT)
  expect(equicorrelation(Array.from({ length: 20 }, () => [0, 0]))).toBe(DEPENDENCE_DEFAULT)
})

test('a usual rate has its weekdays, week after week', () => {
  const week = [0, 1, 1, 1, 1, 1, 2]
  const path = demandPath({ kind: 'rate', unitsPerDay: 10, inverseSize: 0.1, week, source: 'test' }, 14, true)
  expect([1, 2, 7, 8, 14].map((days) => path.mean[days])).toEqual([0, 10, 70, 70, 140])
  // 10 + 0.1 × 10², 20 + 0.1 × 20².
  expect(path.variance[7]).toBeCloseTo(5 * 20 + 60, 12)
  const flat = demandPath({ kind: 'rate', unitsPerDay: 10, inverseSize: 0.1, source: 'test' }, 2, true)
  expect(Array.from(flat.mean)).toEqual([0, 10, 20])
})
