/** Who acts. Only the functions of this folder make an actor: of a session, of a token, or of a user of the operating system. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError, ForbiddenError, InvalidError, NotFoundError } from '../errors.ts'
import type { Actor } from './actor.ts'
import { readToken } from './tokens.ts'

/** How a person is known, and whether they are a person of `ref.person`. */
export interface Identity {
  actor: Actor
  proof: 'token' | 'os_user'
  isPerson: boolean
}

/**
 * The person of a token that may do everything that they may.
 *
 * @param named how messages call it
 * @throws ForbiddenError when it can no longer be used, or may only do some things
 */
export async function actorOfToken(pool: Pool, token: string, named: string): Promise<Identity> {
  const identity = await readToken(pool, token)
  if (identity === undefined) throw new ForbiddenError(`${named} has ended, was revoked, or is of another instance`)
  const { person, scopes } = identity
  if (scopes.includes('all')) return { actor: person, proof: 'token', isPerson: true }
  throw new ForbiddenError(`${named} may only ${scopes.join() === 'read' ? 'read' : `do what its scopes allow`}`)
}

/** A user of a machine, such as `ann@desk`. */
export interface MachineUser {
  user: string
  machine: string
}

export const nameOf = ({ user, machine }: MachineUser): string => `${user}@${machine}`

/** A user who is not mapped: they act under their own name, and approve nothing. */
export const unmapped = (user: MachineUser): Identity => ({
  actor: nameOf(user) as Actor,
  proof: 'os_user',
  isPerson: false,
})

/** The person that a user of a machine is mapped to, or the user themselves. */
export async function actorOfMachineUser(pool: Pool, user: MachineUser): Promise<Identity> {
  const { rows } = await pool.query<{ person: Actor }>(
    'select person from ref.machine_user join ref.person using (person) where machine_user = $1 and disabled_at is null',
    [nameOf(user)],
  )
  return rows[0] === undefined ? unmapped(user) : { actor: rows[0].person, proof: 'os_user', isPerson: true }
}

/** @throws ForbiddenError when it is no person, and may therefore not approve or deny */
export function requirePerson({ actor, isPerson }: Identity): Actor {
  if (isPerson) return actor
  throw new ForbiddenError(`${actor} is a user of this machine, not a person of Shelfline`, {
    fix: `\`shelfline login\` signs in, \`shelfline access map ${actor} PERSON\` maps the user to a person`,
  })
}

export interface MappedUser {
  machineUser: string
  person: string
  changedBy: string
}

const MACHINE_USER = /^[^\s@/]{1,100}@[^\s@/]{1,150}$/

/**
 * Lets commands of a user of a machine act as a person.
 *
 * @param machineUser such as `ann@desk`
 * @throws InvalidError when it is no such name; NotFoundError when there is no such person
 * @throws ConflictError when the user is another person: four eyes are of two
 */
export async function mapMachineUser(pool: Pool, machineUser: string, person: string, by: Actor): Promise<void> {
  if (!MACHINE_USER.test(machineUser)) {
    throw new InvalidError('is not a user of a machine', {
      field: 'user',
      value: machineUser,
      fix: 'give USER@MACHINE',
    })
  }
  const { rows } = await pool.query<{ isKnown: boolean; other: string | null }>(statement('access/map_user.sql'), [
    machineUser,
    person,
    by,
  ])
  const { isKnown, other } = rows[0]!
  if (!isKnown) throw new NotFoundError('person', person, { fix: '`shelfline access user list` lists them' })
  if (other === null) return
  const fix = `\`shelfline access unmap ${machineUser}\` removes that first`
  throw new ConflictError(`${machineUser} is ${other} already`, { fix })
}

/** @throws NotFoundError */
export async function unmapMachineUser(pool: Pool, machineUser: string): Promise<void> {
  const { rowCount } = await pool.query('delete from ref.machine_user where machine_user = $1', [machineUser])
  if (rowCount === 0) throw new NotFoundError('mapped user', machineUser)
}

/** At most 1,000. */
export const listMachineUsers = async (pool: Pool): Promise<MappedUser[]> =>
  (
    await pool.query<MappedUser>(
      `select machine_user as "machineUser", person, changed_by as "changedBy" from ref.machine_user order by 1 limit 1000`,
    )
  ).rows
