/** Signing in on the command line by a code that a person confirms in the web application: RFC 8628. */

import { randomInt } from 'node:crypto'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { InvalidError, NotFoundError, UnavailableError } from '../errors.ts'
import { requireChoice, requireCount } from '../values.ts'
import type { Actor } from './actor.ts'
import { hashOfSecret, newSecret } from './secrets.ts'
import { type CreatedToken, createToken, TOKEN_DAYS_MAX } from './tokens.ts'

/** Seconds between two questions of a program. */
export const POLL_SECONDS = 5
const WAITING_FROM_ADDRESS_MAX = 20
const WAITING_MAX = 1_000
/** With `login of` before it, it is the name of a token. */
const CLIENT_CHARACTERS_MAX = 80
/** Letters that form no words and are not taken for others (RFC 8628, 6.1). */
const LETTERS = 'BCDFGHJKLMNPQRSTVWXZ'
/** Of a code that is pasted with other separators. */
const NOT_LETTERS = /[^A-Z]/g

export const loginScopes = ['all', 'read'] as const
export type LoginScope = (typeof loginScopes)[number]

export interface DeviceLogin {
  /** What the program asks with; kept nowhere. */
  deviceCode: string
  /** What the person confirms, such as `WDJB-MJHT`. */
  userCode: string
  /** Seconds. */
  expiresIn: number
}

/**
 * @param client what the program calls itself
 * @throws InvalidError when it calls itself nothing
 * @throws UnavailableError when too many wait
 */
export async function beginDeviceLogin(pool: Pool, client: string, address: string): Promise<DeviceLogin> {
  if (!/\S/.test(client) || client.length > CLIENT_CHARACTERS_MAX) {
    throw new InvalidError(`is not a text of 1 to ${CLIENT_CHARACTERS_MAX} characters`, {
      field: 'client_id',
      value: client,
    })
  }
  const letters = Array.from({ length: 8 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  const userCode = `${letters.slice(0, 4)}-${letters.slice(4)}`
  const deviceCode = newSecret()
  const { rows } = await pool.query<{ expiresIn: number }>(statement('access/devices/begin.sql'), [
    hashOfSecret(deviceCode),
    userCode,
    client,
    address,
    WAITING_FROM_ADDRESS_MAX,
    WAITING_MAX,
  ])
  if (rows[0] === undefined) {
    throw new UnavailableError('too many logins wait for their code', { fix: 'try again in ten minutes' })
  }
  return { deviceCode, userCode, expiresIn: rows[0].expiresIn }
}

export interface WaitingLogin {
  userCode: string
  client: string
  address: string
  createdAt: Date
}

/** @throws NotFoundError when no program waits with this code */
export async function readDeviceLogin(pool: Pool, code: string): Promise<WaitingLogin> {
  const { rows } = await pool.query<WaitingLogin>(
    `select user_code as "userCode", client, address, created_at as "createdAt"
     from ops.device_login where user_code = $1 and person is null and expires_at > clock_timestamp()`,
    [codeOf(code)],
  )
  if (rows[0] === undefined) throw new NotFoundError('code', code, { fix: 'the command line shows a new one' })
  return rows[0]
}

export interface LoginDecision {
  by: Actor
  isConfirmed: boolean
  scope: LoginScope
  /** How long the login lasts. */
  days: number
}

/** @returns what the program calls itself @throws NotFoundError when no program waits with this code */
export async function decideDeviceLogin(
  pool: Pool,
  code: string,
  { by, isConfirmed, scope, days }: LoginDecision,
): Promise<string> {
  requireChoice('scope', scope, loginScopes)
  requireCount('days', days, 1, TOKEN_DAYS_MAX)
  const { userCode, client } = await readDeviceLogin(pool, code)
  const { rowCount } = await pool.query(
    `update ops.device_login set person = $2, is_confirmed = $3, scope = $4, days = $5 where user_code = $1 and person is null`,
    [userCode, by, isConfirmed, scope, days],
  )
  if (rowCount === 0) throw new NotFoundError('code', code)
  return client
}

/** As RFC 8628 calls them. */
export type Refusal = 'authorization_pending' | 'slow_down' | 'access_denied' | 'expired_token' | 'invalid_grant'

interface AskedLogin {
  client: string
  person: Actor | null
  isConfirmed: boolean | null
  scope: LoginScope
  days: number
  isExpired: boolean
  isTooSoon: boolean
}

/**
 * The token of a login that was confirmed, once; else why there is none.
 *
 * @param actingAs a pool that speaks for the person who confirmed
 */
export async function collectDeviceLogin(
  pool: Pool,
  deviceCode: string,
  actingAs: (person: Actor) => Pool,
): Promise<CreatedToken | Refusal> {
  const hash = hashOfSecret(deviceCode)
  const { rows } = await pool.query<AskedLogin>(statement('access/devices/ask.sql'), [hash, POLL_SECONDS - 1])
  const [login] = rows
  if (login === undefined) return 'invalid_grant'
  const { client, person, isConfirmed, scope, days, isExpired, isTooSoon } = login
  if (isExpired) return 'expired_token'
  if (person === null) return isTooSoon ? 'slow_down' : 'authorization_pending'
  // Of two that ask at once one gets it.
  const { rowCount } = await pool.query('delete from ops.device_login where device_hash = $1', [hash])
  if (rowCount === 0) return 'invalid_grant'
  if (!isConfirmed) return 'access_denied'
  return createToken(actingAs(person), { person, name: `login of ${client}`, scopes: [scope], days }, person)
}

const codeOf = (text: string): string => {
  const letters = text.toUpperCase().replace(NOT_LETTERS, '')
  return `${letters.slice(0, 4)}-${letters.slice(4)}`
}
