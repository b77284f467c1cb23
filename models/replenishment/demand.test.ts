import { expect, test } from 'vitest'
import { fitQuantileTable, readDeviation } from '../forecasting/quantile-table.ts'
import { seeded } from '../statistics/random.ts'
import { demandOver, demandPath } from './demand.ts'
import { quantile } from './distribution.ts'

test('a usual rate has its weekdays, week after week', () => {
  const week = [0, 1, 1, 1, 1, 1, 2]
  const path = demandPath({ kind: 'rate', unitsPerDay: 10, inverseSize: 0.1, week, source: 'test' }, 14, true)
  expect([1, 2, 7, 8, 14].map((days) => path.mean[days])).toEqual([0, 10, 70, 70, 140])
  // 10 + 0.1 × 10², 20 + 0.1 × 20².
  expect(path.variance[7]).toBeCloseTo(5 * 20 + 60, 12)
  const flat = demandPath({ kind: 'rate', unitsPerDay: 10, inverseSize: 0.1, source: 'test' }, 2, true)
  expect(Array.from(flat.mean)).toEqual([0, 10, 20])
})

test('what covers a week of goods that seldom sell covers it as often as it should', () => {
  const random = seeded(1)
  /** On one day in ten, 2.5 units in the mean. */
  const soldOnADay = (): number => {
    if (random() >= 0.1) return 0
    let units = 1
    while (random() >= 0.4) units += 1
    return units
  }
  const past = Float32Array.from({ length: 20_000 }, soldOnADay)
  const mean = past.map(() => 0.25)
  const table = fitQuantileTable({
    actual: past,
    inStockShare: past.map(() => 1),
    mean,
    difference: mean,
    segment: past.map(() => 2),
  })
  const days = new Array(7).fill({ mean: 0.25, variance: readDeviation(table, 0.25, 0.25) ** 2 })
  const week = demandOver(demandPath({ kind: 'forecast', days, dependence: 0, source: 'test' }, 7, true), 7)
  const weeks = Array.from({ length: 20_000 }, () => Array.from({ length: 7 }, soldOnADay).reduce((a, b) => a + b))
  for (const wanted of [0.9, 0.95, 0.98]) {
    const enough = quantile(week, wanted)
    const served = weeks.filter((units) => units <= enough).length / weeks.length
    expect(served).toBeGreaterThan(wanted - 0.015)
    // One unit less would be too few: not more is kept than is needed.
    expect(weeks.filter((units) => units < enough).length / weeks.length).toBeLessThan(wanted + 0.01)
  }
})
