import { expect, test } from 'vitest'
import { gammaPrior, shrink } from './empirical-bayes.ts'

test('series that differ by chance only get the common mean', () => {
  const prior = gammaPrior([10, 11, 9, 10], [10, 10, 10, 10])
  expect(prior).toEqual({ mean: 1, exposure: Number.POSITIVE_INFINITY })
  expect(shrink(prior, 50, 10)).toBe(1)
})

test('series that differ keep most of their own, a thin one less', () => {
  const prior = gammaPrior([100, 900, 300, 700], [100, 100, 100, 100])
  // Mean 5, spread 10, of which 5 / 100 is chance.
  expect(prior.mean).toBe(5)
  expect(prior.exposure).toBeCloseTo(5 / 9.95, 12)
  expect(shrink(prior, 900, 100)).toBeCloseTo((900 + 5 * prior.exposure) / (100 + prior.exposure), 12)
  expect(shrink(prior, 0, 0)).toBe(5)
  expect(shrink(prior, 9, 1)).toBeLessThan(8)
})

test('nothing seen, nothing expected', () => {
  expect(gammaPrior([], [])).toEqual({ mean: 0, exposure: Number.POSITIVE_INFINITY })
  expect(gammaPrior([0, 5], [3, 0]).mean).toBe(0)
})
