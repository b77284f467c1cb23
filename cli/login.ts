/** Who a person is on the command line: a login that the web application has confirmed. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { configFolder, loadSettings } from '../platform/settings/settings.ts'
import { withPool } from './connections.ts'
import { minute, print, printJson, UsageError } from './output.ts'

const ANSWER_MS_MAX = 20_000

interface Login {
  /** Of the web application. */
  address: string
  token: string
  tokenId: string
  person: string
  expiresAt: string
}

interface Flags {
  address: string
  json?: boolean
}

const loginFile = (): string => join(configFolder(), 'login.json')

export function register(program: Command): void {
  program
    .command('login')
    .description('Sign in: a person confirms a code in the web application, and commands act under their name')
    .requiredOption('--address <url>', 'Where the web application is')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline login --address http://127.0.0.1:18080')
    .action(login)
  program
    .command('logout')
    .description('Sign out: the login is revoked and forgotten')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline logout')
    .action(logout)
  program
    .command('whoami')
    .description('Show under which name commands act')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline whoami')
    .action(whoami)
}

async function login({ address, json }: Flags): Promise<void> {
  if (!URL.canParse(address)) throw new UsageError(`--address ${address} is not an address: give http://HOST:PORT`)
  const origin = new URL(address).origin
  const begun = await send(origin, '/api/device/begin', { client_id: hostname().slice(0, 80) })
  if (begun.status !== 200) throw refused(origin, begun.document)
  const { device_code: code, user_code: userCode, interval, verification_uri_complete: page } = begun.document
  process.stderr.write(`Open ${page} and confirm the code ${userCode}\n`)
  const granted = await confirmed(origin, String(code), Number(interval))
  const expiresAt = new Date(Date.now() + 1_000 * Number(granted.expires_in)).toISOString()
  const { access_token: token, token_id: tokenId, person } = granted
  keep({ address: origin, token: String(token), tokenId: String(tokenId), person: String(person), expiresAt })
  if (json) return printJson({ person, address: origin, expiresAt })
  print(`Signed in as ${person} until ${minute(expiresAt)} UTC; \`shelfline logout\` ends it`)
}

type Document = Readonly<Record<string, unknown>>

/** Asks until a person has decided. */
async function confirmed(origin: string, code: string, intervalSeconds: number): Promise<Document> {
  const grant = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: code,
    client_id: 'shelfline',
  }
  for (let seconds = intervalSeconds; ; ) {
    await pause(1_000 * seconds)
    const { status, document } = await send(origin, '/api/device/token', grant)
    if (status === 200) return document
    if (document.error === 'slow_down') seconds += 5
    else if (document.error !== 'authorization_pending') throw refused(origin, document)
  }
}

const reasons: Readonly<Record<string, string>> = {
  access_denied: 'the code was refused',
  expired_token: 'no one confirmed the code within ten minutes',
  invalid_grant: 'the login is no longer known',
}

const refused = (origin: string, { error, detail, title }: Document): Error =>
  new Error(`${origin}: ${reasons[String(error)] ?? detail ?? title ?? 'it is not the web application of Shelfline'}`)

async function send(origin: string, path: string, fields: Record<string, string>, token?: string) {
  const isForm = token === undefined
  const answer = await fetch(origin + path, {
    method: 'POST',
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
    headers: isForm
      ? { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
      : { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: isForm ? new URLSearchParams(fields).toString() : JSON.stringify(fields),
  }).catch((error: Error) => {
    const cause = error.cause instanceof Error ? error.cause.message : error.message
    throw new Error(`the web application at ${origin} is unavailable (${cause}): \`shelfline worker web\` serves it`)
  })
  const document = (await answer.json().catch(() => ({}))) as Document
  return { status: answer.status, document }
}

function keep(login: Login): void {
  const file = loginFile()
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // A file that is there keeps its mode: no one else may read the new one for a moment.
  rmSync(file, { force: true })
  writeFileSync(file, `${JSON.stringify(login, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
}

/** Undefined: no one is signed in. @throws UsageError when the file is damaged */
function keptLogin(): Login | undefined {
  try {
    return JSON.parse(readFileSync(loginFile(), 'utf8')) as Login
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new UsageError(`${loginFile()} can't be read (${(error as Error).message}): delete it, and sign in again`)
  }
}

/**
 * The person of the kept login, checked where decisions are kept; undefined: no one is signed in.
 *
 * @throws UsageError when the login has ended, or may only read
 */
export async function signedInPerson(): Promise<string | undefined> {
  const login = keptLogin()
  if (login === undefined) return undefined
  const { readToken } = await import('../services/access/tokens.ts')
  const identity = await withPool(loadSettings(), (pool) => readToken(pool, login.token))
  const again = `\`shelfline login --address ${login.address}\` signs in again, \`shelfline logout\` forgets it`
  if (identity === undefined)
    throw new UsageError(`the login of ${login.person} has ended, or is of another instance: ${again}`)
  if (!identity.scopes.includes('all')) throw new UsageError(`the login of ${login.person} may only read: ${again}`)
  return identity.person
}

async function logout({ json }: { json?: boolean }): Promise<void> {
  const login = keptLogin()
  if (login === undefined) {
    if (json) return printJson({ person: null, isRevoked: false })
    return print('No one is signed in')
  }
  const { address, token, tokenId, person } = login
  const isRevoked = await send(address, '/api/v1/account/tokens/revoke', { token: tokenId }, token).then(
    ({ status }) => status === 200,
    () => false,
  )
  rmSync(loginFile(), { force: true })
  if (json) return printJson({ person, isRevoked })
  const left = isRevoked
    ? ''
    : `; its token ${tokenId} could not be revoked at ${address}: an administrator can revoke it`
  print(`${person} is signed out${left}`)
}

async function whoami({ json }: { json?: boolean }): Promise<void> {
  const login = keptLogin()
  const person = login === undefined ? userInfo().username : await signedInPerson()
  if (json) {
    return printJson({ person, address: login?.address ?? null, expiresAt: login?.expiresAt ?? null })
  }
  if (login === undefined) print(`${person}: the user of this machine; \`shelfline login\` signs in as a person`)
  else print(`${person}, signed in at ${login.address} until ${minute(login.expiresAt)} UTC`)
}
