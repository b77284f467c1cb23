import type { IncomingMessage } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { EgressError, type EgressRules, send } from './egress.ts'

/** An answer is read up to this many characters: it is for a person or for a small JSON answer. */
const ANSWER_CHARACTERS_MAX = 4_000
const TIMEOUT_MS = 15_000

/** Statuses that ask for another try, beside every 5xx: time-out, too early, too many. */
const PASSING_STATUSES: ReadonlySet<number> = new Set([408, 425, 429])

export interface WebhookMessage {
  url: string
  /**
   * The same for the same message however often it is sent, so that a receiver that has seen it drops it. Sent as
   * `webhook-id` and, for receivers that know only that, as `idempotency-key`.
   */
  id: string
  /** Sent as JSON. */
  body: unknown
  /**
   * Of Standard Webhooks: `whsec_` and base64. It is signed with each, so that a receiver can change from one to the other. None: unsigned,
   * for receivers that know no signatures.
   */
  secrets?: readonly string[] | undefined
  timeoutMs?: number
  /** Ends the attempt, as the time-out does. */
  signal?: AbortSignal
}

/**
 * What became of one attempt.
 *
 * - `accepted`: the receiver answered 2xx.
 * - `refused`: sending the same again can't help (other 4xx, a redirect, a URL or secret that is none, an address that is not allowed).
 * - `postponed`: try again with the same id, not before `retryAfterMs` if there is one. The receiver may have accepted it
 *   all the same: an answer can be lost.
 */
export type WebhookOutcome =
  | { kind: 'accepted'; status: number; answer: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'postponed'; reason: string; retryAfterMs?: number }

/**
 * Sends a message once, as a POST that is signed as https://www.standardwebhooks.com defines (HMAC-SHA256 over id, time stamp
 * and body). It never throws: who calls decides how often to try. Reasons name the receiver's host only, because the rest
 * of a URL may be a secret.
 */
export async function sendWebhook(message: WebhookMessage, rules: EgressRules): Promise<WebhookOutcome> {
  if (!isHttp(message.url)) return { kind: 'refused', reason: 'its URL does not begin with http:// or https://' }
  const { host } = new URL(message.url)
  const body = JSON.stringify(message.body)
  const headers = headersOf(message, body)
  if (headers === undefined) return { kind: 'refused', reason: `the secret for ${host} is not whsec_ and base64` }
  const timeout = AbortSignal.timeout(message.timeoutMs ?? TIMEOUT_MS)
  try {
    const signal = message.signal ? AbortSignal.any([timeout, message.signal]) : timeout
    const response = await send({ url: message.url, method: 'POST', headers, body, signal }, rules)
    return outcomeOf(host, response, await readAnswer(response))
  } catch (error) {
    if (error instanceof EgressError) return { kind: 'refused', reason: error.message }
    if (timeout.aborted) return { kind: 'postponed', reason: `${host}: no answer in time` }
    return { kind: 'postponed', reason: `${host}: ${reasonOf(error as Error)}` }
  }
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && ['http:', 'https:'].includes(new URL(url).protocol)
}

/** Undefined when the secret can't be one. The time stamp is that of the attempt, the id that of the message. */
function headersOf({ id, secrets = [] }: WebhookMessage, body: string): Record<string, string> | undefined {
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'shelfline',
    'webhook-id': id,
    'idempotency-key': id,
  }
  if (secrets.length === 0) return headers
  const now = new Date()
  try {
    const signature = secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' ')
    const seconds = Math.floor(now.getTime() / 1000)
    return { ...headers, 'webhook-timestamp': String(seconds), 'webhook-signature': signature }
  } catch {
    return undefined
  }
}

function outcomeOf(host: string, { statusCode: status = 0, headers }: IncomingMessage, answer: string): WebhookOutcome {
  if (status >= 200 && status < 300) return { kind: 'accepted', status, answer }
  const reason = `${host} answered ${status}${answer === '' ? '' : `: ${answer.slice(0, 200)}`}`
  if (status < 500 && !PASSING_STATUSES.has(status)) return { kind: 'refused', reason }
  const retryAfterMs = parseRetryAfter(headers['retry-after'] ?? null)
  return { kind: 'postponed', reason, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** A receiver that asks for more is asked again after a day. */
export const RETRY_AFTER_MS_MAX = 86_400_000

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
const TIME = '\\d{2}:\\d{2}:\\d{2}'
/** The three forms of a date in HTTP (RFC 9110, 5.6.7), each in UTC; the last one does not state it. */
const HTTP_DATES = [
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \\d{2} ${MONTH} \\d{4} ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d{2}-${MONTH}-\\d{2} ${TIME} GMT$`),
  new RegExp(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ${MONTH} [ \\d]\\d ${TIME} \\d{4}$`),
]

/**
 * Whole seconds, or a date (RFC 9110, 10.2.3), as milliseconds from now: a day at most. What is neither is not listened to,
 * so that no receiver can make a pause that nothing can store.
 */
export function parseRetryAfter(value: string | null, nowMs = Date.now()): number | undefined {
  if (value === null) return undefined
  const bounded = (ms: number) => Math.min(RETRY_AFTER_MS_MAX, Math.max(0, ms))
  if (/^\d+$/.test(value)) return bounded(Number(value) * 1000)
  if (!HTTP_DATES.some((form) => form.test(value))) return undefined
  const atMs = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`)
  return Number.isNaN(atMs) ? undefined : bounded(atMs - nowMs)
}

/** The beginning of the answer; an endless answer is cut. */
async function readAnswer(response: IncomingMessage): Promise<string> {
  let answer = ''
  for await (const text of response.setEncoding('utf8') as AsyncIterable<string>) {
    answer += text
    if (answer.length >= ANSWER_CHARACTERS_MAX) break
  }
  return answer.slice(0, ANSWER_CHARACTERS_MAX).trim()
}

function reasonOf(error: Error & { code?: string }): string {
  return error.message === '' ? (error.code ?? error.name) : error.message
}
