/** What people and programs have done in the web application, and what was refused. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireDayOrInstant } from '../values.ts'

export interface AuditFilter extends PageRequest {
  person?: string
  /** A part of the route, such as `orders`. */
  action?: string
  /** Done from here on: a day, which begins at midnight UTC, or an instant. */
  since?: string
  /** Only what was refused. */
  isRefused?: boolean
}

export interface AuditedAction {
  actionId: number
  at: Date
  person: string
  /** The method and the route, such as `POST /alerts/acknowledge`. */
  action: string
  /** `done`, or why it was refused. */
  ended: string
  /** The token that it was done with; null: by the person in a browser. */
  token: string | null
  /** What was sent, without secrets. */
  detail: Record<string, unknown>
}

/** The newest first. @throws InvalidError when a value of the filter is impossible */
export async function listActions(pool: Pool, filter: AuditFilter = {}): Promise<Page<AuditedAction>> {
  const { person, action, since, isRefused = false } = filter
  const limit = limitOf(filter)
  const { rows } = await pool.query<AuditedAction>(statement('access/list_actions.sql'), [
    person ?? null,
    action ?? null,
    since === undefined ? null : requireDayOrInstant('since', since),
    isRefused,
    limit + 1,
    ...keyBefore(filter, 1),
  ])
  return pageOf(rows, limit, ({ actionId }) => [String(actionId)])
}
