/** Finds out who runs a command: the person of a token, of a login, or of the user of the machine. */
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { actorOfMachineUser, actorOfToken, type Identity } from '../services/access/actors.ts'
import { ServiceError } from '../services/errors.ts'
import { actAs, machineUser } from './acting.ts'
import { withPool } from './connections.ts'
import { keptLogin } from './kept-login.ts'
import { UsageError } from './output.ts'

/** For a command that first looks at what it was given. @throws as `identify` */
export const identifyNow = async (): Promise<void> => actAs(await identityNow())

/** Before a command that acts: finds out who does. A dry run needs no one. @throws UsageError when the login or the token has ended */
export async function identify(_: Command, running: Command): Promise<void> {
  if (running.opts<{ dryRun?: boolean }>().dryRun) return
  await identifyNow()
}

/** @throws UsageError when the login or the token has ended, or may only read */
export function identityNow(): Promise<Identity> {
  const settings = loadSettings()
  return withPool(settings, (pool) => {
    if (settings.apiToken !== '') {
      return orUsage(
        actorOfToken(pool, settings.apiToken, 'the token of SHELFLINE_TOKEN'),
        '`shelfline access token create` makes another one',
      )
    }
    const login = keptLogin()
    if (login === undefined) return actorOfMachineUser(pool, machineUser())
    return orUsage(
      actorOfToken(pool, login.token, `the login of ${login.person}`),
      `\`shelfline login --address ${login.address}\` signs in again, \`shelfline logout\` forgets it`,
    )
  })
}

const orUsage = (found: Promise<Identity>, fix: string): Promise<Identity> =>
  found.catch((error: unknown) => {
    throw error instanceof ServiceError ? new UsageError(`${error.message}: ${fix}`) : error
  })
