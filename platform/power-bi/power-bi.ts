/**
 * Refreshes of one semantic model in the Power BI service, by its REST API, as a service principal
 * (https://learn.microsoft.com/power-bi/connect-data/asynchronous-refresh).
 */

import { requestToken } from '../http/client-credentials.ts'
import { failureReason } from '../http/failure.ts'
import { parseRetryAfter } from '../http/webhook.ts'
import type { Settings } from '../settings/settings.ts'

const SCOPE = 'https://analysis.windows.net/powerbi/api/.default'
const TIMEOUT_MS = 30_000
/** The newest refreshes that are looked through for one of ours: its page has all of a day. */
const REFRESHES_READ = 60
const ANSWER_CHARACTERS_MAX = 2_000
/** A capacity that is busy begins a refresh later; this is how long the service works on one. */
const REFRESH_TIMEOUT = '05:00:00'

export type PowerBiSettings = Pick<
  Settings,
  | 'powerBiWorkspace'
  | 'powerBiDataset'
  | 'powerBiTenant'
  | 'powerBiClientId'
  | 'powerBiClientSecret'
  | 'powerBiClientSecretFile'
  | 'powerBiCapacity'
  | 'powerBiApiUrl'
  | 'powerBiSignInUrl'
>

export type BegunRefresh =
  | { kind: 'begun'; refreshId: string }
  /** Another refresh is under way, which may have read before what is new: try again later. */
  | { kind: 'busy' }

export type RefreshState = { state: 'running' } | { state: 'completed' } | { state: 'failed'; reason: string }

/** The service did not do what was asked. */
export class PowerBiError extends Error {
  override name = 'PowerBiError'
  /** Asking again can't help. */
  readonly isFinal: boolean
  /** What the service asks for. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, isFinal: boolean, retryAfterMs?: number) {
    super(`Power BI: ${message}`)
    this.isFinal = isFinal
    this.retryAfterMs = retryAfterMs
  }
}

export const isPowerBiConfigured = ({ powerBiDataset }: Pick<Settings, 'powerBiDataset'>): boolean =>
  powerBiDataset !== ''

/** What a refresh does. A service principal can't have mails sent; a shared capacity knows no other option. */
const requests: Record<Settings['powerBiCapacity'], object> = {
  premium: {
    type: 'Full',
    commitMode: 'Transactional',
    applyRefreshPolicy: true,
    retryCount: 2,
    timeout: REFRESH_TIMEOUT,
  },
  shared: { notifyOption: 'NoNotification' },
}

/** @throws PowerBiError */
export async function beginRefresh(settings: PowerBiSettings, signal?: AbortSignal): Promise<BegunRefresh> {
  const body = requests[settings.powerBiCapacity]
  const response = await call(settings, { method: 'POST', body, accepted: [202, 400, 409] }, signal)
  if (response.status === 202) return { kind: 'begun', refreshId: refreshIdOf(response) }
  // One refresh at a time is taken: the answer is that of a wrong request, so look whether there is one.
  const [newest] = await listRefreshes(settings, 1, signal)
  if (newest !== undefined && stateOf(newest).state === 'running') return { kind: 'busy' }
  throw new PowerBiError(`the refresh is refused (${response.status}): ${await reasonIn(response)}`, true)
}

/** @throws PowerBiError, final when the service does not know the refresh */
export async function readRefresh(
  settings: PowerBiSettings,
  refreshId: string,
  signal?: AbortSignal,
): Promise<RefreshState> {
  const refreshes = await listRefreshes(settings, REFRESHES_READ, signal)
  const found = refreshes.find(({ requestId }) => requestId === refreshId)
  // A refresh can be missing for a moment after it was accepted.
  return found === undefined ? { state: 'running' } : stateOf(found)
}

interface ListedRefresh {
  requestId: string
  /** Unknown: under way. */
  status: string
  extendedStatus?: string
  serviceExceptionJson?: string
}

async function listRefreshes(settings: PowerBiSettings, count: number, signal?: AbortSignal): Promise<ListedRefresh[]> {
  const response = await call(settings, { method: 'GET', query: `?$top=${count}`, accepted: [200] }, signal)
  const { value } = (await response.json()) as { value?: ListedRefresh[] }
  if (!Array.isArray(value)) throw new PowerBiError('its list of refreshes has no field `value`', false)
  return value
}

const ENDED_BADLY: ReadonlySet<string> = new Set(['Failed', 'Disabled', 'Cancelled', 'TimedOut'])

function stateOf({ status, extendedStatus = status, serviceExceptionJson }: ListedRefresh): RefreshState {
  if (status === 'Completed') return { state: 'completed' }
  const ended = [status, extendedStatus].find((word) => ENDED_BADLY.has(word))
  if (ended === undefined) return { state: 'running' }
  return { state: 'failed', reason: [ended, exceptionIn(serviceExceptionJson)].filter(Boolean).join(': ') }
}

/** Such as `{"errorCode":"ModelRefreshFailed_CredentialsNotSpecified"}`. */
function exceptionIn(json: string | undefined): string {
  if (json === undefined) return ''
  try {
    const { errorCode, errorDescription } = JSON.parse(json) as { errorCode?: string; errorDescription?: string }
    return [errorCode, errorDescription].filter(Boolean).join(', ')
  } catch {
    return json.slice(0, 200)
  }
}

function refreshIdOf({ headers }: Response): string {
  const id = headers.get('location')?.split('/').at(-1) || headers.get('x-ms-request-id') || headers.get('requestid')
  if (!id) throw new PowerBiError('it accepted a refresh without an id', false)
  return id
}

interface Call {
  method: 'GET' | 'POST'
  query?: string
  body?: object
  /** Statuses that are answers. */
  accepted: readonly number[]
}

const fixes: Readonly<Record<number, string>> = {
  401: 'check SHELFLINE_POWER_BI_TENANT, _CLIENT_ID and _CLIENT_SECRET',
  403: 'allow service principals in the tenant settings of Power BI, and give it the workspace role Contributor',
  404: 'check SHELFLINE_POWER_BI_WORKSPACE and SHELFLINE_POWER_BI_DATASET',
}
const PASSING: ReadonlySet<number> = new Set([408, 425, 429])

async function call(settings: PowerBiSettings, { method, query = '', body, accepted }: Call, signal?: AbortSignal) {
  const { powerBiApiUrl, powerBiWorkspace, powerBiDataset } = settings
  const token = await tokenFor(settings)
  const address = `${powerBiApiUrl}/v1.0/myorg/groups/${powerBiWorkspace}/datasets/${powerBiDataset}/refreshes${query}`
  const timeout = AbortSignal.timeout(TIMEOUT_MS)
  let response: Response
  try {
    response = await fetch(address, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      redirect: 'error',
      signal: signal ? AbortSignal.any([timeout, signal]) : timeout,
      ...(body && { body: JSON.stringify(body) }),
    })
  } catch (error) {
    const reason = timeout.aborted ? 'no answer in time' : failureReason(error)
    throw new PowerBiError(`${new URL(address).host} is not reached (${reason})`, false)
  }
  const { status, headers } = response
  if (accepted.includes(status)) return response
  const fix = fixes[status] === undefined ? '' : `; ${fixes[status]}`
  const isFinal = status < 500 && !PASSING.has(status)
  const text = `${method} refreshes was answered with ${status}: ${await reasonIn(response)}${fix}`
  throw new PowerBiError(text, isFinal, parseRetryAfter(headers.get('retry-after')))
}

/** @throws PowerBiError: a secret that has expired can be replaced while the request is retried */
async function tokenFor(settings: PowerBiSettings): Promise<string> {
  try {
    const { value } = await requestToken({
      server: 'sign-in',
      url: `${settings.powerBiSignInUrl}/${settings.powerBiTenant}/oauth2/v2.0/token`,
      scope: SCOPE,
      clientId: settings.powerBiClientId,
      secret: settings.powerBiClientSecretFile || settings.powerBiClientSecret,
      caFile: '',
    })
    return value
  } catch (error) {
    throw new PowerBiError((error as Error).message, false)
  }
}

/** `{"error": {"code": …, "message": …}}`, or the beginning of something else. */
async function reasonIn(response: Response): Promise<string> {
  const text = (await response.text().catch(() => '')).slice(0, ANSWER_CHARACTERS_MAX)
  try {
    const { code, message } = (JSON.parse(text) as { error: { code?: string; message?: string } }).error
    return [code, message].filter(Boolean).join(', ')
  } catch {
    return text.slice(0, 200).trim() || 'no reason given'
  }
}
