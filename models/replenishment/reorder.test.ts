import { expect, test } from 'vitest'
import { newsvendorCost, poissonDemand } from './distribution.ts'
import { optimalReorder } from './reorder.ts'

/** Holding 1, stock-out 4 a unit and period: the setting of the textbooks. */
function solve(mean: number, fixedCost: number, holding = 1, stockOut = 4) {
  const demand = poissonDemand(mean)
  const probabilities = Array.from(
    { length: Math.ceil(mean * 4 + 20) },
    (_, size) => demand.tailAbove(size - 1) - demand.tailAbove(size),
  )
  return optimalReorder((y) => newsvendorCost(demand, y, stockOut, holding), probabilities, fixedCost)
}

test('Snyder & Shen, example 4.7: Poisson 6, K = 5', () => {
  const { s, S, cost } = solve(6, 5)
  expect([s, S]).toEqual([4, 10])
  expect(cost).toBeCloseTo(8.034111561471642, 9)
})

test('without a fixed cost it is a base-stock policy', () => {
  const { s, S } = solve(6, 0)
  expect(S).toBe(s + 1)
})

test('no other pair costs less', () => {
  const { s, S, cost } = solve(3, 10)
  const demand = poissonDemand(3)
  // The long-run cost of any (s, S), by simulating the chain of positions until it settles.
  for (const [low, high] of [
    [s - 1, S],
    [s + 1, S],
    [s, S - 1],
    [s, S + 1],
  ] as const) {
    expect(longRunCost(low, high, 10, demand)).toBeGreaterThanOrEqual(cost - 1e-9)
  }
  expect(longRunCost(s, S, 10, demand)).toBeCloseTo(cost, 6)
})

function longRunCost(s: number, S: number, fixedCost: number, demand: ReturnType<typeof poissonDemand>): number {
  const states = S - s
  let share = new Float64Array(states).fill(1 / states)
  let cost = 0
  for (let round = 0; round < 2_000; round += 1) {
    const next = new Float64Array(states)
    cost = 0
    for (let index = 0; index < states; index += 1) {
      const y = S - index
      cost += share[index]! * newsvendorCost(demand, y, 4, 1)
      let stays = 0
      for (let size = 0; index + size < states; size += 1) {
        const p = demand.tailAbove(size - 1) - demand.tailAbove(size)
        next[index + size]! += share[index]! * p
        stays += p
      }
      next[0]! += share[index]! * (1 - stays)
      cost += share[index]! * (1 - stays) * fixedCost
    }
    share = next
  }
  return cost
}

test('no demand and too fine a step are refused', () => {
  expect(() => optimalReorder((y) => Math.abs(y), [1], 5)).toThrow('nothing to reorder')
  expect(() => optimalReorder((y) => Math.abs(y) / 1e6, [0.999, 0.001], 1e9)).toThrow('use a larger step')
})
