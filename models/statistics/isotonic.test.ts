import { expect, test } from 'vitest'
import { fitIsotonic } from './isotonic.ts'

test('rows of equal scores are pooled, whatever their order', () => {
  const expected = { scores: [0.2, 0.8], probabilities: [2 / 5, 3 / 5] }
  for (const labels of [
    [0, 0, 1, 0, 1, 1],
    [1, 0, 0, 1, 1, 0],
  ]) {
    const { scores, probabilities } = fitIsotonic(labels, [0.2, 0.2, 0.2, 0.8, 0.8, 0.8])
    for (const [index, score] of expected.scores.entries()) expect(scores[index]).toBeCloseTo(score)
    expect(probabilities).toEqual(expected.probabilities)
  }
})

test('scores in the wrong order become one pool', () => {
  const { scores, probabilities } = fitIsotonic([1, 0], [0.1, 0.3])
  expect(scores).toEqual([0.2])
  expect(probabilities).toEqual([0.5])
})

test('no rows are refused', () => {
  expect(() => fitIsotonic([], [])).toThrow('isotonic: 0 labels and 0 scores')
})
