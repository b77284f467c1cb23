import { expect, test } from 'vitest'
import { bias, coverage, mase, pinball, rmsse, wape } from './metrics.ts'

const history = [10, 12, 8, 10, 14, 9]
const actual = [11, 0, 13]
const forecast = [10, 2, 16]

test('errors by hand', () => {
  expect(wape(actual, forecast)).toBeCloseTo(6 / 24, 12)
  expect(bias(actual, forecast)).toBeCloseTo(4 / 24, 12)
  // Within the history the naive forecast errs by 2, 4, 2, 4, 5.
  expect(mase(actual, forecast, history, 1)).toBeCloseTo(2 / 3.4, 12)
  expect(rmsse(actual, forecast, history)).toBeCloseTo(Math.sqrt(14 / 3 / 13), 12)
  // A season of three: 0, 2, 1.
  expect(mase(actual, forecast, history, 3)).toBeCloseTo(2, 12)
})

test('pinball weighs what was missed by the level and what was too much by the rest', () => {
  expect(pinball([10], [8], 0.9)).toBeCloseTo(1.8, 12)
  expect(pinball([10], [12], 0.9)).toBeCloseTo(0.2, 12)
  expect(pinball(actual, forecast, 0.5)).toBeCloseTo(1, 12)
})

test('coverage counts both ends', () => {
  expect(coverage([1, 2, 3, 4], [1, 0, 4, 0], [1, 2, 9, 3])).toBe(0.5)
})

test('no scale, no score', () => {
  expect(wape([0, 0], [1, 1])).toBeUndefined()
  expect(bias([], [])).toBeUndefined()
  expect(mase(actual, forecast, [5, 5, 5], 1)).toBeUndefined()
  expect(mase(actual, forecast, [5], 7)).toBeUndefined()
  expect(pinball([], [], 0.5)).toBeUndefined()
  expect(coverage([], [], [])).toBeUndefined()
})

test('wrong lengths and seasons are named', () => {
  expect(() => wape([1, 2], [1])).toThrow('2 actual values and 1 forecasts')
  expect(() => mase(actual, forecast, history, 0)).toThrow('season is 0')
})
