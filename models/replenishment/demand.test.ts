import { expect, test } from 'vitest'
import { seeded } from '../random.ts'
import { DEPENDENCE_DEFAULT, equicorrelation } from './demand.ts'
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
