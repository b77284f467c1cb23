import { expect, test } from 'vitest'
import { seeded } from '../statistics/random.ts'
import { compareDecisions, type DecisionOutcome, isClearlyCheaper, totalOf } from './decision-comparison.ts'

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

const ofStore = (index: number) => `s${index % 20}`

test('a saving in every store is certain, however unequal the series are', () => {
  const series = Array.from({ length: 100 }, (_, index) => {
    const scale = 1 + (index % 10) ** 3
    const [champion, challenger] = [8, 7].map((cost) => outcome({ stockOut: cost * scale })) as [never, never]
    return { champion, challenger, cluster: ofStore(index) }
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
    cluster: ofStore(index),
  }))
  const found = compareDecisions(series, 1)!
  expect(found.saving).toBeGreaterThan(0)
  expect(found.savingLow).toBeLessThan(0)
})

/**
 * How often a challenger that is no better seems to be.
 *
 * @param shared what all series of a store have in common in a week, over what each has of its own
 */
function promotedByChance(stores: number, shared: number): number {
  const random = seeded(7)
  const noise = () => 2 * random() - 1
  const runs = 1_000
  let promoted = 0
  for (let run = 0; run < runs; run += 1) {
    const outcomes = Array.from({ length: 2 * stores }, (_, cluster) => {
      const common = shared * noise()
      return Array.from({ length: 10 }, () => ({
        champion: outcome({ stockOut: 8 }),
        challenger: outcome({ stockOut: 8 + common + noise() }),
        cluster: `${cluster}`,
      }))
    }).flat()
    if (isClearlyCheaper(compareDecisions(outcomes, run)!)) promoted += 1
  }
  return promoted / runs
}

test.each([
  [1, 0],
  [1, 3],
  [3, 3],
  [10, 0],
  [10, 3],
  [40, 3],
])('of challengers that are no better, one in fifty at most seems to be: %i stores, in common %i', (stores, shared) => {
  expect(promotedByChance(stores, shared)).toBeLessThanOrEqual(0.02)
})

test('a saving that is not worth a change is none, however certain', () => {
  const outcomes = Array.from({ length: 50 }, (_, cluster) => ({
    champion: outcome({ stockOut: 100 }),
    challenger: outcome({ stockOut: 99.5 }),
    cluster: `${cluster}`,
  }))
  const found = compareDecisions(outcomes, 1)!
  expect(found.savingLow).toBeGreaterThan(0)
  expect(isClearlyCheaper(found)).toBe(false)
})

test('nothing that costs compares nothing', () => {
  expect(compareDecisions([], 1)).toBeUndefined()
  const free = outcome({ holding: 0, stockOut: 0, waste: 0 })
  const outcomes = ['a', 'b'].map((cluster) => ({ champion: free, challenger: outcome(), cluster }))
  expect(compareDecisions(outcomes, 1)).toBeUndefined()
})

test('one week of one store compares nothing', () => {
  const outcomes = [1, 2].map(() => ({ champion: outcome(), challenger: outcome({ stockOut: 0 }), cluster: 's1 0' }))
  expect(compareDecisions(outcomes, 1)).toBeUndefined()
})
