/** Routes: who is notified of what, and how. */

import {
  deliver,
  type Message,
  openedRoute,
  type Senders,
  sealedRoute,
} from '../../activities/notifications/channels.ts'
import type { Notice } from '../../activities/notifications/message.ts'
import { isTimeZone } from '../../contracts/time-zones.ts'
import { inTransaction, type Pool, rehearse } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { Vault } from '../../platform/vault.ts'
import type { Actor } from '../access/actor.ts'
import { type Severity, severities } from '../alerts/alerts.ts'
import { InvalidError, NotFoundError, UnavailableError } from '../errors.ts'
import { requireChoice } from '../values.ts'

export const channels = ['email', 'teams', 'slack', 'webhook'] as const
export const notificationKinds = ['alert', 'approval', 'summary', 'review'] as const

export type Channel = (typeof channels)[number]
export type NotificationKind = (typeof notificationKinds)[number]

const ROUTES_MAX = 1_000
const NAME = /^[^\s/]{1,100}$/
/** Where there is no secret and every address can be read by those who may decide. */
type Secret = { secret: string | null }

export interface Route {
  route: string
  channel: Channel
  /** An e-mail address, or the URL to post to. In what is read, a URL without its path, which lets anyone who has it post. */
  address: string
  /** What the receiver is responsible for: which alerts concern them, which orders they approve. */
  role: string
  /** Stores and warehouses; null: all. */
  stores: string[] | null
  kinds: NotificationKind[]
  minimumSeverity: Severity
  /** At once from this severity, below it in the digest. */
  immediateFrom: Severity
  /** Times of day, HH:MM, between which only critical alerts are sent; null: none. */
  quietFrom: string | null
  quietUntil: string | null
  /** Time of day of digest, summary and review, HH:MM. */
  digestAt: string
  /** IANA zone of these times. */
  timeZone: string
  changedBy: string
}

/** At most 1,000, by name. */
export async function listRoutes(open: KeptRoutes): Promise<Route[]> {
  return (await readRoutes(open)).map(withoutSecrets)
}

/** Where routes are kept, and what their secrets are encrypted with. */
export interface KeptRoutes {
  pool: Pool
  vault: Vault
}

async function readRoutes({ pool, vault }: KeptRoutes, name?: string): Promise<(Route & Secret)[]> {
  const values = [name ?? null, ROUTES_MAX]
  const { rows } = await pool.query<Route & Secret>(statement('notifications/read_routes.sql'), values)
  return rows.map((row) => ({ ...row, ...openedRoute(vault, row.route, row) }))
}

async function readRoute(open: KeptRoutes, name: string): Promise<Route & Secret> {
  const [route] = await readRoutes(open, name)
  if (route === undefined) throw new NotFoundError('route', name)
  return route
}

function withoutSecrets({ secret, ...route }: Route & Secret): Route {
  return route.channel === 'email' ? route : { ...route, address: `${new URL(route.address).origin}/…` }
}

export interface RouteRequest extends Omit<Route, 'stores' | 'quietFrom' | 'quietUntil' | 'changedBy'> {
  /** For a webhook: what it is signed with, `whsec_…` of Standard Webhooks. */
  secret?: string
  stores?: readonly string[]
  quietFrom?: string
  quietUntil?: string
}

/**
 * Makes a route, or replaces it.
 *
 * @throws InvalidError naming the value that is impossible; nothing was changed
 */
export async function setRoute({ pool, vault }: KeptRoutes, wanted: RouteRequest, by: Actor): Promise<Route> {
  requireRoute(wanted)
  await requireRole(pool, wanted.role)
  const { route, channel, address, secret, role, stores, kinds, quietFrom, quietUntil } = wanted
  const sealed = sealedRoute(vault, route, { channel, address, secret: secret ?? null })
  await pool.query(statement('notifications/set_route.sql'), [
    route,
    channel,
    sealed.address,
    sealed.secret,
    role,
    stores ?? null,
    [...new Set(kinds)],
    wanted.minimumSeverity,
    wanted.immediateFrom,
    quietFrom ?? null,
    quietUntil ?? null,
    wanted.digestAt,
    wanted.timeZone,
    by,
  ])
  return withoutSecrets(await readRoute({ pool, vault }, route))
}

/** @throws InvalidError naming the value that is impossible */
export function requireRoute(wanted: RouteRequest): void {
  const { route, kinds, stores, quietFrom, quietUntil, timeZone } = wanted
  if (!NAME.test(route))
    throw new InvalidError('is not a name of 1 to 100 characters without spaces', { field: 'route', value: route })
  requireChoice('channel', wanted.channel, channels)
  requireChoice('minimumSeverity', wanted.minimumSeverity, severities)
  requireChoice('immediateFrom', wanted.immediateFrom, severities)
  for (const kind of kinds) requireChoice('kinds', kind, notificationKinds)
  if (kinds.includes('summary') && (stores === undefined || stores.length === 0)) {
    throw new InvalidError('a summary needs stores', { fix: 'give the stores of the route' })
  }
  requireTime('digestAt', wanted.digestAt)
  if (
    (quietFrom === undefined) !== (quietUntil === undefined) ||
    (quietFrom !== undefined && quietFrom === quietUntil)
  ) {
    throw new InvalidError('quiet hours need two different times', { fix: 'give when they begin and when they end' })
  }
  if (quietFrom !== undefined) requireTime('quietFrom', quietFrom)
  if (quietUntil !== undefined) requireTime('quietUntil', quietUntil)
  if (!isTimeZone(timeZone)) {
    throw new InvalidError('is not UTC or an IANA time zone with its area, such as Europe/London', {
      field: 'timeZone',
      value: timeZone,
    })
  }
  requireAddress(wanted)
}

function requireAddress({ channel, address, secret }: RouteRequest): void {
  if (channel === 'email') {
    const isAddress = /^[^\s@<>]+@[^\s@<>]+$/.test(address)
    if (!isAddress) throw new InvalidError('is not an e-mail address', { field: 'address', value: address })
  } else if (!URL.canParse(address) || !['http:', 'https:'].includes(new URL(address).protocol)) {
    // Its value may hold a secret.
    throw new InvalidError(`is not a URL of http or https, which ${channel} needs`, { field: 'address' })
  }
  if (channel !== 'webhook') {
    if (secret !== undefined) throw new InvalidError(`is for webhooks, not for ${channel}`, { field: 'secret' })
  } else if (secret === undefined || !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
    throw new InvalidError('is not whsec_ and at least 24 bytes in base64, which a webhook needs', { field: 'secret' })
  }
}

function requireTime(field: string, value: string): void {
  if (/^([01]\d|2[0-3]):[0-5]\d$/.test(value)) return
  throw new InvalidError('is not a time of day (HH:MM)', { field, value })
}

/** Alerts or approvals concern a role. */
async function requireRole(pool: Pool, role: string): Promise<void> {
  const { rows } = await pool.query<{ role: string }>(
    'select role from ref.alert_audience union select role from ref.approval_tier where role is not null order by role',
  )
  requireChoice(
    'role',
    role,
    rows.map((row) => row.role),
  )
}

/**
 * Removes a route and all its messages, also those that were sent.
 *
 * @param dryRun changes nothing
 * @returns how many messages
 * @throws NotFoundError when there is no such route
 */
export async function removeRoute(
  pool: Pool,
  name: string,
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<{ messages: number }> {
  const { rowCount } = await pool.query('select from ref.notification_route where route_id = $1', [name])
  if (rowCount === 0) throw new NotFoundError('route', name)
  const run = dryRun ? rehearse : inTransaction
  return run(pool, async (client) => {
    const { rowCount: messages } = await client.query('delete from ops.notification where route_id = $1', [name])
    await client.query('delete from ref.notification_route where route_id = $1', [name])
    return { messages: messages! }
  })
}

export type RouteDependencies = KeptRoutes & Senders

export interface SentTest {
  route: string
  notificationId: string
  status: 'sent'
}

/**
 * Sends a message by a route now.
 *
 * @throws NotFoundError when there is no such route
 * @throws UnavailableError when the receiver did not accept it, with its answer
 */
export async function testRoute({ pool, ...senders }: RouteDependencies, name: string, by: Actor): Promise<SentTest> {
  const route = await readRoute({ pool, vault: senders.vault }, name)
  const notice: Notice = { kind: 'test', content: { by } }
  const { rows } = await pool.query<Omit<Message, keyof Notice>>(statement('notifications/record_test.sql'), [
    name,
    notice.content,
  ])
  const { notificationId } = rows[0]!
  const delivery = await deliver(senders, { ...route, routeId: name }, { ...notice, ...rows[0]! })
  const [status, error] = delivery.kind === 'accepted' ? ['sent', null] : ['dead', delivery.reason]
  await pool.query(statement('notifications/settle.sql'), [notificationId, status, error, 0])
  if (delivery.kind !== 'accepted')
    throw new UnavailableError(`a test by route ${name} was not accepted: ${delivery.reason}`)
  return { route: name, notificationId, status: 'sent' }
}
