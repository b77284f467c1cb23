/** Markdowns of lots near their expiry: what is planned for a day, why, and what people decide about deeper ones. */

import type { MarkdownExplanation } from '../../activities/pricing/markdowns.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, ForbiddenError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireChoice, requireDate, requireWhy } from '../values.ts'

export const markdownStates = ['automatic', 'proposed', 'approved', 'denied'] as const
export type MarkdownState = (typeof markdownStates)[number]

export interface MarkdownFilter extends PageRequest {
  store?: string
  state?: MarkdownState
  /** The store's day, YYYY-MM-DD. */
  day?: string
  /** Also shelves that were left as they are. */
  all?: boolean
}

export interface ListedMarkdown {
  /** YYYY-MM-DD */
  day: string
  store: string
  product: string
  productName: string
  /** Per cent of the list price, decimal text. */
  percent: string
  /** What is expected to earn most; deeper where it was not approved. */
  bestPercent: string
  state: MarkdownState
  /** Decimal text: units of lots near their expiry. */
  nearUnits: string
  /** When the last of them expires, YYYY-MM-DD. */
  lastExpiresOn: string
  decidedBy: string | null
}

/**
 * Plans of markdowns, the newest day first.
 *
 * @throws InvalidError when a value of the filter is impossible
 */
export async function listMarkdowns(pool: Pool, filter: MarkdownFilter = {}): Promise<Page<ListedMarkdown>> {
  const { store, state, day, all = false } = filter
  if (state !== undefined) requireChoice('state', state, markdownStates)
  if (day !== undefined) requireDate('day', day)
  const limit = limitOf(filter)
  const { rows } = await pool.query<ListedMarkdown>(statement('pricing/list_plans.sql'), [
    store ?? null,
    state ?? null,
    day ?? null,
    !all,
    limit + 1,
    ...keyBefore(filter, ['date', 'text', 'text']),
  ])
  return pageOf(rows, limit, (row) => [row.day, row.store, row.product])
}

export interface MarkdownDetails extends ListedMarkdown {
  plannedAt: Date
  explanation: MarkdownExplanation
  decidedAt: Date | null
  decidedWhy: string | null
  /** Whether the person that it was read for may decide about it. */
  mayDecide: boolean
}

export interface MarkdownKey {
  store: string
  product: string
  /** YYYY-MM-DD; left out: the newest. */
  day?: string
}

/**
 * A plan with its explanation.
 *
 * @param person for `mayDecide`
 * @throws NotFoundError when there is none, or the reader does not see the store
 */
export async function readMarkdown(
  pool: Pool,
  { store, product, day }: MarkdownKey,
  person = '',
): Promise<MarkdownDetails> {
  if (day !== undefined) requireDate('day', day)
  const values = [store, product, day ?? null, person]
  const { rows } = await pool.query<MarkdownDetails>(statement('pricing/read_plan.sql'), values)
  if (rows[0] === undefined) {
    throw new NotFoundError('markdown', `${product} in store ${store}${day === undefined ? '' : ` on ${day}`}`)
  }
  return rows[0]
}

export interface MarkdownDecision {
  by: Actor
  why: string
}

/**
 * Lets the deeper markdown hold within ten minutes. Approving it again changes nothing.
 *
 * @throws NotFoundError when there is no plan
 * @throws ConflictError when it does not wait for a decision, or its day is over
 * @throws ForbiddenError when the person has no role for the store or its warehouse
 */
export const approveMarkdown = (pool: Pool, key: MarkdownKey, decision: MarkdownDecision): Promise<MarkdownDetails> =>
  decide(pool, key, 'approved', decision)

/** Keeps to what needs no approval for the rest of the day. @throws as `approveMarkdown` */
export const denyMarkdown = (pool: Pool, key: MarkdownKey, decision: MarkdownDecision): Promise<MarkdownDetails> =>
  decide(pool, key, 'denied', decision)

async function decide(
  pool: Pool,
  key: MarkdownKey,
  verdict: 'approved' | 'denied',
  { by, why }: MarkdownDecision,
): Promise<MarkdownDetails> {
  requireWhy(why)
  const { store, product, day } = await readMarkdown(pool, key)
  const { rowCount } = await pool.query(statement('pricing/decide_plan.sql'), [store, product, day, verdict, by, why])
  const plan = await readMarkdown(pool, { store, product, day }, by)
  if (rowCount === 1 || (plan.state === verdict && plan.decidedBy === by)) return plan
  const what = `the markdown of ${product} in store ${store} on ${day}`
  if (plan.state !== 'proposed')
    throw new ConflictError(`${what} is ${plan.state}`, { fix: 'only a proposed one can be approved or denied' })
  if (plan.mayDecide) throw new ConflictError(`${what} is over`, { fix: 'only one of today can be approved or denied' })
  throw new ForbiddenError(`${by} has no role for store ${store} or its warehouse`, {
    fix: `\`shelfline orders approver ${by} --role buyer --location ${store}\` gives one`,
  })
}
