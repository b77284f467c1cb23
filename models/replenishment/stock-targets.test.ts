import { describe, expect, test } from 'vitest'
import { fitQuantile, predictLine } from '../statistics/quantile-regression.ts'
import { seeded } from '../statistics/random.ts'
import {
  applyRules,
  assertStockTargets,
  type DemandRates,
  daysOfCover,
  SERVICE_LEVELS,
  stockTargetFeatures,
  weightOf,
  writeStockTargetRow,
} from './stock-targets.ts'

describe('quantile regression', () => {
  const rows = (values: number[], targets: number[]) => ({
    values: Float32Array.from(values),
    targets: Float32Array.from(targets),
    weights: new Float32Array(targets.length).fill(1),
  })

  test('of a constant alone it is the quantile of the targets', () => {
    const targets = Array.from({ length: 101 }, (_, index) => index)
    const constant = rows(
      targets.map(() => 1),
      targets,
    )
    expect(fitQuantile(constant, 1, 0.5)[0]).toBeCloseTo(50, 0)
    expect(fitQuantile(constant, 1, 0.9)[0]).toBeCloseTo(90, 0)
  })

  test('as much demand is below the line as its level requires, also where the spread grows', () => {
    const random = seeded(1)
    const values: number[] = []
    const targets: number[] = []
    for (let row = 0; row < 5_000; row += 1) {
      const size = random() * 10
      values.push(1, size)
      targets.push(2 * size + (random() - 0.5) * 2 * size)
    }
    const line = fitQuantile(rows(values, targets), 2, 0.9)
    expect(line[1]).toBeCloseTo(2.8, 1)
    const below = targets.filter((target, row) => target <= predictLine(line, values, row * 2)).length
    expect(below / 5_000).toBeCloseTo(0.9, 2)
  })

  test('constant and doubled features, all zeros and one row give numbers', () => {
    const doubled = fitQuantile(rows([1, 1, 3, 1, 1, 4, 1, 1, 5], [3, 4, 5]), 3, 0.5)
    expect(predictLine(doubled, [1, 1, 4])).toBeCloseTo(4, 2)
    expect([...fitQuantile(rows([0, 0, 0, 0], [0, 0]), 2, 0.9)]).toEqual([0, 0])
    expect(fitQuantile(rows([1, 2], [5]), 2, 0.98).every(Number.isFinite)).toBe(true)
    expect(() => fitQuantile(rows([], []), 2, 0.9)).toThrow('there are no rows')
  })
})

describe('rules', () => {
  test('presentation lifts, shelf life and capacity cut, the capacity last', () => {
    expect(applyRules(7.2, 1, {}, true)).toEqual({ target: 8, rule: 'demand' })
    expect(applyRules(7.2, 1, {}, false)).toEqual({ target: 7.2, rule: 'demand' })
    expect(applyRules(7.2, 1, { presentation: 12 }, true)).toEqual({ target: 12, rule: 'presentation' })
    expect(applyRules(7.2, 1, { presentation: 12, shelfLifeDays: 3 }, true)).toEqual({ target: 3, rule: 'shelf_life' })
    expect(applyRules(70, 1, { presentation: 12, capacity: 20 }, true)).toEqual({ target: 20, rule: 'capacity' })
    expect(applyRules(-1, 0, { shelfLifeDays: 3 }, true)).toEqual({ target: 0, rule: 'demand' })
  })

  test('cover is unknown where nothing sells', () => {
    expect([daysOfCover(10, 2), daysOfCover(-3, 2), daysOfCover(10, 0)]).toEqual([5, 0, undefined])
  })
})

test('a row with unknown values holds numbers all the same', () => {
  const unknown: DemandRates = {
    rate7: Number.NaN,
    rate28: Number.NaN,
    rate56: 1,
    deviation28: Number.NaN,
    trend28: Number.POSITIVE_INFINITY,
  }
  const row = new Float32Array(stockTargetFeatures.length)
  writeStockTargetRow(unknown, 4, row, 0)
  expect([...row]).toEqual([1, 0, 0, 4, 0, 0, 0])
  expect(weightOf(unknown, 4)).toBe(1)
})

test('an artefact over other features is refused', () => {
  const line = stockTargetFeatures.map(() => 1)
  const coefficients = Object.fromEntries(SERVICE_LEVELS.map((level) => [level, line]))
  const model = {
    model: 'stock_targets' as const,
    features: [...stockTargetFeatures],
    coefficients,
    trainedThrough: '2024-05-01',
    lastOrigin: '2024-04-17',
  }
  expect(() => assertStockTargets('v1', model)).not.toThrow()
  expect(() => assertStockTargets('v1', { ...model, features: ['x'] })).toThrow('new: intercept')
  expect(() => assertStockTargets('v1', { ...model, coefficients: { 0.8: line } })).toThrow('level 0.9, 0.95, 0.98')
})
