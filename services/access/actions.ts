/** What people and programs have done in the web application, and what was refused. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireDayOrInstant } from '../values.ts'

export interface ActionFilter extends PageRequest {
  person?: string
  /** A part of the route, such as `orders`. */
  action?: string
  /** Done from here on: a day, which begins at midnight UTC, or an instant. */
  since?: string
  /** Only what was refused. */
  isRefused?: boolean
}

export interface WebAction {
  actionId: number
  at: Date
  person: string
  /** The method and the route, such as `POST /alerts/acknowledge`. */
  action: string
  /** `done`, why it was refused, or `not known`: it is under way, or its process ended first. */
  ended: string
  /** The token that it was done with; null: by the person in a browser. */
  token: string | null
  /** What was sent, without secrets. */
  detail: Record<string, unknown>
}

export interface BegunAction {
  person: string
  /** As in `WebAction`. */
  action: string
  /** What was sent, without secrets. */
  detail: object
}

/** Records an action before it is carried out. @param pool that speaks for the person @returns its number */
export async function beginAction(pool: Pool, { person, action, detail }: BegunAction): Promise<number> {
  const { rows } = await pool.query<{ id: number }>(
    'insert into ops.web_action (person, action, detail) values ($1, $2, $3) returning action_id as id',
    [person, action, JSON.stringify(detail)],
  )
  return rows[0]!.id
}

/** @param ended `done`, or why it was refused */
export async function endAction(pool: Pool, actionId: number, ended: string): Promise<void> {
  await pool.query('select ops.end_web_action($1, $2)', [actionId, ended])
}

/** The newest first. @throws InvalidError when a value of the filter is impossible */
export async function listActions(pool: Pool, filter: ActionFilter = {}): Promise<Page<WebAction>> {
  const { person, action, since, isRefused = false } = filter
  const limit = limitOf(filter)
  const { rows } = await pool.query<WebAction>(statement('access/list_actions.sql'), [
    person ?? null,
    action ?? null,
    since === undefined ? null : requireDayOrInstant('since', since),
    isRefused,
    limit + 1,
    ...keyBefore(filter, ['bigint']),
  ])
  return pageOf(rows, limit, ({ actionId }) => [String(actionId)])
}
