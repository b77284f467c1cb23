/**
 * The lines of one order together: a budget that they share, and the supplier's minimum. Money goes where a pack brings
 * most per unit of money, one pack after the other; expected costs are convex in the quantity, so that this greedy way is
 * the best but for the last pack (Fox 1966, Management Science 13(3), p. 210).
 */
import TinyQueue from 'tinyqueue'
import { OrderLineError } from './check-line.ts'
import { undecided } from './decide.ts'
import { explain } from './explain.ts'
import type { LineConstraint, OrderLineDecision, OrderLineInput } from './order-line.ts'
import { packsDown, packsUp } from './packs.ts'
import { type PreparedLine, prepareLine } from './prepare-line.ts'
import { costOf, hardBounds, type Settled, settle } from './settle.ts'

export interface OrderTerms {
  /** What the order may cost at most; left out: no limit. */
  budget?: number
  /** The supplier's minimum value of an order. */
  minimumOrderValue?: number
}

/** A line with its decision, or with what keeps it from having one. */
export type LineOutcome =
  | { line: string; decision: OrderLineDecision; problem?: undefined }
  | { line: string; decision?: undefined; problem: string }

export interface OrderDecision {
  lines: LineOutcome[]
  /** Money, to be read by people: each line has its value as exact text. */
  value: number
  /** Below the supplier's minimum: it pays to wait, and no line orders anything. */
  isPostponed: boolean
}

/**
 * Decides the lines of one supplier and location together. A line that can't be decided becomes a problem beside the
 * others, never an exception.
 *
 * @throws RangeError on a budget or a minimum that is no amount of money
 */
export function decideOrder(inputs: readonly OrderLineInput[], terms: OrderTerms = {}): OrderDecision {
  checkOrderTerms(terms)
  const lines = inputs.map(draftOf)
  const drafts = lines.flatMap(({ draft }) => draft ?? [])
  if (terms.budget !== undefined) keepWithinBudget(drafts, terms.budget)
  const isPostponed = terms.minimumOrderValue !== undefined && !reachMinimum(drafts, terms)
  return {
    lines: lines.map(outcomeOf),
    value: orderValue(drafts),
    isPostponed,
  }
}

interface Draft {
  line: PreparedLine
  settled: Settled
}

interface DraftedLine {
  input: OrderLineInput
  draft?: Draft
  problem?: string
}

function draftOf(input: OrderLineInput): DraftedLine {
  try {
    const line = prepareLine(input)
    return line === undefined ? { input } : { input, draft: { line, settled: settle(line) } }
  } catch (error) {
    if (!(error instanceof OrderLineError)) throw error
    return { input, problem: error.message }
  }
}

function outcomeOf({ input, draft, problem }: DraftedLine): LineOutcome {
  if (problem !== undefined) return { line: input.line, problem }
  return { line: input.line, decision: draft === undefined ? undecided(input) : explain(draft.line, draft.settled) }
}

const valuePerPack = ({ input: { terms } }: PreparedLine): number => terms.packSize * terms.unitCost

const orderValue = (drafts: readonly Draft[]): number =>
  drafts.reduce((sum, { line, settled }) => sum + settled.packs * valuePerPack(line), 0)

const MONEY_TOLERANCE = 1e-6

/** Takes packs away, those first that bring least per money, until the order fits. */
function keepWithinBudget(drafts: readonly Draft[], budget: number): void {
  let value = orderValue(drafts)
  if (value <= budget + MONEY_TOLERANCE) return
  const changes = new Changes(drafts, fewer)
  const touched = new Set<Draft>()
  while (value > budget + MONEY_TOLERANCE) {
    const change = changes.take()
    if (change === undefined) break
    value += change.value
    touched.add(change.draft)
  }
  for (const draft of touched) addStep(draft, 'budget', budget)
}

/**
 * Adds packs, those first that cost least per money, until the order is worth the supplier's minimum; or takes the order
 * back where the goods added are expected to cost more than going without the order until the next one.
 *
 * @returns false when the order is postponed
 */
function reachMinimum(drafts: readonly Draft[], { minimumOrderValue: minimum = 0, budget }: OrderTerms): boolean {
  const before = drafts.map(({ settled }) => settled.packs)
  let value = orderValue(drafts)
  if (value === 0 || value >= minimum - MONEY_TOLERANCE) return true
  const changes = new Changes(drafts, more)
  let added = 0
  while (value < minimum - MONEY_TOLERANCE) {
    const change = changes.take()
    if (change === undefined) break
    value += change.value
    added += change.cost
  }
  const saved = drafts.reduce((sum, { line }, index) => sum + costOf(line, 0) - costOf(line, before[index]!), 0)
  const isReached = value >= minimum - MONEY_TOLERANCE && value <= (budget ?? value) + MONEY_TOLERANCE
  const isWorthwhile = isReached && added <= saved
  for (const [index, draft] of drafts.entries()) {
    if (!isWorthwhile) draft.settled.packs = 0
    if (draft.settled.packs !== before[index]) addStep(draft, 'minimum_order_value', minimum)
  }
  return isWorthwhile
}

function addStep({ line, settled }: Draft, constraint: LineConstraint, limit: number): void {
  settled.steps.push({ constraint, quantity: settled.packs * line.input.terms.packSize, limit })
}

/** Packs are moved in bundles, so that a line of ten thousand takes no longer than one of fifty. */
const BUNDLES = 50

interface Change {
  draft: Draft
  packs: number
  /** What the order is worth more, below zero when less. */
  value: number
  /** What is expected to be paid for it in lost sales, leftovers and waste. */
  cost: number
}

/** The next change of a line, or undefined when it can't change further. */
type NextChange = (draft: Draft, bundle: number) => Change | undefined

const changeTo = (draft: Draft, packs: number): Change => ({
  draft,
  packs,
  value: (packs - draft.settled.packs) * valuePerPack(draft.line),
  cost: costOf(draft.line, packs) - costOf(draft.line, draft.settled.packs),
})

/** Down to the supplier's minimum of the line, and from there to nothing. */
const fewer: NextChange = (draft, bundle) => {
  const { packs } = draft.settled
  if (packs === 0 || valuePerPack(draft.line) === 0) return undefined
  const { minimumQuantity = 0, packSize } = draft.line.input.terms
  const least = packsUp(minimumQuantity, packSize)
  const next = packs - bundle
  return changeTo(draft, next >= least ? next : packs > least ? least : 0)
}

/** Of lines that order something already and continue to be sold, as far as there is room and the supplier gives it. */
const more: NextChange = (draft, bundle) => {
  const { packs } = draft.settled
  const { delistedInDays, terms } = draft.line.input
  if (packs === 0 || valuePerPack(draft.line) === 0 || delistedInDays !== undefined) return undefined
  const { packSize } = terms
  const most = hardBounds(draft.line).reduce(
    (least, bound) => Math.min(least, packsDown(bound.most, packSize)),
    PACKS_MAX,
  )
  const next = Math.min(most, packs + bundle)
  return next > packs ? changeTo(draft, next) : undefined
}

const PACKS_MAX = 1_000_000

/** Always the change that costs least for the money that it moves. */
class Changes {
  readonly #queue = new TinyQueue<Change>([], (one, two) => rate(one) - rate(two))
  readonly #next: (draft: Draft) => Change | undefined

  constructor(drafts: readonly Draft[], next: NextChange) {
    const bundles = new Map(drafts.map((draft) => [draft, Math.max(1, Math.floor(draft.settled.packs / BUNDLES))]))
    this.#next = (draft) => next(draft, bundles.get(draft)!)
    for (const draft of drafts) this.#push(draft)
  }

  /** Makes the best change and returns it; undefined when there is none left. */
  take(): Change | undefined {
    const change = this.#queue.pop()
    if (change === undefined) return undefined
    change.draft.settled.packs = change.packs
    this.#push(change.draft)
    return change
  }

  #push(draft: Draft): void {
    const change = this.#next(draft)
    if (change !== undefined) this.#queue.push(change)
  }
}

const rate = ({ cost, value }: Change): number => cost / Math.abs(value)

function checkOrderTerms({ budget, minimumOrderValue }: OrderTerms): void {
  for (const [name, value] of [
    ['budget', budget],
    ['minimum order value', minimumOrderValue],
  ] as const) {
    if (value !== undefined && !(value >= 0 && Number.isFinite(value))) {
      throw new RangeError(`${name} is ${value}: must be money, 0 or more`)
    }
  }
  if (budget !== undefined && minimumOrderValue !== undefined && budget < minimumOrderValue) {
    throw new RangeError(
      `the budget is ${budget}, below the supplier's minimum order value ${minimumOrderValue}: raise the budget, or order less often`,
    )
  }
}
