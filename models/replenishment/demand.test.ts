import { expect, test } from 'vitest'
import { demandPath } from './demand.ts'

test('a usual rate has its weekdays, week after week', () => {
  const week = [0, 1, 1, 1, 1, 1, 2]
  const path = demandPath({ kind: 'rate', unitsPerDay: 10, inverseSize: 0.1, week, source: 'test' }, 14, true)
  expect([1, 2, 7, 8, 14].map((days) => path.mean[days])).toEqual([0, 10, 70, 70, 140])
  // 10 + 0.1 × 10², 20 + 0.1 × 20².
  expect(path.variance[7]).toBeCloseTo(5 * 20 + 60, 12)
  const flat = demandPath({ kind: 'rate', unitsPerDay: 10, inverseSize: 0.1, source: 'test' }, 2, true)
  expect(Array.from(flat.mean)).toEqual([0, 10, 20])
})
