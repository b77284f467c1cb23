import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { certainLeadTime } from './lead-time.ts'
import { decideOrder } from './order.ts'
import type { OrderLineInput } from './order-line.ts'
import { needOf, proposeTransfers } from './transfer.ts'

const line = (
  name: string,
  unitsPerDay: number,
  changes: Partial<OrderLineInput['terms']> = {},
  onHand = 0,
): OrderLineInput => ({
  line: name,
  position: { onHand, availability: 1, reserved: 0, onOrder: 0 },
  demand: { kind: 'rate', unitsPerDay, inverseSize: 0.2, source: 'test' },
  leadTime: certainLeadTime(1, 'test'),
  reviewDays: 7,
  terms: { unitCost: 1, price: 2, packSize: 6, ...changes },
  policy: {
    method: 'base_stock',
    serviceMeasure: 'cycle',
    serviceTarget: 0.95,
    holdingRatePerYear: 0.25,
    stockOutCostRatio: 0.4,
    wasteCostRatio: 1,
    orderingCost: 1,
  },
})
const packsOf = (order: ReturnType<typeof decideOrder>) => order.lines.map(({ decision }) => decision?.packs)

describe('a budget', () => {
  const dear = line('dear', 10, { unitCost: 10, price: 11 })
  const cheap = line('cheap', 10, { unitCost: 1, price: 4 })

  test('goes where a pack saves most per money', () => {
    const free = decideOrder([dear, cheap])
    const order = decideOrder([dear, cheap], { budget: 300 })
    expect(order.value).toBeLessThanOrEqual(300)
    const [dearPacks, cheapPacks] = packsOf(order)
    expect(cheapPacks).toBeGreaterThan(0.7 * packsOf(free)[1]!)
    expect(dearPacks).toBeLessThan(0.5 * packsOf(free)[0]!)
    expect(order.lines[0]?.decision?.explanation).toMatchObject({
      bindingConstraint: 'budget',
      quantityWithout: String(packsOf(free)[0]! * 6),
    })
  })

  test('is kept whatever the lines, minimums included, and more of it is never worth less', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = seeded(seed)
      const lines = Array.from({ length: 12 }, (_, index) =>
        line(`${index}`, 20 * random(), { unitCost: 5 * random(), minimumQuantity: 60 * random() }),
      )
      const all = decideOrder(lines).value
      let before = 0
      for (const share of [0, 0.2, 0.5, 0.9, 1]) {
        const { value, lines: decided } = decideOrder(lines, { budget: all * share })
        expect(value, `seed ${seed}`).toBeLessThanOrEqual(all * share + 1e-6)
        expect(value, `seed ${seed}`).toBeGreaterThanOrEqual(before - 60)
        for (const [index, { decision }] of decided.entries()) {
          const { minimumQuantity = 0 } = lines[index]!.terms
          if (decision!.packs > 0) expect(decision!.packs * 6).toBeGreaterThanOrEqual(minimumQuantity)
        }
        before = value
      }
    }
  })

  test('ten thousand packs take no longer', () => {
    const order = decideOrder([line('large', 50_000, { packSize: 1 }), cheap], { budget: 1_000 })
    expect(order.value).toBeLessThanOrEqual(1_000)
  })
})

describe('the supplier’s minimum', () => {
  test('is reached with what is cheapest to hold', () => {
    const order = decideOrder([line('slow', 1), line('fast', 30)], { minimumOrderValue: 500 })
    expect(order).toMatchObject({ isPostponed: false })
    expect(order.value).toBeGreaterThanOrEqual(500)
    expect(order.value).toBeLessThan(520)
    expect(order.lines[1]?.decision?.explanation.bindingConstraint).toBe('minimum_order_value')
  })

  test('postpones an order that is not worth it', () => {
    const order = decideOrder([line('slow', 0.5, { shelfLifeDays: 4, packSize: 1 })], { minimumOrderValue: 2_000 })
    expect(order).toMatchObject({ isPostponed: true, value: 0 })
    expect(order.lines[0]?.decision?.explanation.bindingConstraint).toBe('minimum_order_value')
  })

  test('asks nothing of an order that orders nothing', () => {
    expect(decideOrder([line('full', 1, {}, 500)], { minimumOrderValue: 100 })).toMatchObject({
      value: 0,
      isPostponed: false,
    })
  })
})

test('a line that can’t be decided is a problem beside the others', () => {
  const order = decideOrder([line('bad', Number.NaN), line('good', 5)])
  expect(order.lines[0]).toEqual({
    line: 'bad',
    problem: 'order line bad: units per day is NaN: must be a number, 0 or more',
  })
  expect(order.lines[1]?.decision?.packs).toBeGreaterThan(0)
})

test.each([
  ['budget is NaN', { budget: Number.NaN }],
  ['minimum order value is -1', { minimumOrderValue: -1 }],
  ['raise the budget', { budget: 10, minimumOrderValue: 20 }],
])('%s is refused', (message, terms) => {
  expect(() => decideOrder([], terms)).toThrow(message)
})

describe('transfers', () => {
  const lane = { costPerUnit: 0.05, costPerTransfer: 2, days: 1 }
  /** Of goods that last nine days; what is on hand is as fresh as given. */
  const location = (locationId: string, onHand: number, daysLeft = 9) => {
    const own = line(locationId, 4, { shelfLifeDays: 9, packSize: 1 }, onHand)
    return { locationId, lane, line: { ...own, position: { ...own.position, lots: [{ quantity: onHand, daysLeft }] } } }
  }

  test('move what would expire to where it is missing', () => {
    const [transfer, ...others] = proposeTransfers(location('empty', 0), [location('full', 120), location('fine', 45)])
    expect(transfer).toMatchObject({ from: 'full', to: 'empty', goodForDays: 8 })
    expect(transfer!.quantity).toBeGreaterThan(10)
    expect(transfer!.gain).toBeGreaterThan(0)
    expect(others).toEqual([])
  })

  test('not when moving costs more than it saves', () => {
    const dear = { ...location('full', 120), lane: { ...lane, costPerUnit: 5 } }
    expect(proposeTransfers(location('empty', 0), [dear])).toEqual([])
  })

  test('not of lots that expire before they are sold, nor to who needs nothing', () => {
    expect(proposeTransfers(location('empty', 0), [location('full', 120, 7)])).toEqual([])
    expect(proposeTransfers(location('sated', 60), [location('full', 120)])).toEqual([])
    expect(proposeTransfers(location('empty', 0), [])).toEqual([])
  })

  test('no location gives what it needs itself, and none gets what it can not sell', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = seeded(seed)
      const empty = location('empty', Math.floor(random() * 30))
      const donors = Array.from({ length: 5 }, (_, index) => location(`${index}`, Math.floor(random() * 150)))
      const transfers = proposeTransfers(empty, donors)
      expect(new Set(transfers.map(({ from }) => from)).size).toBe(transfers.length)
      const given = transfers.reduce((sum, { quantity }) => sum + quantity, 0)
      // What the day's order and its lead time are for: a day until it comes, seven until the next one.
      expect(given + empty.line.position.onHand).toBeLessThan(4 * 8 * 2)
      if (needOf(empty.line) === 0) expect(given).toBe(0)
      for (const { from, quantity } of transfers) {
        const { line: own } = donors.find(({ locationId }) => locationId === from)!
        const left = own.position.onHand - quantity
        expect(needOf(location(from, left).line), `seed ${seed}, ${left} left`).toBe(0)
      }
    }
  })

  test('lanes whose costs are no numbers are refused', () => {
    const odd = { ...location('full', 120), lane: { ...lane, costPerUnit: Number.NaN } }
    expect(() => proposeTransfers(location('empty', 0), [odd])).toThrow('costPerUnit is NaN')
  })
})
