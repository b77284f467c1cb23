import { describe, expect, test } from 'vitest'
import { seeded } from '../random.ts'
import { certainLeadTime } from './lead-time.ts'
import { decideOrder } from './order.ts'
import type { OrderLineInput } from './order-line.ts'
import { proposeTransfers } from './transfer.ts'

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
    problem: 'order line bad: units per day is NaN: want a number, 0 or more',
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
  const terms = { costPerUnit: 0.05, costPerTransfer: 2, days: 1, packSize: 1 }
  const location = (locationId: string, onHand: number) => ({
    locationId,
    line: line(locationId, 4, { shelfLifeDays: 9, packSize: 1 }, onHand),
  })

  test('move what would expire to where it is missing', () => {
    const [transfer, ...others] = proposeTransfers(
      [location('full', 120), location('empty', 0), location('fine', 45)],
      terms,
    )
    expect(transfer).toMatchObject({ from: 'full', to: 'empty' })
    expect(transfer!.quantity).toBeGreaterThan(10)
    expect(transfer!.gain).toBeGreaterThan(0)
    expect(others).toEqual([])
  })

  test('not when moving costs more than it saves', () => {
    expect(proposeTransfers([location('full', 120), location('empty', 0)], { ...terms, costPerUnit: 5 })).toEqual([])
  })

  test('nobody gives more than he has', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const random = seeded(seed)
      const locations = Array.from({ length: 8 }, (_, index) => location(`${index}`, Math.floor(random() * 150)))
      const given = new Map<string, number>()
      for (const { from, to, quantity } of proposeTransfers(locations, terms)) {
        expect(from).not.toBe(to)
        given.set(from, (given.get(from) ?? 0) + quantity)
      }
      for (const { locationId, line: own } of locations) {
        expect(given.get(locationId) ?? 0).toBeLessThanOrEqual(own.position.onHand)
      }
    }
  })

  test('terms that are no numbers are refused', () => {
    expect(() => proposeTransfers([], { ...terms, costPerUnit: Number.NaN })).toThrow('costPerUnit is NaN')
  })
})
