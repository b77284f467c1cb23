/**
 * Replays an ordering policy over a demand path, day by day, with what makes orders hard: lead times, reviews that are days
 * apart, whole packs, lots that expire, and customers who do not wait.
 *
 * A day: what was ordered arrives; on a review day the policy decides; customers buy, the lot that expires first first, and
 * what is not there is lost; what expires today is discarded; the rest is held overnight. An order of day t that takes
 * L days can be sold on day t + L, so an order covers the demand of L + review days.
 */
import { checkPackTerms, type PackTerms, packsFor } from './packs.ts'

export interface ReplaySupply extends PackTerms {
  /** The policy is asked on day 0 and every this many days. */
  reviewDays: number
  /** Whole days from order to delivery, 0 or more: one value, or one for each day on which an order may be placed. */
  leadTimeDays: number | ArrayLike<number>
  /** Days on which an arriving lot can be sold, the day of arrival included. Left out: it keeps. */
  shelfLifeDays?: number
}

/** Money. */
export interface ReplayCosts {
  /** One unit that is there in the evening. */
  holdingPerUnitDay: number
  /** One unit of demand that was not met: the lost margin. */
  lostPerUnit: number
  /** One unit that expired: what it cost, and getting rid of it. */
  wastePerUnit: number
  /** One order, however large. */
  perOrder: number
}

/** What a policy may know when it decides. It is one object, written over day by day: read it, don't keep it. */
export interface Review {
  /** Counts from 0. */
  day: number
  onHand: number
  /** Ordered and not yet here. */
  onOrder: number
  /** Units sold, by day; the days before this one are filled in. */
  sold: Float64Array
  /** 1 on days on which demand exceeded the stock; the days before this one are filled in. */
  ranOut: Uint8Array
  /** Units on hand by the last day on which they can be sold. Undefined when goods keep. */
  expiring: Float64Array | undefined
  /** Units on order by the day on which they come. */
  arriving: Float64Array
}

/** @returns the units to order; the replay makes whole packs of them, within the supplier's minimum and maximum */
export type Decider = (review: Readonly<Review>) => number

export interface ReplayOptions {
  openingStock?: number
  /** Days before this one are lived through and not measured, so that the opening stock decides nothing. */
  measuredFrom?: number
  /** Called after each measured day. */
  onDay?: (day: Readonly<ReplayedDay>) => void
}

/** Units of one day. */
export interface ReplayedDay {
  day: number
  demand: number
  sold: number
  wasted: number
  /** On hand in the evening. */
  held: number
}

export interface Replayed {
  /** Days that were measured; the figures below are of these. */
  days: number
  demand: number
  sold: number
  lost: number
  wasted: number
  received: number
  orders: number
  /** Days on which demand exceeded the stock. */
  stockOutDays: number
  /** Units × nights. */
  held: number
  /** On hand when the measured days begin, and when they end. */
  opening: number
  closing: number
  costs: { holding: number; lost: number; waste: number; ordering: number; total: number }
  /** Sold over demanded; undefined where nothing was demanded. */
  fillRate: number | undefined
}

/**
 * @param demand units of demand, by day; of a day with a stock-out more than was sold
 * @throws RangeError naming what is not a number, negative or impossible, with its day
 */
export function replay(
  demand: ArrayLike<number>,
  supply: ReplaySupply,
  costs: ReplayCosts,
  decide: Decider,
  { openingStock = 0, measuredFrom = 0, onDay }: ReplayOptions = {},
): Replayed {
  const days = demand.length
  const leadTimes = checkedLeadTimes(supply.leadTimeDays, days)
  checkSupply(supply, openingStock)
  const stock = new Stock(days, supply.shelfLifeDays, openingStock)
  const arriving = new Float64Array(days)
  const sold = new Float64Array(days)
  const ranOut = new Uint8Array(days)
  const review: Review = { day: 0, onHand: 0, onOrder: 0, sold, ranOut, expiring: stock.expiring, arriving }
  const sums = { demand: 0, sold: 0, lost: 0, wasted: 0, received: 0, orders: 0, stockOutDays: 0, held: 0 }
  let opening = openingStock
  let onOrder = 0
  for (let day = 0; day < days; day += 1) {
    const isMeasured = day >= measuredFrom
    if (day === measuredFrom) opening = stock.onHand
    let received = arriving[day]!
    if (received > 0) {
      onOrder -= received
      stock.receive(day, received)
    }
    if (day % supply.reviewDays === 0) {
      review.day = day
      review.onHand = stock.onHand
      review.onOrder = onOrder
      const quantity = orderOf(decide(review), day, supply)
      if (quantity > 0) {
        if (isMeasured) sums.orders += 1
        const arrivesOn = day + (typeof leadTimes === 'number' ? leadTimes : leadTimes[day]!)
        if (arrivesOn === day) {
          stock.receive(day, quantity)
          received += quantity
        } else {
          onOrder += quantity
          if (arrivesOn < days) arriving[arrivesOn]! += quantity
        }
      }
    }
    const wanted = demandOn(demand, day)
    const taken = Math.min(wanted, stock.onHand)
    stock.take(day, taken)
    sold[day] = taken
    ranOut[day] = wanted > taken ? 1 : 0
    const wasted = stock.expire(day)
    if (!isMeasured) continue
    sums.demand += wanted
    sums.sold += taken
    sums.lost += wanted - taken
    sums.wasted += wasted
    sums.received += received
    sums.stockOutDays += ranOut[day]!
    sums.held += stock.onHand
    onDay?.({ day, demand: wanted, sold: taken, wasted, held: stock.onHand })
  }
  return summary(sums, costs, Math.max(0, days - measuredFrom), opening, stock.onHand)
}

type Sums = Pick<Replayed, 'demand' | 'sold' | 'lost' | 'wasted' | 'received' | 'orders' | 'stockOutDays' | 'held'>

function summary(sums: Sums, costs: ReplayCosts, days: number, opening: number, closing: number): Replayed {
  const holding = sums.held * costs.holdingPerUnitDay
  const lost = sums.lost * costs.lostPerUnit
  const waste = sums.wasted * costs.wastePerUnit
  const ordering = sums.orders * costs.perOrder
  return {
    days,
    ...sums,
    opening,
    closing,
    costs: { holding, lost, waste, ordering, total: holding + lost + waste + ordering },
    fillRate: sums.demand > 0 ? sums.sold / sums.demand : undefined,
  }
}

/** What is on hand; where goods expire, by the last day on which they can be sold. */
class Stock {
  onHand: number
  readonly expiring: Float64Array | undefined
  readonly #shelfLifeDays: number

  constructor(days: number, shelfLifeDays: number | undefined, opening: number) {
    this.onHand = opening
    this.#shelfLifeDays = shelfLifeDays ?? 0
    if (shelfLifeDays === undefined) return
    this.expiring = new Float64Array(days + shelfLifeDays)
    this.expiring[shelfLifeDays - 1] = opening
  }

  receive(day: number, quantity: number): void {
    this.onHand += quantity
    if (this.expiring) this.expiring[day + this.#shelfLifeDays - 1]! += quantity
  }

  /** First expired, first out. `quantity` is at most what is on hand. */
  take(day: number, quantity: number): void {
    this.onHand -= quantity
    if (!this.expiring) return
    let left = quantity
    for (let expiresOn = day; left > 0 && expiresOn < this.expiring.length; expiresOn += 1) {
      const there = this.expiring[expiresOn]!
      const taken = Math.min(there, left)
      this.expiring[expiresOn] = there - taken
      left -= taken
    }
  }

  /** @returns what is discarded */
  expire(day: number): number {
    if (!this.expiring) return 0
    const wasted = this.expiring[day]!
    this.expiring[day] = 0
    this.onHand = Math.max(0, this.onHand - wasted)
    return wasted
  }
}

function orderOf(wanted: number, day: number, supply: ReplaySupply): number {
  if (!Number.isFinite(wanted)) {
    throw new RangeError(
      `the policy's order on day ${day} is ${wanted} units: must be a finite number, 0 or less for no order`,
    )
  }
  return packsFor(wanted, supply) * supply.packSize
}

function demandOn(demand: ArrayLike<number>, day: number): number {
  const wanted = demand[day]!
  if (wanted >= 0 && Number.isFinite(wanted)) return wanted
  throw new RangeError(`demand of day ${day} is ${wanted}: must be units, 0 or more`)
}

function checkSupply(supply: ReplaySupply, openingStock: number): void {
  checkPackTerms(supply)
  wholeDays('review days', supply.reviewDays, 1)
  if (supply.shelfLifeDays !== undefined) wholeDays('shelf life days', supply.shelfLifeDays, 1)
  if (!(openingStock >= 0 && Number.isFinite(openingStock))) {
    throw new RangeError(`opening stock is ${openingStock}: must be units, 0 or more`)
  }
}

function checkedLeadTimes(leadTimes: number | ArrayLike<number>, days: number): number | ArrayLike<number> {
  if (typeof leadTimes === 'number') {
    wholeDays('lead time days', leadTimes, 0)
    return leadTimes
  }
  if (leadTimes.length < days) {
    throw new RangeError(`${leadTimes.length} lead times for ${days} days: there must be one for each day`)
  }
  for (let day = 0; day < days; day += 1) wholeDays(`lead time days of day ${day}`, leadTimes[day]!, 0)
  return leadTimes
}

function wholeDays(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new RangeError(`${name}: ${value}, must be whole days, ${least} or more`)
}
