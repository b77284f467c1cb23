/** Signing in to the web application, and out. */

import { actingAs } from '../../platform/postgres/acting.ts'
import { type AuditedChange, recordAction, setActing } from '../../platform/postgres/audit.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ForbiddenError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { hashPassword, isPassword } from './passwords.ts'
import type { PersonRole } from './people.ts'
import { hashOfSecret, newSecret } from './secrets.ts'

/** Failed tries within 15 minutes, after which no more are taken. Many people may share an address. */
const FAILURES_OF_PERSON_MAX = 5
const FAILURES_OF_ADDRESS_MAX = 50

export interface Session {
  person: Actor
  role: PersonRole
  /** `all`, `store 367`, `region West`: at most 100. */
  sees: string[]
}

export interface Credentials {
  person: string
  password: string
  /** Where the try comes from, such as `192.0.2.7`. */
  address: string
}

/**
 * Signs a person in.
 *
 * @returns the token of the session, which is kept nowhere else
 * @throws ForbiddenError when the name or the password is wrong, or there were too many tries
 */
export async function signIn(pool: Pool, { person, password, address }: Credentials): Promise<string> {
  const name = person.trim().toLowerCase().slice(0, 63)
  await countTry(pool, name, address)
  const { rows } = await pool.query<{ hash: string | null }>(
    'select password_hash as hash from ref.person where person = $1 and disabled_at is null',
    [name],
  )
  if (!(await isPassword(password, rows[0]?.hash ?? null))) {
    const minutes = await lockedFor(pool, name, address)
    await recordRefusal(pool, name, address, { why: 'password', ...(minutes !== null && { locked_minutes: minutes }) })
    throw new ForbiddenError('The name or the password is wrong')
  }
  return startSession(pool, name, address)
}

/** A try of an unknown person. */
async function recordRefusal(pool: Pool, name: string, address: string, after: AuditedChange['after']): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query(setActing({ via: 'web', address }, true))
    await recordAction(client, { action: 'refuse_sign_in', object: 'session', id: name, ...(after && { after }) })
  })
}

export interface Vouched {
  /** The name of the person. */
  person: string
  /** Where the try comes from, such as `192.0.2.7`. */
  address: string
  /** Roles that the identity provider gives them; left out: it gives none, and that of the person counts. */
  roles?: readonly string[]
}

/**
 * Signs a person in after an identity provider has confirmed who they are. It can't give them a role: they have the one they were added with.
 *
 * @returns the token of the session, which is kept nowhere else
 * @throws ForbiddenError when no person of that name may sign in, or their role is not among those that the provider gives
 */
export async function signInVouched(pool: Pool, { person, address, roles }: Vouched): Promise<string> {
  const name = person.trim().toLowerCase().slice(0, 63)
  const { rows } = await pool.query<{ role: PersonRole }>(
    'select role from ref.person where person = $1 and disabled_at is null',
    [name],
  )
  const role = rows[0]?.role
  const isRefused = role === undefined || (roles !== undefined && !roles.includes(role))
  if (isRefused) await recordRefusal(pool, name, address, { why: role === undefined ? 'unknown' : 'group' })
  if (role === undefined) {
    throw new ForbiddenError(`${name} may not sign in to Shelfline`, { fix: 'an administrator adds people' })
  }
  if (roles !== undefined && !roles.includes(role)) {
    throw new ForbiddenError(`${name} has no group that gives the role ${role}`, {
      fix: 'an administrator of the identity provider adds them to one',
    })
  }
  return startSession(pool, name, address)
}

/** @returns the token of a new session of a person who has shown who they are, at a client's address */
export async function startSession(pool: Pool, person: string, address: string): Promise<string> {
  const token = newSecret()
  const acting = actingAs(pool, person, { acting: { via: 'web', proof: 'session', address } })
  await inTransaction(acting, async (client) => {
    await client.query(statement('access/people/start_session.sql'), [hashOfSecret(token), person])
    await recordAction(client, { action: 'sign_in', object: 'session', id: person })
  })
  return token
}

/**
 * A try counts before it is looked at, one after the other, so that many at once are no way around the limit.
 *
 * @param address null: of a person who is signed in
 * @throws ForbiddenError when there were too many
 */
async function countTry(pool: Pool, person: string, address: string | null): Promise<void> {
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`sign-in ${person}`])
    const minutes = await lockedFor(client, person, address)
    if (minutes !== null) {
      throw new ForbiddenError('Too many failed sign-ins', { fix: `try again in ${minutes} min` })
    }
    await client.query('insert into ops.sign_in_failure (person, address) values ($1, $2)', [person, address])
  })
}

/** In how many minutes a try is taken again; null: now. */
async function lockedFor(
  database: Pick<PoolClient, 'query'>,
  person: string,
  address: string | null,
): Promise<number | null> {
  const limits = [FAILURES_OF_PERSON_MAX, FAILURES_OF_ADDRESS_MAX]
  const values = [person, address, ...limits]
  const { rows } = await database.query<{ minutes: number | null }>(
    statement('access/people/count_failures.sql'),
    values,
  )
  return rows[0]!.minutes
}

/** Whose session a token is; undefined: it has ended, or never was. */
export async function readSession(pool: Pool, token: string): Promise<Session | undefined> {
  const text = statement('access/people/read_session.sql')
  return (await pool.query<Session>({ name: 'read_session', text, values: [hashOfSecret(token)] })).rows[0]
}

export async function signOut(pool: Pool, token: string): Promise<void> {
  await pool.query('delete from ops.web_session where token_hash = $1', [hashOfSecret(token)])
}

/** Ends all sessions of a person. @returns how many */
export async function signOutEverywhere(pool: Pool, person: string): Promise<number> {
  return (await pool.query('delete from ops.web_session where person = $1', [person])).rowCount!
}

export interface PasswordChange {
  person: string
  /** The one until now. */
  current: string
  wanted: string
  /** Of the session that asks: it stays, all others of the person end. */
  token: string
}

/**
 * @param pool that speaks for the person
 * @throws ForbiddenError when the password until now is wrong, or there were too many tries
 * @throws InvalidError when the new one is too short or too long
 */
export async function changePassword(pool: Pool, { person, current, wanted, token }: PasswordChange): Promise<void> {
  await countTry(pool, person, null)
  const { rows } = await pool.query<{ hash: string | null }>(
    'select password_hash as hash from ref.person where person = $1',
    [person],
  )
  if (!(await isPassword(current, rows[0]?.hash ?? null))) throw new ForbiddenError('The current password is wrong')
  await pool.query(statement('access/people/set_password.sql'), [
    person,
    await hashPassword(wanted),
    hashOfSecret(token),
  ])
}
