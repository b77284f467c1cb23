/** The optimal (s, S) policy: once the position is at s or below, order up to S. */

export interface ReorderPolicy {
  s: number
  S: number
  /** Expected cost of a period in the long run. */
  cost: number
}

/** Steps between s and S beyond which a coarser step is used: the search takes their square. */
export const REORDER_STEPS_MAX = 4_000

/**
 * The exact algorithm of Zheng & Federgruen (1991, Operations Research 39(4), p. 654), in whole steps of any size.
 *
 * @param cost expected cost of a period that begins, lead time past, from position y; has one minimum, which is near `start`
 * @param demand probability of a demand of 0, 1, 2 … steps in a period
 * @param fixedCost of an order, 0 or more
 * @throws RangeError when nothing is ever demanded, or the two are too far apart
 */
export function optimalReorder(
  cost: (y: number) => number,
  demand: ArrayLike<number>,
  fixedCost: number,
  start = 0,
): ReorderPolicy {
  if (!(demand[0]! < 1)) throw new RangeError('(s, S): no demand in any period, so there is nothing to reorder')
  const renewal = new Renewal(demand)
  const costs = new Map<number, number>()
  const costAt = (y: number): number => {
    const known = costs.get(y)
    if (known !== undefined) return known
    const value = cost(y)
    costs.set(y, value)
    return value
  }
  const longRun = (s: number, S: number): number => {
    if (S - s > REORDER_STEPS_MAX) {
      throw new RangeError(`(s, S): more than ${REORDER_STEPS_MAX} steps apart: use a larger step`)
    }
    let sum = fixedCost
    for (let below = 0; below < S - s; below += 1) sum += renewal.density(below) * costAt(S - below)
    return sum / renewal.periods(S - s)
  }
  const lowest = minimumOf(costAt, start)
  let s = lowest - 1
  let best = lowest
  while (longRun(s, best) > costAt(s)) s -= 1
  let least = longRun(s, best)
  for (let S = best + 1; costAt(S) <= least; S += 1) {
    if (longRun(s, S) >= least) continue
    best = S
    while (longRun(s, best) <= costAt(s + 1)) s += 1
    least = longRun(s, best)
  }
  return { s, S: best, cost: least }
}

function minimumOf(costAt: (y: number) => number, start: number): number {
  let y = start
  const direction = costAt(y + 1) < costAt(y) ? 1 : -1
  while (costAt(y + direction) < costAt(y)) y += direction
  return y
}

/** How often demand leaves the position this many steps below S, and how many periods pass until it is further. */
class Renewal {
  readonly #demand: ArrayLike<number>
  readonly #densities: number[]
  readonly #periods: number[] = [0]

  constructor(demand: ArrayLike<number>) {
    this.#demand = demand
    this.#densities = [1 / (1 - demand[0]!)]
  }

  density(steps: number): number {
    while (this.#densities.length <= steps) this.#densities.push(this.#next())
    return this.#densities[steps]!
  }

  periods(steps: number): number {
    while (this.#periods.length <= steps) {
      this.#periods.push(this.#periods.at(-1)! + this.density(this.#periods.length - 1))
    }
    return this.#periods[steps]!
  }

  #next(): number {
    const steps = this.#densities.length
    let sum = 0
    const largest = Math.min(steps, this.#demand.length - 1)
    for (let size = 1; size <= largest; size += 1) sum += this.#demand[size]! * this.#densities[steps - size]!
    return sum * this.#densities[0]!
  }
}
