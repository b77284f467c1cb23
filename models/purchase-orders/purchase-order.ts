/** The life of an order to a supplier: which steps there are, who has to approve it, and why it is looked at more closely. */

export const orderStatuses = [
  'draft',
  'awaiting_approval',
  'approved',
  'sent',
  'acknowledged',
  'partly_received',
  'received',
  'closed',
  'denied',
  'expired',
  'cancelled',
] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** Nothing more happens to an order, but that its supplier may have to be notified of its cancellation. */
export const endedStatuses: readonly OrderStatus[] = ['closed', 'denied', 'expired', 'cancelled']

/** From which states a step can be taken. What a step leads to may depend on the order: see `sql/purchase-orders`. */
const steps = {
  submit: ['draft', 'awaiting_approval'],
  approve: ['awaiting_approval'],
  deny: ['draft', 'awaiting_approval'],
  edit: ['draft', 'awaiting_approval'],
  delegate: ['awaiting_approval'],
  escalate: ['awaiting_approval'],
  expire: ['awaiting_approval'],
  cancel: ['draft', 'awaiting_approval', 'approved', 'sent', 'acknowledged', 'partly_received'],
  send: ['approved'],
  fail_send: ['approved'],
  resend: ['approved'],
  acknowledge: ['sent'],
  settle: ['sent', 'acknowledged', 'partly_received'],
  invoice: ['partly_received', 'received'],
  // An order may end before its supplier was notified that it, or the rest of it, was cancelled.
  withdraw: ['received', 'closed', 'cancelled'],
  fail_withdraw: ['received', 'closed', 'cancelled'],
  close: ['received'],
} as const satisfies Record<string, readonly OrderStatus[]>

export type OrderStep = keyof typeof steps

/** Whether a step can be taken in a state. */
export const allows = (status: OrderStatus, step: OrderStep): boolean =>
  (steps[step] as readonly OrderStatus[]).includes(status)

/** The steps that can be taken in a state while the order has not ended. */
export const stepsFrom = (status: OrderStatus): OrderStep[] =>
  endedStatuses.includes(status) ? [] : (Object.keys(steps) as OrderStep[]).filter((step) => allows(status, step))

/** What a state means, as the end of "PO-1 is …". */
export const meaningOf: Readonly<Record<OrderStatus, string>> = {
  draft: 'a draft',
  awaiting_approval: 'waiting for approval',
  approved: 'approved and about to be sent',
  sent: 'sent to its supplier',
  acknowledged: 'acknowledged by its supplier',
  partly_received: 'partly received',
  received: 'received',
  closed: 'closed',
  denied: 'denied',
  expired: 'expired',
  cancelled: 'cancelled',
}

/** Who has to approve orders from a value on. */
export interface ApprovalTier {
  /** In the order's money. */
  fromValue: number
  /** None: such an order is approved by itself. */
  minimumApprovers: number
  /** A person with this role, or that of a higher tier, may approve. Null when no one has to. */
  role: string | null
  /** Without a decision for this long the roles above are asked too. Null: never. */
  escalateAfterMs: number | null
  /** Without a decision for this long the order expires. Null: never. */
  expiresAfterMs: number | null
}

/**
 * The tier that an order falls into: the highest that begins at its value or below; with a risk, the next one above that
 * asks for a person. What a person has edited is never approved by itself.
 *
 * @throws RangeError when no tier begins at the value or below
 */
export function tierOf(
  tiers: readonly ApprovalTier[],
  value: number,
  risks: readonly string[],
  isEdited: boolean,
): ApprovalTier {
  const ascending = [...tiers].sort((one, other) => one.fromValue - other.fromValue)
  const at = ascending.findLastIndex(({ fromValue }) => fromValue <= value)
  if (at < 0) {
    throw new RangeError(`approval tiers: no tier begins at ${value} or below; the lowest must begin at 0`)
  }
  const needsMore = risks.length > 0 || (isEdited && ascending[at]!.minimumApprovers === 0)
  if (!needsMore) return ascending[at]!
  return ascending.slice(at + 1).find(({ minimumApprovers }) => minimumApprovers > 0) ?? ascending[at]!
}

/** One approval: who gave it, and in whose right. */
export interface Approval {
  by: string
  /** The person whose role it rests on: the approver, or the person who made them a delegate. */
  right: string
}

/** How many different people have approved: one person, or one right, counts once. */
export const countApprovals = (approvals: readonly Approval[]): number =>
  Math.min(new Set(approvals.map(({ by }) => by)).size, new Set(approvals.map(({ right }) => right)).size)

/**
 * In whose right a person approves. A delegate acts in the right of the person who named them: no one who has a part in an
 * earlier approval, as a person or by their right, has a part in another one, and no one approves what they edited.
 *
 * @param rights whose roles allow `by` to approve; their own comes first
 * @returns the right, or why none is left
 */
export function rightToApprove(
  by: string,
  rights: readonly string[],
  approvals: readonly Approval[],
  editors: readonly string[],
): { right: string } | { reason: string } {
  const ownFirst = [...rights].sort((one, other) => Number(other === by) - Number(one === by))
  const reasons = ownFirst.map((right) => whyNot(by, right, approvals, editors))
  const at = reasons.indexOf(undefined)
  if (at >= 0) return { right: ownFirst[at]! }
  return { reason: reasons[0] ?? `${by} has no right to approve it` }
}

function whyNot(by: string, right: string, approvals: readonly Approval[], editors: readonly string[]) {
  if (editors.includes(by)) return `${by} has edited it: another person has to approve it`
  if (approvals.some((approval) => approval.by === by)) return `${by} has already approved it`
  const ofBy = approvals.find((approval) => approval.right === by)
  if (ofBy !== undefined) return `${ofBy.by} has already approved it on behalf of ${by}: another person has to`
  const inTheRight = `${by} would approve it on behalf of ${right}`
  if (editors.includes(right)) return `${inTheRight}, who has edited it: another person has to approve it`
  const used = approvals.find((approval) => approval.by === right || approval.right === right)
  if (used !== undefined) return `${inTheRight}, as ${used.by} has already done: another person has to`
  return undefined
}

/** What is known of a supplier's deliveries so far. */
export interface SupplierRecord {
  /** Order lines that were delivered or written off. */
  lines: number
  /** Share of the ordered units that came, from 0 to 1; null when nothing is known. */
  fill: number | null
  /** Share of deliveries on the expected day or before; null when nothing is known. */
  onTime: number | null
}

export interface RiskyLine {
  lineNo: number
  proposed: number
  quantity: number
}

/** With fewer lines a supplier's shares mean nothing. */
const LINES_MIN = 10
const FILL_MIN = 0.8
const ON_TIME_MIN = 0.5
/** An edit beyond this many times the proposal, or what was proposed as nothing at all. */
const RAISED_MAX = 2

/** Why more people should look at an order than its value requires; each a sentence. */
export function risksOf(lines: readonly RiskyLine[], supplier: SupplierRecord): string[] {
  const risks = lines
    .filter(({ proposed, quantity }) => quantity > proposed * RAISED_MAX)
    .map(({ lineNo, proposed, quantity }) => `line ${lineNo} was raised from ${proposed} to ${quantity}`)
  if (supplier.lines < LINES_MIN) return risks
  const percent = (share: number) => `${Math.round(share * 100)} %`
  if (supplier.fill !== null && supplier.fill < FILL_MIN) {
    risks.push(`the supplier delivered ${percent(supplier.fill)} of what was ordered`)
  }
  if (supplier.onTime !== null && supplier.onTime < ON_TIME_MIN) {
    risks.push(`the supplier was on time for ${percent(supplier.onTime)} of its deliveries`)
  }
  return risks
}
