import { expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { compareDecisions, type DecisionOutcome, totalOf } from './decision-comparison.ts'

const outcome = (change: Partial<DecisionOutcome> = {}): DecisionOutcome => ({
  holding: 1,
  stockOut: 8,
  waste: 1,
  demand: 100,
  sold: 90,
  ...change,
})

test('costs and units add up', () => {
  expect(totalOf([outcome(), outcome({ stockOut: 0, sold: 100 })])).toEqual({
    holding: 2,
    stockOut: 8,
    waste: 2,
    demand: 200,
    sold: 190,
    cost: 12,
    fillRate: 0.95,
  })
  expect(totalOf([]).fillRate).toBeUndefined()
})

test('a saving on every series is certain, however unequal the series are', () => {
  const series = Array.from({ length: 100 }, (_, index) => {
    const scale = 1 + (index % 10) ** 3
    return { champion: outcome({ stockOut: 8 * scale }), challenger: outcome({ stockOut: 7 * scale }) }
  })
  const found = compareDecisions(series, 1)!
  expect(found.saving).toBeCloseTo(0.12, 1)
  expect(found.savingLow).toBeGreaterThan(0.08)
  expect(found.savingLow).toBeLessThanOrEqual(found.saving)
})

test('a saving that rests on a few series is none', () => {
  const series = Array.from({ length: 100 }, (_, index) => ({
    champion: outcome({ stockOut: index === 0 ? 400 : 8 }),
    challenger: outcome({ stockOut: index === 0 ? 0 : 9 }),
  }))
  const found = compareDecisions(series, 1)!
  expect(found.saving).toBeGreaterThan(0)
  expect(found.savingLow).toBeLessThan(0)
})

test('of challengers that are no better about one in twenty seems to be', () => {
  const random = seeded(7)
  const noise = () => 6 + 4 * random()
  const runs = 200
  let passed = 0
  for (let run = 0; run < runs; run += 1) {
    const series = Array.from({ length: 80 }, () => ({
      champion: outcome({ stockOut: noise() }),
      challenger: outcome({ stockOut: noise() }),
    }))
    if (compareDecisions(series, run)!.savingLow > 0) passed += 1
  }
  expect(passed / runs).toBeGreaterThan(0.01)
  expect(passed / runs).toBeLessThan(0.1)
})

test('nothing that costs compares nothing', () => {
  expect(compareDecisions([], 1)).toBeUndefined()
  const free = outcome({ holding: 0, stockOut: 0, waste: 0 })
  expect(compareDecisions([{ champion: free, challenger: outcome() }], 1)).toBeUndefined()
})
