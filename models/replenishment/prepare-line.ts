/** What an order line is settled from: the outlook, and the levels that its policy sets. */
import { checkLine, named } from './check-line.ts'
import { demandOver } from './demand.ts'
import { leastLevel } from './distribution.ts'
import { cheapestLevel, expectedAt, type LineOutlook, outlookOf, wasteBound } from './line-costs.ts'
import type { OrderLineInput } from './order-line.ts'
import { optimalReorder, REORDER_STEPS_MAX } from './reorder.ts'

/** A line with everything that is known of it before a quantity is. */
export interface PreparedLine {
  input: OrderLineInput
  outlook: LineOutlook
  levels: Levels
}

/** Net positions, in units. */
export interface Levels {
  orderUpTo: number
  /** An order is placed below it; undefined: at every review. */
  reorderBelow: number | undefined
  /** Beyond it a unit more is expected to lose more by expiring than it saves. */
  wasteBound: number | undefined
}

/** @returns undefined when nothing is known of its demand */
export function prepareLine(input: OrderLineInput): PreparedLine | undefined {
  checkLine(input)
  if (input.demand === undefined) return undefined
  try {
    const outlook = outlookOf(input, input.demand)
    return { input, outlook, levels: levelsOf(input, outlook) }
  } catch (error) {
    throw named(input.line, error)
  }
}

function levelsOf(input: OrderLineInput, outlook: LineOutlook): Levels {
  const bound = wasteBound(outlook)
  if (input.policy.method !== 's_s') {
    return { orderUpTo: targetLevel(input, outlook), reorderBelow: undefined, wasteBound: bound }
  }
  if (input.policy.serviceMeasure === 'critical_ratio') return { ...cheapestReorder(input, outlook), wasteBound: bound }
  const reorderBelow = targetLevel(input, outlook)
  return { orderUpTo: reorderBelow + economicQuantity(input, outlook), reorderBelow, wasteBound: bound }
}

/** The net position at which the demand until the next delivery is served as well as the policy asks for. */
function targetLevel({ policy }: OrderLineInput, outlook: LineOutlook): number {
  const { protection, beforeDelivery } = outlook
  if (policy.serviceMeasure === 'critical_ratio') return cheapestLevel(outlook)
  const missing = 1 - policy.serviceTarget!
  if (policy.serviceMeasure === 'cycle') return leastLevel(protection, (y) => protection.tailAbove(y) <= missing, 0)
  // Units short in a cycle over its demand: Silver, Pyke & Thomas 2017, Inventory and Production Management in Supply Chains,
  // 7.9. What is short before the delivery is short in the cycle before.
  const mayBeShort = missing * (protection.mean - beforeDelivery.mean)
  return leastLevel(protection, (y) => protection.expectedAbove(y) - beforeDelivery.expectedAbove(y) <= mayBeShort, 0)
}

/** Harris's economic order quantity (1913, Factory 10), at least one pack. */
function economicQuantity({ policy, terms, reviewDays }: OrderLineInput, outlook: LineOutlook): number {
  const dailyDemand = (outlook.protection.mean - outlook.beforeDelivery.mean) / outlook.coverDays
  const holdingPerDay = outlook.costs.holding / reviewDays
  return Math.max(terms.packSize, Math.sqrt((2 * policy.orderingCost * dailyDemand) / holdingPerDay))
}

/** Steps of the greater of a period's demand and an economic order: more make a decision slow, and no better. */
const GRID_STEPS = 100
/** Below it a period without demand is as good as certain. */
const DEMAND_PROBABILITY_MIN = 1e-9

/** The optimal (s, S) if every period were like the one that this order is for. Packs come afterwards. */
function cheapestReorder(input: OrderLineInput, outlook: LineOutlook): Pick<Levels, 'orderUpTo' | 'reorderBelow'> {
  const period = demandOver(outlook.path, outlook.coverDays)
  const lowest = cheapestLevel(outlook)
  const spread = Math.max(period.mean, economicQuantity(input, outlook)) / GRID_STEPS
  const step = outlook.path.isCounted ? Math.max(1, Math.ceil(spread)) : spread
  if (!(period.tailAbove(step / 2) > DEMAND_PROBABILITY_MIN)) return { orderUpTo: lowest, reorderBelow: undefined }
  const origin = outlook.netPosition
  const { s, S } = optimalReorder(
    (y) => expectedAt(outlook, origin + y * step).cost,
    stepDemand(period.tailAbove, period.mean + 8 * Math.sqrt(period.variance), step),
    outlook.costs.ordering,
    Math.round((lowest - origin) / step),
  )
  return { orderUpTo: origin + S * step, reorderBelow: origin + (s + 0.5) * step }
}

/** Probabilities of a demand of 0, 1, 2 … steps; what lies beyond the last one is taken to be that. */
function stepDemand(tailAbove: (x: number) => number, most: number, step: number): Float64Array {
  const steps = Math.min(REORDER_STEPS_MAX, Math.ceil(most / step) + 1)
  const demand = new Float64Array(steps + 1)
  let before = 1
  for (let size = 0; size < steps; size += 1) {
    const above = tailAbove((size + 0.5) * step)
    demand[size] = before - above
    before = above
  }
  demand[steps] = before
  return demand
}
