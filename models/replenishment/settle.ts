/** The quantity of an order line: from what is needed, through what holds it down or pushes it up, to whole packs. */
import { expectedAt } from './line-costs.ts'
import type { ExplainedStep, LineConstraint } from './order-line.ts'
import { packsDown, packsUp } from './packs.ts'
import type { PreparedLine } from './prepare-line.ts'

/** Whole packs, and how they came about. */
export interface Settled {
  packs: number
  steps: ExplainedStep[]
}

/**
 * The quantity, step by step.
 *
 * @param skipped a constraint to leave out, for the quantity without it
 */
export function settle(line: PreparedLine, skipped?: LineConstraint): Settled {
  const { input, outlook, levels } = line
  const { netPosition } = outlook
  const { packSize } = input.terms
  const steps: ExplainedStep[] = []
  let quantity = Math.max(0, levels.orderUpTo - netPosition)
  const step = (constraint: ExplainedStep['constraint'], next: number, limit: number | null) => {
    const isConstraint = constraint !== 'need' && constraint !== 'pack'
    if (isConstraint && (constraint === skipped || Math.abs(next - quantity) < QUANTITY_TOLERANCE)) return
    quantity = next
    steps.push({ constraint, quantity: next, limit })
  }
  step('need', quantity, levels.orderUpTo)
  const { reorderBelow } = levels
  if (reorderBelow !== undefined && netPosition >= reorderBelow) step('reorder_point', 0, reorderBelow)
  for (const { constraint, level } of softBounds(line)) {
    step(constraint, Math.min(quantity, Math.max(0, level - netPosition)), level)
  }
  const isBounded = steps.some(({ constraint }) => constraint === 'expected_waste')
  step('pack', packsByCost(line, quantity, isBounded) * packSize, packSize)
  for (const { constraint, most } of hardBounds(line)) {
    step(constraint, Math.min(quantity, packsDown(most, packSize) * packSize), most)
  }
  step('minimum_quantity', atLeastMinimum(line, quantity), input.terms.minimumQuantity ?? null)
  step('pallet', wholePallets(line, quantity), input.terms.palletSize ?? null)
  return { packs: Math.round(quantity / packSize), steps }
}

const QUANTITY_TOLERANCE = 1e-9

/** Net positions beyond which nothing is ordered; a pack that begins below may end above. */
function softBounds({ input, outlook, levels }: PreparedLine): { constraint: LineConstraint; level: number }[] {
  const { leadTime, delistedInDays, policy } = input
  const bounds: { constraint: LineConstraint; level: number }[] = []
  if (levels.wasteBound !== undefined && policy.serviceMeasure !== 'critical_ratio') {
    bounds.push({ constraint: 'expected_waste', level: levels.wasteBound })
  }
  const meanDemandFrom = (daysAfter: number): number =>
    leadTime.days.reduce(
      (sum, days, index) => sum + leadTime.probabilities[index]! * outlook.path.mean[days + daysAfter]!,
      0,
    )
  if (policy.maximumCoverDays !== undefined) {
    bounds.push({ constraint: 'maximum_cover', level: meanDemandFrom(policy.maximumCoverDays) })
  }
  if (delistedInDays !== undefined && delistedInDays < outlook.path.mean.length) {
    const days = Math.max(0, Math.floor(delistedInDays))
    const isTooLate = days <= outlook.leadTimeDays
    bounds.push({ constraint: 'delisted', level: isTooLate ? Number.NEGATIVE_INFINITY : outlook.path.mean[days]! })
  }
  return bounds
}

/** Units that no order may exceed. */
export function hardBounds({ input, outlook }: PreparedLine): { constraint: LineConstraint; most: number }[] {
  const { capacity, maximumQuantity } = input.terms
  const bounds: { constraint: LineConstraint; most: number }[] = []
  if (capacity !== undefined) {
    bounds.push({ constraint: 'capacity', most: Math.max(0, capacity - outlook.stockAtDelivery) })
  }
  if (maximumQuantity !== undefined) bounds.push({ constraint: 'maximum_quantity', most: maximumQuantity })
  return bounds
}

/**
 * Up to whole packs, so that a service target is met; where cost decides, up or down, whichever is expected to cost less.
 */
function packsByCost(line: PreparedLine, quantity: number, isBounded: boolean): number {
  const { packSize } = line.input.terms
  const up = packsUp(quantity, packSize)
  if (line.input.policy.serviceMeasure !== 'critical_ratio' && !isBounded) return up
  const down = packsDown(quantity, packSize)
  return costOf(line, down) <= costOf(line, up) ? down : up
}

/**
 * The supplier's minimum, if it fits and pays: for goods that expire and where cost decides it may cost less to order
 * nothing. A service target for goods that keep is met.
 */
function atLeastMinimum(line: PreparedLine, quantity: number): number {
  const { minimumQuantity = 0, packSize, shelfLifeDays } = line.input.terms
  if (quantity <= 0 || quantity >= minimumQuantity - QUANTITY_TOLERANCE) return quantity
  const packs = packsUp(minimumQuantity, packSize)
  if (hardBounds(line).some(({ most }) => packsDown(most, packSize) < packs)) return 0
  const doesCostDecide = line.input.policy.serviceMeasure === 'critical_ratio' || shelfLifeDays !== undefined
  return doesCostDecide && costOf(line, packs) > costOf(line, 0) ? 0 : packs * packSize
}

/**
 * Whole pallets when what they change is expected to cost no more than handling a line does: an opened pallet is handled
 * as another line. Never fewer units than a service target needs.
 */
function wholePallets(line: PreparedLine, quantity: number): number {
  const { palletSize, packSize } = line.input.terms
  if (palletSize === undefined || quantity <= 0) return quantity
  const packsOnPallet = Math.round(palletSize / packSize)
  const packs = Math.round(quantity / packSize)
  const mayShrink = line.input.policy.serviceMeasure === 'critical_ratio'
  const candidates = [Math.ceil(packs / packsOnPallet), ...(mayShrink ? [Math.floor(packs / packsOnPallet)] : [])]
    .map((pallets) => pallets * packsOnPallet)
    .filter((each) => each > 0 && hardBounds(line).every(({ most }) => each <= packsDown(most, packSize)))
  const handling = line.outlook.costs.ordering
  const own = costOf(line, packs)
  let best = packs
  for (const each of candidates)
    if (costOf(line, each) - own <= handling && (best === packs || costOf(line, each) < costOf(line, best))) best = each
  return best * packSize
}

/** Expected cost of ordering this many packs, until the next delivery, ordering included. */
export function costOf({ input, outlook }: PreparedLine, packs: number): number {
  const { cost } = expectedAt(outlook, outlook.netPosition + packs * input.terms.packSize)
  return cost + (packs > 0 ? outlook.costs.ordering : 0)
}
