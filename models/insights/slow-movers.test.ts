import { describe, expect, test } from 'vitest'
import { calibrated, fitIsotonic } from '../statistics/isotonic.ts'
import { seeded } from '../statistics/random.ts'
import { agingBucket, sellingDaysWanted } from './slow-movers.ts'

test('an A product should sell once a week, a B product once a fortnight, a C product once', () => {
  const wanted = (horizon: 28 | 14) => (['A', 'B', 'C'] as const).map((abc) => sellingDaysWanted(abc, horizon))
  expect(wanted(28)).toEqual([4, 2, 1])
  expect(wanted(14)).toEqual([2, 1, 1])
})

test('goods age by the days since they last sold', () => {
  expect([0, 30, 31, 60, 90, 91, 4_000].map(agingBucket)).toEqual([
    '0-30',
    '0-30',
    '31-60',
    '31-60',
    '61-90',
    'over 90',
    'over 90',
  ])
})

describe('isotonic calibration', () => {
  test('shares are pooled where they fall', () => {
    const calibration = fitIsotonic([0, 1, 0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    // Pools: {0}, {1, 0, 0}, {1, 1}.
    expect(calibration.scores).toEqual([0.1, expect.closeTo(0.3, 10), expect.closeTo(0.55, 10)])
    expect(calibration.probabilities).toEqual([1 / 3, 2 / 5, 3 / 4])
    expect(calibrated(calibration, 0.2)).toBeCloseTo((1 / 3 + 2 / 5) / 2, 10)
    expect([-1, 9, Number.NaN].map((score) => calibrated(calibration, score))).toEqual([1 / 3, 3 / 4, 1 / 3])
  })

  test('scores that are too sure are brought back to what comes', () => {
    const random = seeded(3)
    const truth = Array.from({ length: 20_000 }, () => random())
    const labels = truth.map((probability) => (random() < probability ? 1 : 0))
    const sure = truth.map((probability) => probability ** 3)
    const calibration = fitIsotonic(labels, sure)
    for (const probability of [0.2, 0.5, 0.8]) {
      expect(Math.abs(calibrated(calibration, probability ** 3) - probability)).toBeLessThan(0.05)
    }
  })

  test('it keeps the order, and one kind alone is never certain', () => {
    const random = seeded(4)
    const scores = Array.from({ length: 500 }, () => random())
    const { probabilities } = fitIsotonic(
      scores.map(() => (random() < 0.3 ? 1 : 0)),
      scores,
    )
    expect(probabilities).toEqual([...probabilities].sort((one, other) => one - other))
    expect(fitIsotonic([1, 1], [0.5, 0.5]).probabilities.every((value) => value < 1)).toBe(true)
    expect(calibrated(fitIsotonic([0], [0.5]), 0.9)).toBeCloseTo(1 / 3, 10)
    expect(() => fitIsotonic([], [])).toThrow('0 labels and 0 scores')
  })
})
