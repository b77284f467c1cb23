/** The web application of a run: where it is served, and who may sign in first. */
import { machineUser } from '../../cli/acting.ts'
import { print } from '../../cli/output.ts'
import { ownAddress } from '../../platform/http/certificate.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { definitions, loadSettings } from '../../platform/settings/settings.ts'
import { grantAccess } from '../../services/access/access.ts'
import { SHELFLINE } from '../../services/access/actor.ts'
import { mapMachineUser, nameOf } from '../../services/access/actors.ts'
import { addFirstPerson } from '../../services/access/people.ts'
import { freePort } from './workers.ts'

/** Chooses the port before the worker starts, so that it stays the same when the worker is started again. */
export async function chooseWebAddress(isFree: boolean): Promise<string> {
  const settings = loadSettings()
  const { webHost, webPort, webPublicUrl } = settings
  const port = isFree ? await freePort() : webPort
  process.env[definitions.webPort.environment] = String(port)
  return webPublicUrl === '' ? ownAddress(settings, webHost, port) : webPublicUrl
}

/**
 * Prints where the application is; and at the first run the account to sign in with, which is kept nowhere. Of an instance that is not secure the
 * login for Power BI on the same machine sees everything, too.
 */
export async function announceWeb(pool: Pool, url: string, isSecure: boolean): Promise<void> {
  const first = await addFirstPerson(pool)
  if (first !== undefined && !isSecure)
    await grantAccess(pool, 'bi_reader', [{ scope: 'all', store: null, region: null }])
  // The user who has started the first run is its administrator, also on the command line.
  if (first !== undefined) await mapMachineUser(pool, nameOf(machineUser()), first.person, SHELFLINE)
  print(`Shelfline is at ${url}`)
  if (first !== undefined)
    print(`Sign in as ${first.person} with the password ${first.password} (it is shown only once)`)
}
