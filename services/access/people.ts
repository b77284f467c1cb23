/** People who may sign in to the web application. */

import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireChoice } from '../values.ts'
import { grantAccess, type Scope } from './access.ts'
import { type Actor, SHELFLINE } from './actor.ts'
import { hashPassword, newPassword } from './passwords.ts'

export const personRoles = [
  'store_manager',
  'regional_manager',
  'buyer',
  'planner',
  'data_engineer',
  'executive',
  'administrator',
] as const
export type PersonRole = (typeof personRoles)[number]

const PEOPLE_MAX = 1_000
const NAME = /^[a-z0-9][a-z0-9._@-]{0,62}$/

export interface NewPerson {
  /** Lower-case letters, digits and `._@-`, at most 63. */
  person: string
  role: PersonRole
  /** The stores that they see; left out: everything, which a store or regional manager may not. */
  scopes?: readonly Scope[]
}

/**
 * Adds a person who may sign in.
 *
 * @returns the password, which is kept nowhere
 * @throws InvalidError when a value is impossible, a store or region is unknown, or a manager has no scope
 * @throws ConflictError when the name is taken, by a person or by a login of PostgreSQL; nothing was changed
 */
export async function addPerson(
  pool: Pool,
  { person, role, scopes = [] }: NewPerson,
  by: Actor,
): Promise<{ person: string; role: PersonRole; password: string }> {
  if (!NAME.test(person)) {
    const fix = 'use lower-case letters, digits and . _ @ -, at most 63'
    throw new InvalidError('is not a name', { field: 'person', value: person, fix })
  }
  requireChoice('role', role, personRoles)
  const password = newPassword()
  const hash = await hashPassword(password)
  await inTransaction(pool, async (client) => {
    const { rowCount } = await client.query(statement('access/people/add.sql'), [person, role, hash, by])
    if (rowCount === 0) {
      throw new ConflictError(`${person} is taken, by a person or by a login of PostgreSQL`, {
        fix: 'use another name',
      })
    }
    await grantAccess(client, person, scopesFor(role, scopes))
  })
  return { person, role, password }
}

/** The first person of an instance, an administrator; undefined: there is a person already. */
export async function addFirstPerson(pool: Pool): Promise<{ person: string; password: string } | undefined> {
  const { rows } = await pool.query<{ is_empty: boolean }>('select not exists (select from ref.person) as is_empty')
  return rows[0]!.is_empty ? addPerson(pool, { person: 'admin', role: 'administrator' }, SHELFLINE) : undefined
}

function scopesFor(role: PersonRole, scopes: readonly Scope[]): readonly Scope[] {
  if (scopes.length > 0) return scopes
  const needed = { store_manager: 'store', regional_manager: 'region' }[role as string]
  if (needed === undefined) return [{ scope: 'all', store: null, region: null }]
  throw new InvalidError(`a ${role.replace('_', ' ')} sees no ${needed} yet`, { fix: `give at least one ${needed}` })
}

export interface Person {
  person: string
  role: PersonRole
  /** `all`, `store 367`, `region West`. */
  sees: string[]
  sessions: number
  createdAt: Date
  createdBy: string
  disabledAt: Date | null
}

/** At most 1,000. */
export const listPeople = (pool: Pool): Promise<Person[]> => readPeople(pool, null)

/** @throws NotFoundError */
export async function readPerson(pool: Pool, name: string): Promise<Person> {
  const [person] = await readPeople(pool, name)
  if (person === undefined) throw new NotFoundError('person', name)
  return person
}

const readPeople = async (pool: Pool, name: string | null): Promise<Person[]> =>
  (await pool.query<Person>(statement('access/people/list.sql'), [PEOPLE_MAX, name])).rows

/**
 * Gives a person a new password and signs them out everywhere.
 *
 * @returns the password, which is kept nowhere
 * @throws NotFoundError
 */
export async function resetPassword(pool: Pool, person: string): Promise<string> {
  await requirePerson(pool, person)
  const password = newPassword()
  await pool.query(statement('access/people/set_password.sql'), [person, await hashPassword(password), null])
  return password
}

/**
 * Gives a person another role; it counts at once. Which stores they see stays.
 *
 * @throws InvalidError when there is no such role; NotFoundError; ConflictError when no administrator would be left
 */
export async function setRole(pool: Pool, person: string, role: PersonRole): Promise<void> {
  requireChoice('role', role, personRoles)
  await requirePerson(pool, person)
  if (role !== 'administrator') await requireOtherAdministrator(pool, person)
  await pool.query(statement('access/people/set_role.sql'), [person, role])
}

/**
 * Signs a person out everywhere, and lets them sign in no more, or again.
 *
 * @throws NotFoundError; ConflictError when no administrator would be left
 */
export async function setDisabled(pool: Pool, person: string, isDisabled: boolean): Promise<void> {
  await requirePerson(pool, person)
  if (isDisabled) await requireOtherAdministrator(pool, person)
  await pool.query(statement('access/people/set_disabled.sql'), [person, isDisabled])
}

/** One administrator has to be left who can let people in again. */
async function requireOtherAdministrator(pool: Pool, person: string): Promise<void> {
  const { rows } = await pool.query<{ is_last: boolean }>(
    `select coalesce(bool_and(person = $1), false) as is_last from ref.person where role = 'administrator' and disabled_at is null`,
    [person],
  )
  if (!rows[0]!.is_last) return
  throw new ConflictError(`${person} is the only administrator who may sign in`, { fix: 'add another one first' })
}

async function requirePerson(pool: Pool, person: string): Promise<void> {
  const { rowCount } = await pool.query('select from ref.person where person = $1', [person])
  if (rowCount === 0) throw new NotFoundError('person', person)
}
