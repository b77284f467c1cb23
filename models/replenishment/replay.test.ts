import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { type Decider, type ReplaySupply, replay } from './replay.ts'

const costs = { holdingPerUnitDay: 0.1, lostPerUnit: 2, wastePerUnit: 1, perOrder: 5 }
const supply: ReplaySupply = { packSize: 1, reviewDays: 1, leadTimeDays: 1 }
const upTo =
  (level: number): Decider =>
  ({ onHand, onOrder }) =>
    level - onHand - onOrder

describe('a replay', () => {
  test('counts what a person counts on paper', () => {
    // Day 0: 5 on hand, order 1 (up to 6), sell 3, hold 2. Day 1: 1 comes, 3 there, order 3, demand 4, 1 lost. Day 2: 3 come, sell 2, hold 1.
    const result = replay([3, 4, 2], supply, costs, upTo(6), { openingStock: 5 })
    expect(result).toMatchObject({
      demand: 9,
      sold: 8,
      lost: 1,
      orders: 3,
      received: 4,
      stockOutDays: 1,
      held: 3,
      closing: 1,
    })
    expect(result.costs.total).toBeCloseTo(3 * 0.1 + 2 + 3 * 5, 12)
    expect(result.fillRate).toBeCloseTo(8 / 9, 12)
  })

  test('sells the lot that expires first, and throws away what is left of it', () => {
    // Each lot lasts two days. Opening 4: sell 1, then 1, and 2 expire on day 1. Of the 3 that come on day 1 one is sold on day 2.
    const order: Decider = ({ day }) => (day === 0 ? 3 : 0)
    const result = replay([1, 1, 1], { ...supply, shelfLifeDays: 2 }, costs, order, { openingStock: 4 })
    expect(result).toMatchObject({ sold: 3, lost: 0, wasted: 4, closing: 0 })
  })

  test('orders whole packs between minimum and maximum', () => {
    const quantities = (wanted: number) =>
      replay([0, 0], { ...supply, packSize: 6, minimumQuantity: 10, maximumQuantity: 25 }, costs, ({ day }) =>
        day === 0 ? wanted : 0,
      ).received
    expect([-3, 0, 1, 13, 100].map(quantities)).toEqual([0, 0, 12, 18, 24])
  })

  test('asks on review days only, and gives no more than a buyer knows', () => {
    const seen: number[] = []
    replay([1, 2, 3, 4, 5], { ...supply, reviewDays: 2 }, costs, ({ day, sold }) => {
      seen.push(day, sold[day]!)
      return 0
    })
    expect(seen).toEqual([0, 0, 2, 0, 4, 0])
  })

  test('a delivery of the same day can be sold on it', () => {
    expect(replay([4, 4], { ...supply, leadTimeDays: 0 }, costs, upTo(4)).lost).toBe(0)
  })

  test('days of warming up are not measured', () => {
    const result = replay([9, 1, 1], supply, costs, upTo(2), { measuredFrom: 1 })
    expect(result).toMatchObject({ days: 2, demand: 2, lost: 0 })
  })

  test('what is there stays accounted for, whatever happens', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const random = seeded(seed)
      const days = 60
      const demand = Float64Array.from({ length: days }, () => Math.floor(random() * 10))
      const leadTimeDays = Array.from({ length: days }, () => Math.floor(random() * 5))
      const shelfLifeDays = random() < 0.5 ? 1 + Math.floor(random() * 6) : undefined
      const terms: ReplaySupply = {
        packSize: 1 + Math.floor(random() * 6),
        reviewDays: 1 + Math.floor(random() * 4),
        leadTimeDays,
        ...(shelfLifeDays !== undefined && { shelfLifeDays }),
      }
      const result = replay(demand, terms, costs, upTo(20 + random() * 40), { openingStock: 7, measuredFrom: 10 })
      expect(result.sold + result.lost).toBeCloseTo(result.demand, 9)
      expect(result.opening + result.received).toBeCloseTo(result.sold + result.wasted + result.closing, 9)
      expect(result.received % terms.packSize).toBe(0)
      for (const value of Object.values(result.costs)) expect(value).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('a replay refuses', () => {
  test.each([
    ['demand of day 1 is NaN', [1, Number.NaN], supply, upTo(1)],
    ['demand of day 0 is -1', [-1], supply, upTo(1)],
    ["the policy's order on day 0 is NaN units", [1], supply, () => Number.NaN],
    ["the policy's order on day 0 is Infinity units", [1], supply, () => Number.POSITIVE_INFINITY],
    ['lead time days: -1', [1], { ...supply, leadTimeDays: -1 }, upTo(1)],
    ['lead time days of day 1: 1.5', [1, 1], { ...supply, leadTimeDays: [1, 1.5] }, upTo(1)],
    ['1 lead times for 2 days', [1, 1], { ...supply, leadTimeDays: [1] }, upTo(1)],
    ['review days: 0', [1], { ...supply, reviewDays: 0 }, upTo(1)],
    ['shelf life days: 0', [1], { ...supply, shelfLifeDays: 0 }, upTo(1)],
    ['pack size is 0', [1], { ...supply, packSize: 0 }, upTo(1)],
    [
      'maximum quantity is 5 and the least that can be ordered is 12',
      [1],
      { ...supply, packSize: 12, maximumQuantity: 5 },
      upTo(1),
    ],
  ])('%s', (message, demand, terms, decide) => {
    expect(() => replay(demand, terms, costs, decide)).toThrow(message)
  })
})
