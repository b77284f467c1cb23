/** Transfers between locations: what a plan proposed in place of buying, and what people decide about it. */

import type { StoredTransfer } from '../../activities/replenishment/transfers.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, ForbiddenError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice } from '../values.ts'

export const transferStates = ['proposed', 'approved', 'denied', 'expired', 'shipped', 'received'] as const
export type TransferState = (typeof transferStates)[number]

export interface TransferFilter extends PageRequest {
  state?: TransferState
  /** Only those that it gives or takes. */
  location?: string
}

export interface ListedTransfer {
  transferId: string
  /** The day of the plan that proposed it, YYYY-MM-DD. */
  reviewDate: string
  productName: string
  from: string
  to: string
  /** Decimal text, units. */
  quantity: string
  /** Decimal text: the money by which the expected costs of both locations fall, moving paid. */
  gain: string
  currency: string
  state: TransferState
  decidedBy: string | null
  expiresAt: Date
  arrivesAt: Date | null
}

/**
 * Transfers, the newest first.
 *
 * @throws InvalidError when a value of the filter is impossible
 */
export async function listTransfers(pool: Pool, filter: TransferFilter = {}): Promise<Page<ListedTransfer>> {
  const { state, location } = filter
  if (state !== undefined) requireChoice('state', state, transferStates)
  const limit = limitOf(filter)
  const values = [state ?? null, location ?? null, limit + 1, ...keyBefore(filter, ['date', 'text'])]
  const { rows } = await pool.query<ListedTransfer>(statement('replenishment/list_transfers.sql'), values)
  return pageOf(rows, limit, ({ reviewDate, transferId }) => [reviewDate, transferId])
}

/** Transfers that a person may decide about now, the largest gain first: at most `limit`. */
export async function listTransfersToDecide(pool: Pool, person: string, limit: number): Promise<ListedTransfer[]> {
  const file = 'replenishment/list_transfers_to_decide.sql'
  return (await pool.query<ListedTransfer>(statement(file), [person, limit])).rows
}

export interface TransferDetails extends Omit<ListedTransfer, 'productName'> {
  productId: string
  shippedQuantity: string
  /** Only lots that expire on this day or later are moved, YYYY-MM-DD. */
  goodUntil: string | null
  explanation: StoredTransfer
  createdAt: Date
  decidedAt: Date | null
  reasonCode: string | null
  reason: string | null
  shippedAt: Date | null
  closedAt: Date | null
  /** Whether the person that it was read for may decide about it. */
  mayDecide: boolean
  lots: TransferLot[]
}

export interface TransferLot {
  batchId: string | null
  expiresOn: string | null
  quantity: string
  hasArrived: boolean
}

/**
 * A transfer with its explanation and the lots that were moved.
 *
 * @param person for `mayDecide`
 * @throws NotFoundError when there is no such transfer
 */
export async function readTransfer(pool: Pool, id: string, person = ''): Promise<TransferDetails> {
  const { rows } = await pool.query<TransferDetails>(statement('replenishment/read_transfer.sql'), [id, person])
  if (rows[0] === undefined) throw new NotFoundError('transfer', id)
  return rows[0]
}

export interface TransferApproval {
  by: Actor
}

export interface TransferDenial extends TransferApproval {
  /** Of `ref.edit_reason`. */
  reasonCode: string
  why?: string
}

/**
 * Lets the goods go; they leave within a minute. Approving it again changes nothing.
 *
 * @throws NotFoundError when there is no such transfer
 * @throws ConflictError when it no longer waits for a decision
 * @throws ForbiddenError when the person has no role for either location
 */
export const approveTransfer = (pool: Pool, id: string, { by }: TransferApproval): Promise<TransferDetails> =>
  decide(pool, id, 'approved', [by, null, null])

/**
 * Keeps the goods where they are; for a week what is needed is bought. Denying it again changes nothing.
 *
 * @throws InvalidError when the reason code is unknown; else as `approveTransfer`
 */
export async function denyTransfer(
  pool: Pool,
  id: string,
  { by, reasonCode, why }: TransferDenial,
): Promise<TransferDetails> {
  await requireReason(pool, reasonCode)
  return decide(pool, id, 'denied', [by, reasonCode, why ?? null])
}

async function decide(
  pool: Pool,
  id: string,
  verdict: 'approved' | 'denied',
  [by, ...reasons]: [by: Actor, reasonCode: string | null, why: string | null],
): Promise<TransferDetails> {
  const { rowCount } = await pool.query(statement('replenishment/decide_transfer.sql'), [id, verdict, by, ...reasons])
  const transfer = await readTransfer(pool, id, by)
  const { state, decidedBy, from, to } = transfer
  if (rowCount === 1 || (state === verdict && decidedBy === by)) return transfer
  if (state !== 'proposed')
    throw new ConflictError(`${id} is ${state}`, { fix: 'only a proposed transfer can be approved or denied' })
  throw new ForbiddenError(`${by} has no role for ${from} or ${to}`, {
    fix: `\`shelfline orders approver ${by} --role buyer --location ${from}\` gives one`,
  })
}

async function requireReason(pool: Pool, reasonCode: string): Promise<void> {
  const { rows } = await pool.query<{ code: string }>('select reason_code as code from ref.edit_reason order by 1')
  requireChoice(
    'reasonCode',
    reasonCode,
    rows.map(({ code }) => code),
  )
}
