import { expect, test } from 'vitest'
import { expectedAbove, tailAbove } from './negative-binomial.ts'
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
  expect(demandWithin(busy, 6).size).toBe(28)
  const alike = { ...busy, demand: { unitsPerDay: 24, inverseSize: 0 } }
  expect(demandWithin(alike, 6).mean).toBeCloseTo(6, 3)
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
  expect(() => weekPattern([1, 2])).toThrow('2 hours, want 168')
})

test('a thin history is moved to the mean of its group, a long one keeps its own', () => {
  const product = (units: number, days: number, group = 'bread'): DailySales => ({
    group,
    days,
    units,
    squaredUnits: days * (units / days) ** 2 + units * 1.5,
  })
  const demands = usualDemands([
    product(50, 28),
    product(400, 28),
    product(150, 28),
    product(30, 1),
    product(280, 28, 'milk'),
  ])
  expect(demands[1]!.unitsPerDay).toBeGreaterThan(13)
  expect(demands[0]!.unitsPerDay).toBeLessThan(2.5)
  expect(demands[3]!.unitsPerDay).toBeLessThan(25)
  expect(demands[4]!.unitsPerDay).toBeCloseTo(10, 12)
  expect(demands.every(({ inverseSize }) => inverseSize >= 0 && inverseSize < 2)).toBe(true)
})

test('a product that never sold among others that did', () => {
  const [never] = usualDemands([
    { group: 'a', days: 28, units: 0, squaredUnits: 0 },
    { group: 'a', days: 28, units: 280, squaredUnits: 4000 },
  ])
  expect(never!.unitsPerDay).toBeLessThan(0.5)
  expect(Number.isFinite(never!.inverseSize)).toBe(true)
  expect(usualDemands([{ group: 'a', days: 28, units: 0, squaredUnits: 0 }])).toEqual([
    { unitsPerDay: 0, inverseSize: 0 },
  ])
})
