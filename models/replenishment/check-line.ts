/** What an order line can't be decided from. */
import { checkLeadTime } from './lead-time.ts'
import type { LinePolicy, LinePosition, LineTerms, OrderLineInput } from './order-line.ts'
import { checkPackTerms, packsUp } from './packs.ts'

/** A line that can't be decided: the message names the line, the thing, its value and the fix. */
export class OrderLineError extends RangeError {
  override name = 'OrderLineError'
}

/** @throws OrderLineError on numbers that are none, and on terms and policies that contradict each other */
export function checkLine(input: OrderLineInput): void {
  try {
    checkPosition(input.position)
    checkLeadTime(input.leadTime)
    within('review days', input.reviewDays, 1, REVIEW_DAYS_MAX, 'until the next order day')
    if (!Number.isInteger(input.reviewDays))
      throw new RangeError(`review days are ${input.reviewDays}: must be whole days`)
    if (input.delistedInDays !== undefined) finite('days until it is delisted', input.delistedInDays)
    checkTerms(input.terms)
    checkPolicy(input.policy, input)
  } catch (error) {
    throw named(input.line, error)
  }
}

/** The same error with the line in front. What is no RangeError is a programmer's mistake and stays what it is. */
export function named(line: string, error: unknown): unknown {
  if (error instanceof OrderLineError || !(error instanceof RangeError)) return error
  return new OrderLineError(`order line ${line}: ${error.message}`)
}

const REVIEW_DAYS_MAX = 365
const SHELF_LIFE_DAYS_MAX = 3_650
/** As many digits as an order has room for: numeric(18, 6). */
const UNITS_MAX = 1e12

function checkPosition({ onHand, availability, reserved, onOrder, lots = [], arriving = [] }: LinePosition): void {
  // A count below zero is a count that is wrong, not an error: it counts as nothing.
  within('on hand', onHand, -UNITS_MAX, UNITS_MAX, 'units')
  within('availability', availability, 0, 1, 'a probability')
  within('reserved', reserved, 0, UNITS_MAX, 'units')
  within('on order', onOrder, 0, UNITS_MAX, 'units')
  for (const { quantity, daysLeft } of lots) {
    within('a lot', quantity, 0, UNITS_MAX, 'units')
    finite('days left of a lot', daysLeft)
  }
  for (const { quantity, inDays } of arriving) {
    within('units on order for a day', quantity, 0, UNITS_MAX, 'units')
    finite('days until units on order arrive', inDays)
  }
}

function checkTerms(terms: LineTerms): void {
  within('unit cost', terms.unitCost, 0, UNITS_MAX, 'money')
  if (terms.price !== null) within('price', terms.price, 0, UNITS_MAX, 'money')
  checkPackTerms(terms)
  const { packSize, palletSize, minimumQuantity = 0, shelfLifeDays, capacity } = terms
  if (palletSize !== undefined) checkPallet(palletSize, packSize)
  if (shelfLifeDays !== undefined) {
    within('shelf life', shelfLifeDays, 1, SHELF_LIFE_DAYS_MAX, 'whole days on which it can be sold')
    if (!Number.isInteger(shelfLifeDays))
      throw new RangeError(`shelf life is ${shelfLifeDays} days: must be whole days`)
  }
  if (capacity === undefined) return
  within('capacity', capacity, 0, UNITS_MAX, 'units')
  const least = packsUp(Math.max(minimumQuantity, packSize), packSize) * packSize
  if (least > capacity) {
    throw new RangeError(
      `the smallest possible order is ${least} (minimum ${minimumQuantity}, pack of ${packSize}), but the capacity is ${capacity}: use a supplier with a smaller minimum or pack, or raise the capacity`,
    )
  }
}

function checkPallet(palletSize: number, packSize: number): void {
  const packs = palletSize / packSize
  if (packs >= 1 && Number.isFinite(packs) && Math.abs(packs - Math.round(packs)) < 1e-6) return
  throw new RangeError(`pallet size is ${palletSize} and a pack has ${packSize}: must be whole packs on a pallet`)
}

function checkPolicy(policy: LinePolicy, { terms, reviewDays }: OrderLineInput): void {
  const { serviceMeasure, serviceTarget, maximumCoverDays } = policy
  within('holding rate', policy.holdingRatePerYear, 0, 100, 'a share of the cost a year')
  within('stock-out cost ratio', policy.stockOutCostRatio, 0, 1_000, 'a share of the price')
  within('waste cost ratio', policy.wasteCostRatio, 0, 1_000, 'a share of the cost')
  within('ordering cost', policy.orderingCost, 0, UNITS_MAX, 'money')
  if (maximumCoverDays !== undefined && !(maximumCoverDays >= reviewDays && maximumCoverDays <= COVER_DAYS_MAX)) {
    throw new RangeError(
      `maximum cover is ${maximumCoverDays} days, but the next order arrives ${reviewDays} days later: must be ${reviewDays} to ${COVER_DAYS_MAX}, or shelves run empty by policy`,
    )
  }
  const isPriced = policy.holdingRatePerYear > 0 && terms.unitCost > 0
  const doesExpire = terms.shelfLifeDays !== undefined && policy.wasteCostRatio > 0 && terms.unitCost > 0
  if (serviceMeasure === 'critical_ratio') {
    if (!isPriced && !doesExpire) {
      throw new RangeError(
        `a critical ratio needs a cost of having too much: unit cost is ${terms.unitCost}, holding rate ${policy.holdingRatePerYear}; set them, or a service target by cycle or fill`,
      )
    }
  } else if (!(serviceTarget !== null && serviceTarget > 0 && serviceTarget < 1)) {
    throw new RangeError(
      `service target is ${serviceTarget}: must be more than 0 and less than 1 for measure ${serviceMeasure}`,
    )
  }
  if (policy.method === 's_s' && !isPriced) {
    throw new RangeError(
      `s_s weighs ordering against holding: unit cost is ${terms.unitCost}, holding rate ${policy.holdingRatePerYear}; set them, or take base_stock`,
    )
  }
}

const COVER_DAYS_MAX = 730

function within(name: string, value: number, least: number, most: number, unit: string): void {
  if (value >= least && value <= most) return
  throw new RangeError(`${name}: ${value}, must be ${unit}, ${least} to ${most}`)
}

function finite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name}: ${value}, must be a number`)
}
