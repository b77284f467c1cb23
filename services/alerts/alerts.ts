/** Alerts: what the rules found, and what people decide about it. */

import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Actor } from '../access/actor.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { type CountedPage, countedPageOf, keyBefore, limitOf, type PageRequest, type Placed } from '../pages.ts'
import { requireChoice, requireCount, requireInstant } from '../values.ts'

export const severities = ['info', 'warning', 'critical'] as const
export const alertStatuses = ['open', 'acknowledged', 'snoozed', 'resolved'] as const

export type Severity = (typeof severities)[number]
export type AlertStatus = (typeof alertStatuses)[number]

/** Alerts that are decided about at once. */
const ALERTS_MAX = 1_000
const MINUTES_MAX = 365 * 24 * 60

export interface AlertFilter extends PageRequest {
  /** A store, or one of those in an alert of its warehouse. */
  store?: string
  /** A rule of `ops.alert_rule`. */
  type?: string
  severity?: Severity
  /** Left out: open and acknowledged. */
  statuses?: readonly AlertStatus[]
}

export interface ListedAlert {
  alert_id: number
  alert_type: string
  store_id: string
  product_id: string | null
  product: string | null
  severity: Severity
  /** Money, decimal text, in the store's currency; null: not known. */
  impact: string | null
  currency: string | null
  message: string
  /** Number of causes in it. */
  members: number
  status: AlertStatus
  status_by: string | null
  first_seen: Date
  last_seen: Date
  time_zone: string
}

export type AlertPage = CountedPage<ListedAlert>

/**
 * Alerts that match, the worst and dearest first.
 *
 * @throws InvalidError when a value of the filter is impossible
 */
export async function listAlerts(pool: Pool, filter: AlertFilter = {}): Promise<AlertPage> {
  const { store, type, severity, statuses = ['open', 'acknowledged'] } = filter
  if (type !== undefined) await requireType(pool, type)
  if (severity !== undefined) requireChoice('severity', severity, severities)
  for (const status of statuses) requireChoice('status', status, alertStatuses)
  const limit = limitOf(filter)
  const { rows } = await pool.query<ListedAlert & Placed>(statement('alerts/actions/list_alerts.sql'), [
    store ?? null,
    type ?? null,
    severity ?? null,
    statuses,
    limit + 1,
    ...keyBefore(filter, ['integer', 'numeric', 'timestamptz', 'bigint']),
  ])
  return countedPageOf(rows, limit)
}

async function requireType(pool: Pool, type: string): Promise<void> {
  const { rows } = await pool.query<{ alert_type: string }>('select alert_type from ops.alert_rule order by position')
  requireChoice(
    'type',
    type,
    rows.map(({ alert_type }) => alert_type),
  )
}

export interface Alert extends ListedAlert {
  meaning: string
  store: string | null
  /** What the rule found, by name. */
  evidence: Record<string, unknown>
  /** Decimal text, units. */
  recommended_quantity: string | null
  status_why: string | null
  snoozed_until: Date | null
  resolved_at: Date | null
  /** The oldest first; instants are ISO 8601. */
  actions: { action: string; by: string; why: string; until: string | null; at: string }[]
}

/** @throws NotFoundError when there is no such alert */
export async function readAlert(pool: Pool, alertId: number): Promise<Alert> {
  const [alert] = await readAlerts(pool, [alertId])
  if (alert === undefined) throw new NotFoundError('alert', alertId)
  return alert
}

async function readAlerts(pool: Pool, alertIds: readonly number[]): Promise<Alert[]> {
  return (await pool.query<Alert>(statement('alerts/actions/read_alerts.sql'), [alertIds])).rows
}

/** Who decides, and why. */
export interface AlertDecision {
  by: Actor
  why: string
}

/**
 * Marks alerts as taken care of by a person: all of them or none. They close when their cause ends.
 *
 * @param alertIds 1 to 1,000
 * @returns the alerts as they are now
 * @throws NotFoundError, or ConflictError when one is resolved already; nothing was changed
 */
export const acknowledgeAlerts = (pool: Pool, alertIds: readonly number[], decision: AlertDecision): Promise<Alert[]> =>
  act(pool, alertIds, 'acknowledged', decision, null)

/** Until when: an instant (ISO 8601), or minutes from now. */
export type Snooze = { until: string } | { minutes: number }

/**
 * Hides alerts for a while; else as `acknowledgeAlerts`.
 *
 * @throws InvalidError when the end is impossible or in the past
 */
export async function snoozeAlerts(
  pool: Pool,
  alertIds: readonly number[],
  decision: AlertDecision,
  snooze: Snooze,
): Promise<Alert[]> {
  return act(pool, alertIds, 'snoozed', decision, await endOf(pool, snooze))
}

/** Only the database knows what time it is for the business. */
async function endOf(pool: Pool, snooze: Snooze): Promise<Date> {
  if ('minutes' in snooze) requireCount('minutes', snooze.minutes, 1, MINUTES_MAX)
  else requireInstant('until', snooze.until)
  const { rows } = await pool.query<{ now: Date; end: Date }>(
    'select ops.now() as now, coalesce($1::timestamptz, ops.now() + make_interval(mins => $2)) as end',
    ['until' in snooze ? snooze.until : null, 'minutes' in snooze ? snooze.minutes : null],
  )
  const { now, end } = rows[0]!
  if (end > now) return end
  throw new InvalidError('has passed', { field: 'until', value: end.toISOString(), fix: 'give an instant to come' })
}

/** Closes alerts; one whose cause still holds opens again. Else as `acknowledgeAlerts`. */
export const resolveAlerts = (pool: Pool, alertIds: readonly number[], decision: AlertDecision): Promise<Alert[]> =>
  act(pool, alertIds, 'resolved', decision, null)

async function act(
  pool: Pool,
  alertIds: readonly number[],
  status: Exclude<AlertStatus, 'open'>,
  { by, why }: AlertDecision,
  until: Date | null,
): Promise<Alert[]> {
  requireCount('alerts', alertIds.length, 1, ALERTS_MAX)
  const { rows } = await pool.query<{ alert_id: number; acted: boolean; exists: boolean }>(
    statement('alerts/actions/act_on_alerts.sql'),
    [alertIds, status, by, why, until],
  )
  const missing = rows.filter(({ exists }) => !exists).map(({ alert_id }) => alert_id)
  if (missing.length > 0) throw new NotFoundError('alert', missing.join(', '))
  const resolved = rows.filter(({ acted }) => !acted).map(({ alert_id }) => alert_id)
  if (resolved.length > 0)
    throw new ConflictError(`alert ${resolved.join(', ')} is resolved already; nothing was changed`)
  return readAlerts(pool, alertIds)
}

/** A time that was not as usual, such as a flood or a strike. */
export interface Incident {
  /** Left out: all stores. */
  store?: string
  /** ISO 8601. */
  from: string
  until: string
}

/**
 * Records an incident, so that no baseline is made from it.
 *
 * @throws InvalidError when an instant is impossible, or they are not in order
 */
export async function recordIncident(
  pool: Pool,
  { store, from, until }: Incident,
  { by, why }: AlertDecision,
): Promise<{ incident_id: number }> {
  requireInstant('from', from)
  requireInstant('until', until)
  if (Date.parse(from) >= Date.parse(until)) {
    throw new InvalidError(`is not after ${from}`, {
      field: 'until',
      value: until,
      fix: 'give the earlier instant first',
    })
  }
  if (store !== undefined) await requireStore(pool, store)
  const values = [store ?? null, from, until, why, by]
  const { rows } = await pool.query<{ incident_id: number }>(statement('alerts/actions/tag_incident.sql'), values)
  return rows[0]!
}

async function requireStore(pool: Pool, store: string): Promise<void> {
  const { rowCount } = await pool.query('select from ref.stores where store_id = $1', [store])
  if (rowCount === 0) {
    throw new InvalidError('is unknown', { field: 'store', value: store, fix: 'send it on store_catalog first' })
  }
}
