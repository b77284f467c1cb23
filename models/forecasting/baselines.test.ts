import { expect, test } from 'vitest'
import {
  abcClasses,
  croston,
  demandClass,
  movingAverage,
  seasonalNaive,
  simpleExponentialSmoothing,
  tsb,
  xyzClass,
} from './baselines.ts'

// Reference values: statsforecast's SeasonalNaive, WindowAverage, SimpleExponentialSmoothing, CrostonClassic, CrostonSBA
// and TSB on the same series.
const intermittent = [0, 0, 3, 0, 1, 0, 0, 0, 4, 2, 0, 0, 0, 0, 1, 0, 6, 0, 0, 2, 0]
const smooth = [12, 15, 9, 14, 20, 31, 28, 13, 16, 8, 15, 22, 30, 27, 11, 17, 10, 13, 19, 33, 30]

test('seasonal naive repeats the last season', () => {
  expect([...seasonalNaive(smooth, 7, 10)]).toEqual([11, 17, 10, 13, 19, 33, 30, 11, 17, 10])
  expect([...seasonalNaive([4, 5], 7, 3)]).toEqual([5, 5, 5])
})

test('moving average, also of a short series', () => {
  expect(movingAverage(smooth, 7)).toBeCloseTo(19, 12)
  expect(movingAverage([4, 5], 28)).toBe(4.5)
})

test('simple exponential smoothing, with a given weight and with the best one', () => {
  expect(simpleExponentialSmoothing(smooth, 0.3)).toBeCloseTo(23.907363614300024, 10)
  expect(simpleExponentialSmoothing(intermittent, 0.3)).toBeCloseTo(0.9184107652544072, 10)
  expect(simpleExponentialSmoothing(smooth)).toBeCloseTo(30.08086, 3)
})

test("Croston's method, plain and corrected", () => {
  expect(croston(intermittent)).toBeCloseTo(0.9829004136375248, 12)
  expect(croston(smooth)).toBeCloseTo(19.372272453177473, 10)
  expect(croston(intermittent, { corrected: true })).toBeCloseTo(0.9337553929556485, 12)
  expect(croston([0, 0, 0])).toBe(0)
})

test('TSB', () => {
  expect(tsb(intermittent, 0.2, 0.1)).toBeCloseTo(0.8672431195203614, 12)
  expect(tsb(smooth, 0.2, 0.1)).toBeCloseTo(21.959367332370764, 10)
  expect(tsb([0, 0], 0.2, 0.1)).toBe(0)
})

test('demand classes', () => {
  expect(demandClass([5, 5, 6, 5])).toBe('smooth')
  expect(demandClass([5, 50, 1, 1, 2, 1])).toBe('erratic')
  expect(demandClass([5, 0, 0, 5, 0, 5])).toBe('intermittent')
  expect(demandClass([5, 0, 0, 90, 0, 1, 1, 0])).toBe('lumpy')
  expect(demandClass([0, 0])).toBe('none')
})

test('ABC by share, XYZ by regularity', () => {
  expect(abcClasses([10, 60, 0, 25, 4, 1, -3])).toEqual(['B', 'A', 'C', 'A', 'C', 'C', 'C'])
  expect(xyzClass([5, 5, 6])).toBe('X')
  expect(xyzClass([1, 5, 2])).toBe('Y')
  expect(xyzClass([0, 0, 9])).toBe('Z')
  expect(xyzClass([0, 0])).toBe('Z')
})

test('no forecast of nothing, no season of nothing', () => {
  expect(() => movingAverage([], 7)).toThrow('an empty series')
  expect(() => seasonalNaive(smooth, 0, 3)).toThrow('season is 0')
  expect(() => simpleExponentialSmoothing(smooth, 1.5)).toThrow('alpha is 1.5')
})
