import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { lineDecider, movingAverageReorder } from './deciders.ts'
import { certainLeadTime } from './lead-time.ts'
import { replay } from './replay.ts'
import { RunningForecast, weekdayFactors } from './running-forecast.ts'

const week = [0.5, 0.5, 1, 1, 1, 2, 1]
const factors = Float64Array.from({ length: 400 }, (_, day) => week[day % 7]!)

/** Poisson around 6 a day times the weekday's factor. */
function poissonDays(seed: number): Float64Array {
  const random = seeded(seed)
  return factors.map((factor) => {
    let left = 6 * factor
    let count = -1
    while (left >= 0) {
      left += Math.log(1 - random())
      count += 1
    }
    return count
  })
}

describe('a running forecast', () => {
  test('finds level and spread', () => {
    const [first, ...others] = new RunningForecast(poissonDays(3), factors).from(390, 14)
    expect(first!.mean / factors[390]!).toBeGreaterThan(5)
    expect(first!.mean / factors[390]!).toBeLessThan(7)
    expect(first!.variance! / first!.mean).toBeLessThan(1.5)
    // Day 400 is behind the factors: the last week's are used.
    expect(others[9]!.mean / first!.mean).toBeCloseTo(factors[393]! / factors[390]!, 9)
  })

  test('does not take one large day of a slow mover for its spread', () => {
    const flat = new Float64Array(300).fill(1)
    const demand = Float64Array.from(flat, (_, day) => (day === 250 ? 12 : day % 20 === 0 ? 1 : 0))
    const [{ mean, variance }] = new RunningForecast(demand, flat).from(300, 1) as [{ mean: number; variance: number }]
    const inverseSize = (variance - mean) / mean ** 2
    expect(inverseSize).toBeGreaterThan(0)
    expect(inverseSize).toBeLessThan(10)
  })

  test('reads no day that is still to come', () => {
    const demand = poissonDays(4)
    const before = new RunningForecast(demand, factors).from(100, 5)
    expect(new RunningForecast(demand.fill(Number.NaN, 100), factors).from(100, 5)).toEqual(before)
  })

  test('of what never sold is nothing', () => {
    expect(new RunningForecast(new Float64Array(30), factors).from(30, 1)).toEqual([{ mean: 0, variance: 0 }])
  })
})

test('weekday factors are a weekday’s demand over the mean one, and never nothing', () => {
  expect([...weekdayFactors(week.map((factor) => 30 * factor))]).toEqual(week)
  expect(weekdayFactors(new Float64Array(7))).toEqual(new Float64Array(7).fill(1))
  expect(weekdayFactors([0, 7, 7, 7, 7, 7, 7])[0]).toBe(0.05)
})

describe('deciders', () => {
  const supply = { packSize: 1, reviewDays: 1, leadTimeDays: 2 }
  const costs = { holdingPerUnitDay: 0.01, lostPerUnit: 1, wastePerUnit: 2, perOrder: 1 }
  const demand = poissonDays(5)

  test('a moving average with more safety loses less, and one without keeps nothing for variation', () => {
    const lost = (serviceFactor: number) => {
      const decide = movingAverageReorder(demand, 3, { windowDays: 28, serviceFactor, lot: () => 0 })
      return replay(demand, supply, costs, decide, { measuredFrom: 60 }).lost
    }
    expect(lost(3)).toBeLessThan(lost(1))
    expect(lost(1)).toBeLessThan(lost(-1))
  })

  test('a line meets the fill rate that its policy asks for', () => {
    for (const serviceTarget of [0.9, 0.97]) {
      const setting = {
        line: 'test',
        leadTime: certainLeadTime(2, 'test'),
        reviewDays: 1,
        terms: { unitCost: 2, price: 3, packSize: 1 },
        policy: {
          ...({ method: 'base_stock', serviceMeasure: 'fill', serviceTarget, holdingRatePerYear: 0.25 } as const),
          stockOutCostRatio: 0.3,
          wasteCostRatio: 1,
          orderingCost: 0,
        },
      }
      const decide = lineDecider(setting, new RunningForecast(demand, factors))
      const { fillRate } = replay(demand, supply, costs, decide, { measuredFrom: 60 })
      expect(fillRate).toBeGreaterThan(serviceTarget - 0.015)
      expect(fillRate).toBeLessThan(serviceTarget + 0.05)
    }
  })

  test('both live with goods that expire, whatever the days before the first one', () => {
    const short = { ...supply, shelfLifeDays: 4 }
    const decide = movingAverageReorder(demand, 3, { windowDays: 28, serviceFactor: 1, lot: () => 5 })
    expect(replay(demand, short, costs, decide).wasted).toBeGreaterThan(0)
  })
})
