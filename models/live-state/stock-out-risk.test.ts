import { expect, test } from 'vitest'
import { expectedAbove, tailAbove } from '../statistics/negative-binomial.ts'
import {
  COVER_HOURS_MAX,
  type DailySales,
  daysOfDemand,
  demandWithin,
  HOURS_A_WEEK,
  type ShelfPosition,
  stockOutRisk,
  usualDemands,
  weekPattern,
} from './stock-out-risk.ts'

const flat = weekPattern(new Array<number>(HOURS_A_WEEK).fill(1))
const position: ShelfPosition = {
  onHand: 10,
  pAvailable: 1,
  demand: { unitsPerDay: 24, inverseSize: 0.25 },
  pattern: flat,
  soldToday: 0,
  elapsedDays: 0,
  hourOfWeek: 10,
  horizonHours: 6,
  unitValue: 2,
}

test('the tail of the demand until the next delivery, and what is lost in it', () => {
  const risk = stockOutRisk(position)
  expect(risk.probability).toBeCloseTo(tailAbove(10, 6, 4), 12)
  expect(risk.expectedLostUnits).toBeCloseTo(expectedAbove(10, 6, 4), 12)
  expect(risk.moneyAtRisk).toBeCloseTo(2 * expectedAbove(10, 6, 4), 12)
  expect(stockOutRisk({ ...position, unitValue: null }).moneyAtRisk).toBeNull()
})

test('what sold today moves the rate as far as days differ', () => {
  // Twelve were to be expected by noon and twice as many were sold: (4 + 24) / (4 + 12).
  const busy = { ...position, soldToday: 24, elapsedDays: 0.5 }
  expect(demandWithin(busy, 6).mean).toBeCloseTo(6 * (28 / 16), 12)
  expect(demandWithin(busy, 6).size).toBeCloseTo(28, 12)
  const alike = { ...busy, demand: { unitsPerDay: 24, inverseSize: 0 } }
  expect(demandWithin(alike, 6).mean).toBeCloseTo(6, 3)
})

test('a busy day does not change the demand of the days after it', () => {
  // 14 hours are left of today, then a day and a half.
  const busy = { ...position, soldToday: 24, elapsedDays: 0.5 }
  const [today, dayAfter] = [14 * (28 / 16), 24]
  const { mean, size } = demandWithin(busy, 14 + 24 + 12)
  expect(mean).toBeCloseTo(today + dayAfter + 12, 12)
  // A negative binomial's variance is mean + mean² / size; the variances of days add up.
  expect(mean + mean ** 2 / size).toBeCloseTo(mean + today ** 2 / 28 + dayAfter ** 2 / 4 + 12 ** 2 / 4, 10)
  const quiet = { ...position, elapsedDays: 0.5 }
  expect(demandWithin(busy, 38).mean - demandWithin(quiet, 38).mean).toBeCloseTo(14 * (28 / 16 - 4 / 16), 12)
})

test('what is probably not there counts as not there', () => {
  const doubtful = stockOutRisk({ ...position, pAvailable: 0.3 })
  expect(doubtful.probability).toBeCloseTo(0.3 * tailAbove(10, 6, 4) + 0.7 * tailAbove(0, 6, 4), 12)
  expect(doubtful.expectedLostUnits).toBeCloseTo(0.3 * expectedAbove(10, 6, 4) + 0.7 * 6, 12)
})

test('an empty shelf loses the whole demand, and covers nothing', () => {
  for (const onHand of [0, -3]) {
    const risk = stockOutRisk({ ...position, onHand })
    expect(risk.probability).toBeCloseTo(tailAbove(0, 6, 4), 12)
    expect(risk.expectedLostUnits).toBeCloseTo(6, 12)
    expect(risk.hoursOfCover).toBe(0)
  }
})

test('cover is where the median of the demand reaches what is there', () => {
  const { hoursOfCover } = stockOutRisk({ ...position, onHand: 100, demand: { unitsPerDay: 24, inverseSize: 0.01 } })
  expect(hoursOfCover).toBeGreaterThan(95)
  expect(hoursOfCover).toBeLessThan(105)
  expect(stockOutRisk({ ...position, demand: { unitsPerDay: 0, inverseSize: 0 } })).toMatchObject({
    probability: 0,
    hoursOfCover: COVER_HOURS_MAX,
    expectedLostUnits: 0,
  })
})

test('a pattern knows the hours in which nothing sells, and goes round the week', () => {
  const open = weekPattern(
    Array.from({ length: HOURS_A_WEEK }, (_, hour) => (hour % 24 >= 8 && hour % 24 < 20 ? 1 : 0)),
  )
  expect(daysOfDemand(open, 22, 10)).toBeCloseTo(0, 12)
  expect(daysOfDemand(open, 8, 6)).toBeCloseTo(0.5, 12)
  expect(daysOfDemand(open, 8.5, 0.5)).toBeCloseTo(0.5 / 12, 12)
  expect(daysOfDemand(open, 166, 48)).toBeCloseTo(2, 12)
  expect(daysOfDemand(weekPattern(new Array<number>(HOURS_A_WEEK).fill(0)), 0, 36)).toBeCloseTo(1.5, 12)
  expect(() => weekPattern([1, 2])).toThrow('2 hours, must be 168')
})

/** Whole days without a stock-out, as many of them above the mean as below, with a variance of one and a half times it. */
function daily(units: number, days: number, group = 'bread'): DailySales {
  const mean = units / days
  const deviation = days > 1 ? Math.sqrt(1.5 * mean) : 0
  return {
    group,
    units: Array.from({ length: days }, (_, day) => (day % 2 === 0 ? mean + deviation : mean - deviation)),
    exposure: new Array<number>(days).fill(1),
  }
}

test('a thin history is moved to the mean of its group, a long one keeps its own', () => {
  const demands = usualDemands([daily(50, 28), daily(400, 28), daily(150, 28), daily(30, 1), daily(280, 28, 'milk')])
  expect(demands[1]!.unitsPerDay).toBeGreaterThan(13)
  expect(demands[0]!.unitsPerDay).toBeLessThan(2.5)
  expect(demands[3]!.unitsPerDay).toBeLessThan(25)
  expect(demands[4]!.unitsPerDay).toBeCloseTo(10, 12)
  expect(demands.every(({ inverseSize }) => inverseSize >= 0 && inverseSize < 2)).toBe(true)
})

test('a product that never sold among others that did', () => {
  const [never] = usualDemands([daily(0, 28), daily(280, 28)])
  expect(never!.unitsPerDay).toBeLessThan(0.5)
  expect(Number.isFinite(never!.inverseSize)).toBe(true)
  expect(usualDemands([daily(0, 28)])).toEqual([{ unitsPerDay: 0, inverseSize: 0 }])
})

test('a day counts for as much as could have been sold on it, and is no reason to think that days differ', () => {
  const whole = Array.from({ length: 12 }, (_, day) => (day % 2 === 0 ? 14 : 6))
  const [all, censored] = [
    { group: 'bread', units: whole, exposure: whole.map(() => 1) },
    { group: 'milk', units: [...whole, 5, 0.1, 0], exposure: [...whole.map(() => 1), 0.5, 0.01, 0] },
  ].map((product) => usualDemands([product])[0]!)
  expect(all!.unitsPerDay).toBeCloseTo(10, 12)
  expect(censored!.unitsPerDay).toBeCloseTo(10, 12)
  // Variance 16 × 12/11 around a mean of 10.
  expect(all!.inverseSize).toBeCloseTo(((16 * 12) / 11 - 10) / 100, 12)
  expect(censored!.inverseSize).toBeCloseTo(all!.inverseSize, 1)
})

test('what was never there is thought of as the others of its group', () => {
  const [absent] = usualDemands([{ group: 'bread', units: [0, 0], exposure: [0, 0] }, daily(280, 28)])
  expect(absent!.unitsPerDay).toBeCloseTo(10, 12)
})
