/** Who a person is on the command line: a login that the web application has confirmed. */
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { failureReason } from '../platform/http/failure.ts'
import { trustOwnServers } from '../platform/http/trusted-authorities.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { identityNow } from './identity.ts'
import { forgetLogin, keepLogin, keptLogin } from './kept-login.ts'
import { minute, print, printJson, UsageError } from './output.ts'

const ANSWER_MS_MAX = 20_000

interface Flags {
  address: string
  json?: boolean
}

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
  keepLogin({ address: origin, token: String(token), tokenId: String(tokenId), person: String(person), expiresAt })
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
  trustOwnServers(loadSettings())
  const isForm = token === undefined
  const answer = await fetch(origin + path, {
    method: 'POST',
    signal: AbortSignal.timeout(ANSWER_MS_MAX),
    headers: isForm
      ? { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }
      : { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: isForm ? new URLSearchParams(fields).toString() : JSON.stringify(fields),
  }).catch((error: Error) => {
    const reason = failureReason(error)
    throw new Error(`the web application at ${origin} is unavailable (${reason}): \`shelfline worker web\` serves it`)
  })
  const document = (await answer.json().catch(() => ({}))) as Document
  return { status: answer.status, document }
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
  forgetLogin()
  if (json) return printJson({ person, isRevoked })
  const left = isRevoked
    ? ''
    : `; its token ${tokenId} could not be revoked at ${address}: an administrator can revoke it`
  print(`${person} is signed out${left}`)
}

async function whoami({ json }: { json?: boolean }): Promise<void> {
  const login = keptLogin()
  const { actor, proof, isPerson } = await identityNow()
  if (json) {
    return printJson({ person: actor, proof, address: login?.address ?? null, expiresAt: login?.expiresAt ?? null })
  }
  if (proof === 'token') {
    const until = login && `, signed in at ${login.address} until ${minute(login.expiresAt)} UTC`
    return print(`${actor}${until ?? ', by the token of SHELFLINE_TOKEN'}`)
  }
  if (isPerson) return print(`${actor}: the person of the user of this machine`)
  print(`${actor}: the user of this machine, who may not approve; \`shelfline login\` signs in as a person`)
}
