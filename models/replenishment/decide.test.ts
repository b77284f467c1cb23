import { describe, expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { decideOrderLine } from './decide.ts'
import { certainLeadTime, learnLeadTime } from './lead-time.ts'
import type { LinePolicy, LineTerms, OrderLineDecision, OrderLineInput, ReplenishmentMethod } from './order-line.ts'
import { packsUp } from './packs.ts'

const forecast = (days: number, mean: number) =>
  ({
    kind: 'forecast',
    days: Array.from({ length: days }, () => ({ mean, variance: (mean * 0.35) ** 2 })),
    dependence: 0.1,
    source: 'demand@1',
  }) as const

const plain: OrderLineInput = {
  line: 'S-1/P-1/SUP-1',
  position: { onHand: 20, availability: 1, reserved: 0, onOrder: 0 },
  demand: forecast(28, 10),
  leadTime: certainLeadTime(2, 'agreed with SUP-1'),
  reviewDays: 3,
  terms: { unitCost: 2, price: 3, packSize: 1 },
  policy: {
    method: 'base_stock',
    serviceMeasure: 'cycle',
    serviceTarget: 0.95,
    holdingRatePerYear: 0.25,
    stockOutCostRatio: 0.3,
    wasteCostRatio: 1,
    orderingCost: 1,
  },
}

interface Change {
  position?: Partial<OrderLineInput['position']>
  terms?: Partial<LineTerms>
  policy?: Partial<LinePolicy>
}
const changed = ({ position, terms, policy }: Change, more: Partial<OrderLineInput> = {}): OrderLineInput => ({
  ...plain,
  ...more,
  position: { ...plain.position, ...position },
  terms: { ...plain.terms, ...terms },
  policy: { ...plain.policy, ...policy },
})
const termOf = ({ explanation }: OrderLineDecision, name: string) =>
  explanation.terms.find((term) => term.name === name)?.value

describe('the quantity', () => {
  test('fills the position up to the level of the service target', () => {
    const decision = decideOrderLine(plain)
    const need = Number(termOf(decision, 'order_up_to')) - Number(termOf(decision, 'net_position'))
    expect(decision.packs).toBe(Math.ceil(need))
    expect(Number(termOf(decision, 'stock_out_probability'))).toBeLessThanOrEqual(0.05)
    expect(decision.quantity).toBe(String(decision.packs))
    expect(decision.value).toBe(String(decision.packs * 2))
  })

  test('counts what is on order, so that the second run of a day orders nothing', () => {
    const first = decideOrderLine(plain)
    expect(first.packs).toBeGreaterThan(0)
    expect(decideOrderLine(changed({ position: { onOrder: first.packs } })).packs).toBe(0)
  })

  test('what is probably not there is ordered, what is reserved too', () => {
    const { packs } = decideOrderLine(plain)
    expect(decideOrderLine(changed({ position: { availability: 0.5 } })).packs).toBeGreaterThan(packs)
    expect(decideOrderLine(changed({ position: { reserved: 10 } })).packs).toBeGreaterThan(packs)
    expect(decideOrderLine(changed({ position: { onHand: -5 } })).packs).toBe(
      decideOrderLine(changed({ position: { onHand: 0 } })).packs,
    )
  })

  test('sales that are lost before the delivery are not ordered again', () => {
    const decision = decideOrderLine(changed({ position: { onHand: 0 } }))
    // Two days without goods lose about 20 units; the order is for the three days behind them.
    expect(Number(termOf(decision, 'lost_before_delivery'))).toBeCloseTo(20, 0)
    expect(decision.packs).toBeLessThan(50)
  })

  test('s_s waits until the position is low, then orders for longer', () => {
    const policy = { method: 's_s', orderingCost: 20 } as const
    expect(decideOrderLine(changed({ policy, position: { onHand: 80 } }))).toMatchObject({
      packs: 0,
      explanation: { bindingConstraint: 'reorder_point' },
    })
    expect(decideOrderLine(changed({ policy })).packs).toBeGreaterThan(decideOrderLine(plain).packs)
  })

  test('goods that expire are ordered up to where waste costs more than it saves', () => {
    const decision = decideOrderLine(changed({ terms: { shelfLifeDays: 3 }, policy: { serviceTarget: 0.999 } }))
    const { bindingConstraint, quantityWithout } = decision.explanation
    expect(bindingConstraint).toBe('expected_waste')
    expect(Number(quantityWithout)).toBeGreaterThan(decision.packs)
  })

  test('lots that expire before the delivery do not count', () => {
    const lots = [{ quantity: 20, daysLeft: 1 }]
    const fresh = decideOrderLine(changed({ terms: { shelfLifeDays: 10 } }))
    const old = decideOrderLine(changed({ terms: { shelfLifeDays: 10 }, position: { lots } }))
    expect(Number(termOf(old, 'expiring_before_delivery'))).toBeCloseTo(10, 0)
    expect(old.packs).toBeGreaterThan(fresh.packs)
  })

  test.each([
    ['capacity', { terms: { capacity: 20 } }, 'capacity'],
    ['the supplier’s maximum', { terms: { maximumQuantity: 15 } }, 'maximum_quantity'],
    ['the supplier’s minimum', { terms: { minimumQuantity: 200 } }, 'minimum_quantity'],
    ['cover', { policy: { maximumCoverDays: 3, serviceTarget: 0.999 } }, 'maximum_cover'],
  ] as const)('%s binds, and the decision shows what it would be without it', (_, change, constraint) => {
    const { explanation, packs } = decideOrderLine(changed(change))
    expect(explanation.bindingConstraint).toBe(constraint)
    expect(Number(explanation.quantityWithout)).not.toBe(packs)
  })

  test('a delisted product is not ordered, one that will be only as far as it sells before', () => {
    expect(decideOrderLine(changed({}, { delistedInDays: 1 })).packs).toBe(0)
    const soon = decideOrderLine(changed({}, { delistedInDays: 4 }))
    expect(soon.explanation.bindingConstraint).toBe('delisted')
    // 40 are needed until then, 20 are there, and 2 will be lost before the delivery.
    expect(soon.packs).toBe(18)
  })

  test('where cost decides a pack more and a pack less cost more', () => {
    for (const packSize of [1, 4, 12]) {
      const { explanation } = decideOrderLine(
        changed({ terms: { packSize }, policy: { serviceMeasure: 'critical_ratio' } }),
      )
      expect(explanation.costOfOnePackMore).toBeGreaterThanOrEqual(0)
      expect(explanation.costOfOnePackLess).toBeGreaterThanOrEqual(0)
    }
  })

  test('whole pallets where the difference is small', () => {
    const decision = decideOrderLine(changed({ terms: { packSize: 5, palletSize: 60 }, policy: { orderingCost: 100 } }))
    expect(decision.packs * 5).toBe(60)
  })

  test('decimals are exact', () => {
    const { packs, quantity, value } = decideOrderLine(
      changed({ terms: { packSize: 0.1, unitCost: 0.07, isCounted: false }, policy: { serviceTarget: 0.9 } }),
    )
    expect(quantity).toMatch(/^\d+(\.\d)?$/)
    expect(Math.round(Number(quantity) * 10)).toBe(packs)
    expect(value).toMatch(/^\d+\.\d{1,3}$/)
  })
})

describe('what replaces missing values', () => {
  test('a rate for a forecast', () => {
    const demand = { kind: 'rate', unitsPerDay: 10, inverseSize: 0.2, source: 'sales of 28 days' } as const
    const decision = decideOrderLine(changed({}, { demand }))
    expect(decision.packs).toBeGreaterThan(0)
    expect(decision.explanation.fallbacks).toEqual(['no forecast: the usual rate is used instead (sales of 28 days)'])
  })

  test('the last week for the days behind a forecast', () => {
    const decision = decideOrderLine(changed({}, { demand: forecast(3, 10) }))
    expect(decision.packs).toBe(decideOrderLine(plain).packs)
    expect(decision.explanation.fallbacks[0]).toBe(
      'the forecast has 3 of 5 days: the ones behind them repeat its last week',
    )
  })

  test('nothing is ordered of what nothing is known of', () => {
    const decision = decideOrderLine(changed({}, { demand: undefined }))
    expect(decision.packs).toBe(0)
    expect(decision.explanation.fallbacks[0]).toContain('no forecast and no sales rate')
  })
})

describe('with any input', () => {
  test('orders are whole packs, 0 or more, and everything in the explanation is a number', () => {
    for (let seed = 1; seed <= 500; seed += 1) {
      const input = anyLine(seed)
      const decision = decideOrderLine(input)
      expect(Number.isInteger(decision.packs) && decision.packs >= 0, `seed ${seed}`).toBe(true)
      expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
      const least = packsUp(input.terms.minimumQuantity ?? 0, input.terms.packSize)
      if (decision.packs > 0) expect(decision.packs, `seed ${seed}`).toBeGreaterThanOrEqual(least)
      expect(JSON.stringify(decision), `seed ${seed}`).not.toMatch(/NaN|Infinity/)
      const { costOfOnePackMore } = decision.explanation
      expect(Number.isFinite(costOfOnePackMore), `seed ${seed}`).toBe(true)
    }
  })

  test('a higher service target never orders less', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const input = anyLine(seed, { isTarget: true })
      let before = 0
      for (const serviceTarget of [0.5, 0.8, 0.9, 0.95, 0.98, 0.995]) {
        const { packs } = decideOrderLine({ ...input, policy: { ...input.policy, serviceTarget } })
        expect(packs, `seed ${seed}, target ${serviceTarget}`).toBeGreaterThanOrEqual(before)
        before = packs
      }
    }
  })

  test('more demand never orders less, from the same stock', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const input = anyLine(seed, { isTarget: true })
      const leadTime = certainLeadTime(1 + (seed % 4), 'agreed')
      let before = 0
      for (const unitsPerDay of [1, 2, 4, 8, 16, 32]) {
        const demand = { kind: 'rate', unitsPerDay, inverseSize: 0.3, source: 'test' } as const
        const { packs } = decideOrderLine({ ...input, leadTime, demand })
        expect(packs, `seed ${seed}, ${unitsPerDay} a day`).toBeGreaterThanOrEqual(before)
        before = packs
      }
    }
  })
})

/** @param isTarget a service target on goods that keep, with nothing that holds the quantity down */
function anyLine(seed: number, { isTarget = false } = {}): OrderLineInput {
  const random = seeded(seed)
  const upTo = (most: number) => Math.floor(random() * (most + 1))
  const oneOf = <Choice>(choices: readonly Choice[]): Choice => choices[upTo(choices.length - 1)]!
  const packSize = oneOf([1, 6, 12, 0.5])
  const mean = oneOf([0.05, 0.7, 6, 80, 900])
  const days = Array.from({ length: 1 + upTo(20) }, () => ({
    mean: mean * random(),
    variance: (mean * (0.3 + 0.8 * random())) ** 2,
  }))
  return {
    line: `seed ${seed}`,
    position: {
      onHand: upTo(60) - 5,
      availability: random(),
      reserved: upTo(5),
      onOrder: upTo(30),
      arriving: [{ quantity: upTo(10), inDays: upTo(4) - 1 }],
      lots: [
        { quantity: upTo(20), daysLeft: upTo(6) - 1 },
        { quantity: upTo(20), daysLeft: upTo(20) },
      ],
    },
    demand: { kind: 'forecast', days, dependence: random() * 0.5, source: 'test' },
    leadTime: learnLeadTime(upTo(5), [{ days: upTo(9), count: upTo(20) }], 'SUP'),
    reviewDays: 1 + upTo(6),
    terms: {
      unitCost: 0.5 + random(),
      price: random() < 0.2 ? null : 2,
      packSize,
      isCounted: packSize !== 0.5,
      ...(!isTarget && random() < 0.5 && { shelfLifeDays: 1 + upTo(10) }),
      ...(!isTarget && random() < 0.3 && { capacity: 200 }),
      ...(!isTarget && random() < 0.3 && { palletSize: packSize * 10 }),
      ...(random() < 0.3 && { minimumQuantity: packSize * 3 }),
    },
    policy: {
      method: oneOf<ReplenishmentMethod>(isTarget ? ['base_stock', 'r_s'] : ['base_stock', 'r_s', 's_s']),
      serviceMeasure: isTarget ? oneOf(['cycle', 'fill']) : oneOf(['cycle', 'fill', 'critical_ratio']),
      serviceTarget: 0.5 + random() / 2.1,
      holdingRatePerYear: 0.1 + random(),
      stockOutCostRatio: random(),
      wasteCostRatio: random() * 2,
      orderingCost: random() * 10,
    },
  }
}

describe('a line is refused, with its name, the value and the fix', () => {
  test.each<[string, OrderLineInput]>([
    ['on hand: NaN', changed({ position: { onHand: Number.NaN } })],
    ['on order: Infinity', changed({ position: { onOrder: Number.POSITIVE_INFINITY } })],
    ['availability: 1.2, must be a probability', changed({ position: { availability: 1.2 } })],
    ['lead time is -1 days', changed({}, { leadTime: { days: [-1], probabilities: [1], source: 'x' } })],
    ['sum to 0.5', changed({}, { leadTime: { days: [1], probabilities: [0.5], source: 'x' } })],
    ['review days: 0', changed({}, { reviewDays: 0 })],
    ['unit cost: NaN', changed({ terms: { unitCost: Number.NaN } })],
    ['pack size is 0', changed({ terms: { packSize: 0 } })],
    ['raise the capacity', changed({ terms: { minimumQuantity: 50, capacity: 40 } })],
    ['raise the maximum, or lower the minimum', changed({ terms: { minimumQuantity: 50, maximumQuantity: 40 } })],
    ['must be whole packs on a pallet', changed({ terms: { packSize: 6, palletSize: 20 } })],
    ['shelf life: 0', changed({ terms: { shelfLifeDays: 0 } })],
    ['service target is null', changed({ policy: { serviceTarget: null } })],
    ['service target is 1', changed({ policy: { serviceTarget: 1 } })],
    ['maximum cover is 2 days, but the next order arrives 3', changed({ policy: { maximumCoverDays: 2 } })],
    [
      'needs a cost of having too much',
      changed({ policy: { serviceMeasure: 'critical_ratio', holdingRatePerYear: 0 } }),
    ],
    ['take base_stock', changed({ policy: { method: 's_s', holdingRatePerYear: 0 } })],
    ['mean of forecast day 0 is NaN', changed({}, { demand: forecast(3, Number.NaN) })],
    ['mean of forecast day 0 is -1', changed({}, { demand: forecast(3, -1) })],
    ['the forecast has no days', changed({}, { demand: forecast(0, 1) })],
  ])('%s', (message, input) => {
    expect(() => decideOrderLine(input)).toThrow(message)
    expect(() => decideOrderLine(input)).toThrow('order line S-1/P-1/SUP-1: ')
  })

  test('a delivery on the day of the order is none of these', () => {
    const { packs } = decideOrderLine(changed({}, { leadTime: certainLeadTime(0, 'market') }))
    expect(packs).toBeGreaterThan(0)
  })
})
