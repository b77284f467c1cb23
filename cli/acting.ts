/** Under which name this command acts, once `identity.ts` has found it out. */
import { randomUUID } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import type { Acting } from '../platform/postgres/audit.ts'
import type { Actor } from '../services/access/actor.ts'
import { type Identity, type MachineUser, requirePerson, unmapped } from '../services/access/actors.ts'

/** Of the machine that the command runs on. */
export const machineUser = (): MachineUser => ({ user: userInfo().username, machine: hostname() })

let identity: Identity | undefined

export const actAs = (found: Identity): void => {
  identity = found
}

/** Who acts. */
export const actor = (): Actor => current().actor

/** Who acts, where only people may. @throws ForbiddenError */
export const person = (): Actor => requirePerson(current())

const current = (): Identity => identity ?? unmapped(machineUser())

/** Which command a change belongs to. */
const run = randomUUID()

/** What the audit log has of changes by this command. */
export const actingNow = (): Acting => ({
  via: 'cli',
  person: current().actor,
  proof: current().proof,
  address: hostname(),
  request: `command ${run}`,
})
