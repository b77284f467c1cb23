import { endMs, type WorldOptions } from './options.ts'
import type { Pattern } from './pattern.ts'
import { followPlainRule } from './plain-rule.ts'
import type { Totals } from './truth.ts'
import { World } from './world.ts'

/** How well stores did, in units and cents. */
export interface Outcome {
  demandedUnits: number
  soldUnits: number
  revenueCents: number
  lostUnits: number
  lostCents: number
  wastedUnits: number
  wastedCents: number
  /** Mean over all shelves and opening hours of what could be sold ÷ capacity. */
  meanFillRatio: number
  /** Share of shelves and opening hours with nothing to sell. */
  emptyShare: number
}

export const outcomeOf = (totals: Totals): Outcome => ({
  demandedUnits: totals.demanded,
  soldUnits: totals.sold,
  revenueCents: totals.revenueCents,
  lostUnits: totals.lost,
  lostCents: totals.lostCents,
  wastedUnits: totals.wasted,
  wastedCents: totals.wastedCents,
  meanFillRatio: totals.fillSum / Math.max(1, totals.fillSamples),
  emptyShare: totals.emptySamples / Math.max(1, totals.fillSamples),
})

/** The same stores and customers without Shelfline: staff follow the plain rule. In this process, without servers. */
export function withoutActions(options: WorldOptions, pattern: Pattern, untilMs = endMs(options)): World {
  const world = new World(options, pattern)
  followPlainRule(world)
  world.advance(untilMs)
  return world
}
