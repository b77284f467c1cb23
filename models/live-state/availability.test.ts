import { expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import {
  type AvailabilityModel,
  type AvailabilityState,
  advance,
  expectedInHour,
  HOURS_A_DAY,
  type HourObserved,
  initialAvailability,
  nextAvailability,
  type SeriesRates,
} from './availability.ts'
import { fitAvailability, type SeriesHours } from './availability-fit.ts'

const everyHour = (value: number): number[] => new Array<number>(HOURS_A_DAY).fill(value)

const model: AvailabilityModel = {
  depletion: everyHour(0.02),
  restock: everyHour(0.1),
  leak: 0.02,
  level: { keptAnHour: 0.99, priorSales: 4 },
  emptyCount: { available: 0.05, unavailable: 0.8 },
}
const rates: SeriesRates = { expected: everyHour(2), depletionFactor: 1, restockFactor: 1 }
const silent: HourObserved = { hour: 12, isSold: false, traffic: 1 }

function after(hours: readonly HourObserved[], start = initialAvailability(model), own = rates): AvailabilityState {
  return hours.reduce((state, observed) => nextAvailability(state, model, own, observed), start)
}

test('a series starts at the share of hours in which it is usually available', () => {
  expect(initialAvailability(model).available).toBeCloseTo(0.1 / 0.12, 12)
})

test('one hour by hand', () => {
  const prior = (0.1 / 0.12) * 0.98 + (0.02 / 0.12) * 0.1
  const expected = (prior * Math.exp(-2)) / (prior * Math.exp(-2) + (1 - prior) * Math.exp(-0.04))
  expect(after([silent]).available).toBeCloseTo(expected, 12)
})

test('silence makes it less likely hour by hour, a sale brings it back', () => {
  const hours = [1, 2, 3, 6].map((count) => after(new Array<HourObserved>(count).fill(silent)).available)
  expect(hours).toEqual([...hours].sort((a, b) => b - a))
  expect(hours[3]).toBeLessThan(0.2)
  expect(after([silent, silent, silent, { ...silent, isSold: true }]).available).toBeGreaterThan(0.7)
})

test('silence shows less when few people came, nothing when no one did, and little of what sells seldom', () => {
  const available = [0, 0.2, 1, 2].map((traffic) => after([{ ...silent, traffic }]).available)
  expect(available).toEqual([...available].sort((a, b) => b - a))
  const { available: start } = initialAvailability(model)
  expect(available[0]).toBeCloseTo(start * 0.98 + (1 - start) * 0.1, 9)
  expect(after([silent], undefined, { ...rates, expected: everyHour(0.01) }).available).toBeGreaterThan(0.8)
})

test('a count that changes is a noisy look; one that stays is no news', () => {
  const before: AvailabilityState = { ...initialAvailability(model), wasCountedEmpty: false }
  const [empty, none, same] = [true, undefined, false].map(
    (isCountedEmpty) => after([{ ...silent, isCountedEmpty }], before).available,
  )
  expect(empty).toBeLessThan(none!)
  expect(same).toBe(none)
  expect(after([{ ...silent, isCountedEmpty: false }], { ...before, wasCountedEmpty: true }).available).toBeGreaterThan(
    none!,
  )
  // Phantom stock: the count still shows that there is some, and nothing sells.
  expect(after(new Array<HourObserved>(10).fill({ ...silent, isCountedEmpty: false })).available).toBeLessThan(0.2)
})

test('what a series sells nowadays moves what is expected of it', () => {
  const busy = after(new Array<HourObserved>(200).fill({ ...silent, isSold: true }), undefined, {
    ...rates,
    expected: everyHour(0.2),
  })
  expect(expectedInHour(busy, model, { ...rates, expected: everyHour(0.2) }, silent)).toBeGreaterThan(0.3)
})

test('a series that never sold stays where it is usually; nothing ends in NaN', () => {
  const never = after(new Array<HourObserved>(500).fill(silent), undefined, { ...rates, expected: everyHour(0) })
  expect(never.available).toBeCloseTo(0.1 / 0.12, 6)
  const surprised = after([{ ...silent, isSold: true }], undefined, { ...rates, expected: everyHour(0) })
  expect(surprised.available).toBeGreaterThan(0)
  expect(Number.isFinite(surprised.recentSales)).toBe(true)
})

/** Hours of shops whose truth is known: goods run out in the afternoon and come back in the morning. */
function simulate(seriesCount: number, days: number): { series: SeriesHours[]; there: Uint8Array[] } {
  const random = seeded(7)
  const there: Uint8Array[] = []
  const series = Array.from({ length: seriesCount }, (_, index) => {
    const rate = 0.5 + 3 * random()
    const sold = new Uint8Array(days * HOURS_A_DAY)
    const countedEmpty = new Int8Array(sold.length)
    const isThere = new Uint8Array(sold.length)
    let available = true
    let isCountedEmpty = false
    for (let at = 0; at < sold.length; at += 1) {
      const hour = at % HOURS_A_DAY
      const was: boolean = available
      if (available && hour >= 14 && hour < 20) available = random() >= 0.06
      else if (!available && hour === 6) available = random() < 0.8
      // Of those that run out the count notices six in ten; it always notices a refill, and errs now and then.
      if (was !== available) isCountedEmpty = !available && random() < 0.6
      else if (random() < 0.002) isCountedEmpty = !isCountedEmpty
      const expected = hour >= 7 && hour < 21 ? rate : 0.02
      sold[at] = random() < -Math.expm1(-expected * (available ? 1 : 0.03)) ? 1 : 0
      countedEmpty[at] = isCountedEmpty ? 1 : 0
      isThere[at] = available ? 1 : 0
    }
    there.push(isThere)
    return { group: index % 2, firstHour: 0, sold, countedEmpty, traffic: new Float32Array(sold.length).fill(1) }
  })
  return { series, there }
}

test('learns from sales and counts alone when goods run out and come back, and how counts lie', () => {
  const { series, there } = simulate(60, 60)
  const { model: learnt, rates: own } = fitAvailability(series)
  const mean = (values: readonly number[]) => values.reduce((total, value) => total + value, 0) / values.length
  expect(mean(learnt.depletion.slice(14, 20))).toBeCloseTo(0.06, 1)
  expect(mean(learnt.depletion.slice(8, 13))).toBeLessThan(0.01)
  expect(mean(learnt.restock.slice(9, 20))).toBeLessThan(0.05)
  expect(learnt.leak).toBeLessThan(0.08)
  expect(learnt.emptyCount.available).toBeLessThan(0.3)
  expect(learnt.emptyCount.unavailable).toBeGreaterThan(0.8)
  // Compared with the truth in shop hours, hour by hour with nothing from later.
  let right = 0
  let asked = 0
  series.forEach((each, index) => {
    const state = initialAvailability(learnt)
    for (let at = 0; at < each.sold.length; at += 1) {
      const hour = at % HOURS_A_DAY
      const isCountedEmpty = each.countedEmpty![at] === 1
      advance(state, learnt, own[index]!, { hour, isSold: each.sold[at] === 1, traffic: 1, isCountedEmpty })
      if (hour < 8 || hour > 20) continue
      asked += 1
      if (state.available > 0.5 === (there[index]![at] === 1)) right += 1
    }
  })
  expect(right / asked).toBeGreaterThan(0.95)
})

test('what a person saw is believed', () => {
  const { series, there } = simulate(4, 30)
  const seen = fitAvailability(series.map((each, index) => ({ ...each, seenAvailable: there[index]! })))
  // As if fifty hours had been seen before that were as usual, beside the 120 of each hour of the day.
  expect(seen.model.depletion[3]).toBeLessThan(0.02)
  expect(seen.model.restock[12]).toBeLessThan(0.1)
  expect(seen.model.depletion[16]).toBeGreaterThan(0.02)
})

test('nothing to learn from is an error; a series that never sold is none', () => {
  expect(() => fitAvailability([])).toThrow('no hours to learn from')
  const dead = { group: 0, firstHour: 0, sold: new Uint8Array(48), traffic: new Float32Array(48).fill(1) }
  const { model: learnt, rates: own } = fitAvailability([dead])
  expect(
    [...learnt.depletion, ...learnt.restock, learnt.leak, ...Array.from(own[0]!.expected)].every(Number.isFinite),
  ).toBe(true)
})
