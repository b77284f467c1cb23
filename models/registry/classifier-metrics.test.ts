import { expect, test } from 'vitest'
import { averagePrecision, brierScore, calibrationError, rocAuc } from './classifier-metrics.ts'

test('scores of known answers', () => {
  const labels = [0, 0, 1, 1]
  const scores = [0.1, 0.4, 0.35, 0.8]
  expect(rocAuc(labels, scores)).toBe(0.75)
  expect(averagePrecision(labels, scores)).toBeCloseTo(0.8333, 4)
  expect(brierScore(labels, scores)).toBeCloseTo((0.01 + 0.16 + 0.4225 + 0.04) / 4, 10)
})

test('equal scores separate nothing, in whatever order the rows are', () => {
  expect(rocAuc([1, 0, 0, 1], [1, 1, 1, 1])).toBe(0.5)
  expect(averagePrecision([1, 0, 0, 1], [1, 1, 1, 1])).toBe(0.5)
  expect(rocAuc([0, 1, 1, 0], [3, 3, 4, 1])).toBe(0.875)
  expect(rocAuc([1, 0, 0, 1], [3, 3, 1, 4])).toBe(0.875)
})

test('one kind alone gives no score', () => {
  expect(rocAuc([1, 1], [0.1, 0.2])).toBeUndefined()
  expect(averagePrecision([0, 0], [0.1, 0.2])).toBeUndefined()
  expect(brierScore([], [])).toBeUndefined()
  expect(calibrationError([], [])).toBeUndefined()
})

test('what happens as often as predicted is calibrated', () => {
  const labels = Array.from({ length: 1_000 }, (_, row) => (row % 5 === 0 ? 1 : 0))
  expect(
    calibrationError(
      labels,
      labels.map(() => 0.2),
    ),
  ).toBeCloseTo(0, 10)
  expect(
    calibrationError(
      labels,
      labels.map(() => 0.5),
    ),
  ).toBeCloseTo(0.3, 10)
})

test('as many labels as scores are required', () => {
  expect(() => rocAuc([1], [0.1, 0.2])).toThrow('1 labels and 2 scores')
})
