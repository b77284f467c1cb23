/**
 * What one order line is decided from, and what is decided: both plain data that is valid JSON. A line is one product that
 * one location orders from one supplier. Days count from the day of the review: a delivery after `n` days can be sold on
 * day `n`, and `demand.days[0]` is the demand of the day of the review itself.
 */
import type { DemandKnown } from './demand.ts'
import type { LeadTime } from './lead-time.ts'

/** What is there and what is coming, in units. */
export interface LinePosition {
  /** By the count; below zero counts as nothing. */
  onHand: number
  /** Probability that the counted stock is there: 0 to 1. */
  availability: number
  /** Promised to customers or stores. */
  reserved: number
  /** In orders that are not yet received, drafts and orders that wait for approval included. */
  onOrder: number
  /** Lots on hand where they are known, for goods that expire; what they don't account for is taken to be fresh. */
  lots?: readonly Lot[]
  /** When what is on order is due, where that is known; the rest of it is taken to come together with this line. */
  arriving?: readonly Arrival[]
}

export interface Arrival {
  quantity: number
  /** 0 is today; what is overdue counts as today. */
  inDays: number
}

export interface Lot {
  quantity: number
  /** Days on which it can still be sold, today included; 0 or less is waste already. */
  daysLeft: number
}

/** What the supplier and the location set. Quantities in units, money in the order's currency. */
export interface LineTerms {
  unitCost: number
  /** What a customer pays. Null where not known: the margin is then taken from the cost, and the decision reports it. */
  price: number | null
  packSize: number
  palletSize?: number
  minimumQuantity?: number
  maximumQuantity?: number
  /** Days on which a delivered unit can be sold, the day of delivery included. */
  shelfLifeDays?: number
  /** Units that fit where they are kept. */
  capacity?: number
  /** False for goods by weight, whose demand is any amount. Left out: whole units. */
  isCounted?: boolean
}

export type ReplenishmentMethod = 'base_stock' | 's_s' | 'r_s'
/** P(no stock-out in a cycle), share of demand served at once, or least expected cost. */
export type ServiceMeasure = 'cycle' | 'fill' | 'critical_ratio'

export interface LinePolicy {
  /**
   * `base_stock` and `r_s` order up to a level at every review (they differ in how often that is: at every order day of the
   * supplier, or every `review_days`); `s_s` orders up to S once the position is at s or below.
   */
  method: ReplenishmentMethod
  serviceMeasure: ServiceMeasure
  /** Above 0, below 1; `critical_ratio` does without it. */
  serviceTarget: number | null
  /** Cost of capital and space: a share of the unit cost a year. */
  holdingRatePerYear: number
  /** Margin that a lost sale costs, as a share of the price. */
  stockOutCostRatio: number
  /** What a unit that expires costs, as a share of the unit cost; more than 1 where getting rid of it costs too. */
  wasteCostRatio: number
  /** Money an order line costs, however large. */
  orderingCost: number
  /** Days of demand, from the delivery on, that position and order may cover; at least the review days. */
  maximumCoverDays?: number
}

export interface OrderLineInput {
  /** Names the line in messages and errors, e.g. 'STORE-1/P-7/SUP-3'. */
  line: string
  position: LinePosition
  /** Undefined: nothing is known of its demand; nothing is ordered then, and the decision reports it. */
  demand: DemandKnown | undefined
  leadTime: LeadTime
  /** Days until the next order that could still bring goods: 1 or more. */
  reviewDays: number
  terms: LineTerms
  policy: LinePolicy
  /** Days until the location stops selling it; 0 or less: it has. Nothing is ordered that could not be sold before. */
  delistedInDays?: number
}

/** What can hold a quantity down or push it up, in the order in which they apply. */
export type LineConstraint =
  | 'reorder_point'
  | 'expected_waste'
  | 'delisted'
  | 'maximum_cover'
  | 'capacity'
  | 'maximum_quantity'
  | 'minimum_quantity'
  | 'pallet'
  | 'budget'
  | 'minimum_order_value'

export type ExplainedUnit = 'units' | 'days' | 'packs' | 'money' | 'money/unit' | 'money/unit/day' | 'share' | 'text'

export interface ExplainedTerm {
  /** Snake case, e.g. `on_hand`, `mean_demand`, `order_up_to`. */
  name: string
  value: number | string | null
  unit: ExplainedUnit
}

export interface ExplainedStep {
  constraint: LineConstraint | 'need' | 'pack'
  /** Units after this step. */
  quantity: number
  /** What the step compares with, in units or money; null where it has no single limit. */
  limit: number | null
}

/** Stored with the line. Every number is finite and rounded to six significant digits at least. */
export interface OrderLineExplanation {
  terms: ExplainedTerm[]
  /** How the quantity came about, step by step. */
  steps: ExplainedStep[]
  /** The constraint without which the quantity would differ most; null when none did anything. */
  bindingConstraint: LineConstraint | null
  /** Decimal text: the quantity without the binding constraint; null when there is none. */
  quantityWithout: string | null
  /** Expected cost of one pack more, and of one less, over the interval: above zero means that it would be worse. */
  costOfOnePackMore: number | null
  /** Null when nothing is ordered. */
  costOfOnePackLess: number | null
  /** What was used instead of missing values, in words for people. */
  fallbacks: string[]
}

export interface OrderLineDecision {
  /** Whole packs, 0 or more. */
  packs: number
  /** `packs` × pack size as decimal text. */
  quantity: string
  /** `quantity` × unit cost as decimal text. */
  value: string
  explanation: OrderLineExplanation
}
