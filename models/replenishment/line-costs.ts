/** The position that an order line adds to, the demand that it is for, and what any position is expected to cost. */

import type { DemandKnown } from './demand.ts'
import { type DemandPath, demandOver, demandPath, demandUntil } from './demand.ts'
import { type Distribution, leastLevel } from './distribution.ts'
import { meanLeadTime } from './lead-time.ts'
import type { LinePosition, OrderLineInput } from './order-line.ts'

/** Everything about a line that does not depend on how much is ordered. Quantities in units, money in the order's. */
export interface LineOutlook {
  /** On hand that can be counted on. */
  onHandAvailable: number
  /** On hand that can be counted on − reserved + on order. */
  position: number
  /** Of the lots on hand, units that will expire before the goods of the next order come. */
  expiringUnits: number
  /** Sales that will be lost before the delivery, whatever is ordered now: the order has not to make up for them. */
  lostBeforeDelivery: number
  /** `position` − `expiringUnits` + `lostBeforeDelivery`: what of the demand up to the next delivery is taken care of. */
  netPosition: number
  /** Expected on hand when the order comes. */
  stockAtDelivery: number
  path: DemandPath
  leadTimeDays: number
  /** Days from the delivery on that the order is for: until the next one, or until it expires. */
  coverDays: number
  beforeDelivery: Distribution
  /** Until the next delivery. */
  protection: Distribution
  /** Until the order expires; undefined for goods that keep. */
  untilExpiry: Distribution | undefined
  costs: UnitCosts
}

/** Money for a unit. */
export interface UnitCosts {
  /** A sale lost. */
  lost: number
  /** Kept until the next delivery. */
  holding: number
  /** Expired. */
  waste: number
  /** An order line, not a unit. */
  ordering: number
}

const DAYS_A_YEAR = 365

export function outlookOf(input: OrderLineInput, demand: DemandKnown): LineOutlook {
  const { position, leadTime, reviewDays, terms } = input
  const shelfLifeDays = terms.shelfLifeDays
  const longestLead = leadTime.days.at(-1)!
  const horizonDays = longestLead + Math.max(reviewDays, shelfLifeDays ?? 0, input.policy.maximumCoverDays ?? 0)
  const path = demandPath(demand, horizonDays, terms.isCounted ?? true)
  const coverDays = Math.min(reviewDays, shelfLifeDays ?? reviewDays)
  const leadTimeDays = meanLeadTime(leadTime)
  const beforeDelivery = demandUntil(path, leadTime, 0)
  const onHandAvailable = Math.max(0, position.onHand) * position.availability
  const total = onHandAvailable - position.reserved + position.onOrder
  const fate = fateOfStock(position, onHandAvailable, path, beforeDelivery, leadTimeDays, coverDays)
  return {
    onHandAvailable,
    position: total,
    expiringUnits: fate.expired,
    lostBeforeDelivery: fate.lost,
    netPosition: total - fate.expired + fate.lost,
    stockAtDelivery: Math.max(0, total - fate.expired + fate.lost - beforeDelivery.mean),
    path,
    leadTimeDays,
    coverDays,
    beforeDelivery,
    protection: demandUntil(path, leadTime, coverDays),
    untilExpiry: shelfLifeDays === undefined ? undefined : demandUntil(path, leadTime, shelfLifeDays),
    costs: unitCosts(input),
  }
}

function unitCosts({ terms, policy, reviewDays }: OrderLineInput): UnitCosts {
  return {
    lost: (terms.price ?? terms.unitCost) * policy.stockOutCostRatio,
    holding: (terms.unitCost * policy.holdingRatePerYear * reviewDays) / DAYS_A_YEAR,
    waste: terms.shelfLifeDays === undefined ? 0 : terms.unitCost * policy.wasteCostRatio,
    ordering: policy.orderingCost,
  }
}

/**
 * What becomes of what is there before the next order's goods come: walks through the days on which a lot expires or
 * something on order arrives, and counts what is expected to be left of the lots, and what customers are expected not to
 * find. The first is estimated ageing and waste, with the spread of demand (Broekmeulen & van Donselaar 2009, Computers &
 * Operations Research 36(11)); the second is what a system with lost sales has not to catch up with.
 */
function fateOfStock(
  position: LinePosition,
  onHandAvailable: number,
  path: DemandPath,
  beforeDelivery: Distribution,
  leadTimeDays: number,
  coverDays: number,
): { expired: number; lost: number } {
  const deliveryDay = Math.ceil(leadTimeDays)
  const lots = lotsOf(position, onHandAvailable)
  const arrivals = [...(position.arriving ?? [])].sort((a, b) => a.inDays - b.inDays)
  let supply = onHandAvailable - position.reserved
  const events = [
    ...lots.map(({ daysLeft, quantity }) => ({ day: daysLeft, expiring: quantity, arriving: 0 })),
    ...arrivals.map(({ inDays, quantity }) => ({
      day: Math.min(inDays, deliveryDay),
      expiring: 0,
      arriving: quantity,
    })),
  ]
    .filter(({ day }) => day < deliveryDay + coverDays)
    .sort((a, b) => a.day - b.day)
  let expired = 0
  let lost = 0
  let aging = 0
  let isDelivered = false
  const deliver = () => {
    lost += beforeDelivery.expectedAbove(supply - expired + lost)
    isDelivered = true
  }
  for (const { day, expiring, arriving } of events) {
    if (day > deliveryDay && !isDelivered) deliver()
    const demand = demandOver(path, Math.max(0, day))
    if (expiring > 0) {
      aging += expiring
      const served = aging - expired + lost
      expired += served - demand.mean + demand.expectedAbove(served)
    } else {
      lost += demand.expectedAbove(supply - expired + lost)
      supply += arriving
    }
  }
  if (!isDelivered) deliver()
  return { expired, lost }
}

/** Lots of what is on hand and can be counted on, first expired first; reserved goods are of the oldest. */
function lotsOf(
  { lots = [], reserved }: LinePosition,
  onHandAvailable: number,
): { daysLeft: number; quantity: number }[] {
  const total = lots.reduce((sum, { quantity }) => sum + quantity, 0)
  const share = total > onHandAvailable ? onHandAvailable / total : 1
  let taken = reserved
  return [...lots]
    .sort((a, b) => a.daysLeft - b.daysLeft)
    .map(({ daysLeft, quantity }) => {
      const there = quantity * share
      const used = Math.min(there, taken)
      taken -= used
      return { daysLeft: Math.max(0, daysLeft), quantity: there - used }
    })
    .filter(({ quantity }) => quantity > 0)
}

/** What a net position, the order included, is expected to lead to until the next delivery (until expiry for waste). */
export interface Expected {
  lost: number
  left: number
  wasted: number
  cost: number
}

/** @param net net position with the order. Ordering cost is not in it. */
export function expectedAt(outlook: LineOutlook, net: number): Expected {
  const { protection, untilExpiry, costs } = outlook
  const lost = lostAt(outlook, net)
  const left = net - protection.mean + protection.expectedAbove(net)
  const wasted = untilExpiry === undefined ? 0 : net - untilExpiry.mean + untilExpiry.expectedAbove(net)
  return { lost, left, wasted, cost: costs.lost * lost + costs.holding * left + costs.waste * wasted }
}

/**
 * Sales lost between the delivery and the next one. What is short before the delivery is lost already, and no loss of this
 * order's. A net position is hardly ever below the demand before the delivery; there each unit counts in full, so that the
 * cost has one minimum.
 */
function lostAt({ protection, beforeDelivery }: LineOutlook, net: number): number {
  const inside = Math.max(net, beforeDelivery.mean)
  return protection.expectedAbove(inside) - beforeDelivery.expectedAbove(inside) + inside - net
}

/** Probability that one unit more is sold between the delivery and the next one. */
const soldProbability = ({ protection, beforeDelivery }: LineOutlook, net: number): number =>
  protection.tailAbove(net) - beforeDelivery.tailAbove(net)

/** The least net position at which one unit more is expected to cost more than it brings. */
export function cheapestLevel(outlook: LineOutlook): number {
  const { protection, untilExpiry, costs } = outlook
  return leastLevel(
    protection,
    (y) => {
      const wasted = untilExpiry === undefined ? 0 : 1 - untilExpiry.tailAbove(y)
      return (
        costs.holding * (1 - protection.tailAbove(y)) + costs.waste * wasted >= costs.lost * soldProbability(outlook, y)
      )
    },
    lowestLevel(outlook),
  )
}

/** The least net position at which one unit more is expected to lose more by expiring than it saves in lost sales. */
export function wasteBound(outlook: LineOutlook): number | undefined {
  const { protection, untilExpiry, costs } = outlook
  if (untilExpiry === undefined || costs.waste === 0) return undefined
  return leastLevel(
    protection,
    (y) => costs.waste * (1 - untilExpiry.tailAbove(y)) >= costs.lost * soldProbability(outlook, y),
    lowestLevel(outlook),
  )
}

const lowestLevel = ({ beforeDelivery }: LineOutlook): number =>
  beforeDelivery.isCounted ? Math.floor(beforeDelivery.mean) : beforeDelivery.mean
