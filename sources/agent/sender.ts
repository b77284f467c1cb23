/** Sends what the store has to the receiver: in the order in which it came, again and again until the receiver has it. */
import { setTimeout as pause } from 'node:timers/promises'
import { failureReason } from '../../platform/http/failure.ts'
import { signatureHeaders } from '../../platform/http/signatures.ts'
import { parseRetryAfter } from '../../platform/http/webhook.ts'
import type { Logger } from '../../platform/log.ts'
import type { AgentStore, UnsentEvent } from './store.ts'

export interface SenderOptions {
  store: AgentStore
  logger: Logger
  /** Of the receiver, such as `https://shelfline.example.com`. */
  receiverUrl: string
  /** What the receiver calls the source. */
  source: string
  secret: string
}

const EVENTS_MAX = 2_000
const BYTES_MAX = 900_000
const IDLE_MS = 200
const BACKOFF_MS_MIN = 500
const BACKOFF_MS_MAX = 60_000
const TIMEOUT_MS = 30_000

/** How the sending goes. */
export interface SenderState {
  source: string
  sent: number
  rejected: number
  /** Attempts that failed since the last one that did not. */
  failures: number
  lastError: string | undefined
}

type Attempt =
  | { kind: 'taken'; rejected: number }
  /** The body is too large: half of it may not be. */
  | { kind: 'too_large' }
  | { kind: 'failed'; why: string; retryAfterMs?: number | undefined }

export class Sender {
  readonly state: SenderState
  readonly #options: SenderOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  /** How far the receiver's clock is ahead of this one's: a till's clock may be wrong by years. */
  #clockAheadMs = 0
  #eventsMax = EVENTS_MAX

  constructor(options: SenderOptions) {
    this.#options = options
    this.state = { source: options.source, sent: 0, rejected: 0, failures: 0, lastError: undefined }
    this.#running = this.#sendUntilStopped()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #sendUntilStopped(): Promise<void> {
    const { store, source, logger } = this.#options
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const events = store.unsent(source, this.#eventsMax, BYTES_MAX)
      const waitMs =
        events.length === 0
          ? IDLE_MS
          : await this.#sendOnce(events).catch((error: Error) => {
              logger.error({ source, error: error.message }, 'what was sent could not be marked: it is sent again')
              return BACKOFF_MS_MAX
            })
      if (waitMs > 0) await pause(waitMs, undefined, { signal }).catch(() => undefined)
    }
  }

  /** @returns how long to wait before the next attempt, milliseconds */
  async #sendOnce(events: readonly UnsentEvent[]): Promise<number> {
    const { store, source, logger } = this.#options
    const attempt = await this.#post(events)
    const { state } = this
    if (attempt.kind === 'taken') {
      if (state.failures > 0)
        logger.info({ source, afterFailures: state.failures }, 'the receiver accepts events again')
      if (attempt.rejected > 0)
        logger.warn({ source, rejected: attempt.rejected }, 'events are dead letters at the receiver')
      store.markSent(events)
      state.sent += events.length
      state.rejected += attempt.rejected
      state.failures = 0
      state.lastError = undefined
      this.#eventsMax = Math.min(EVENTS_MAX, this.#eventsMax * 2)
      return 0
    }
    if (attempt.kind === 'too_large' && events.length > 1) {
      this.#eventsMax = Math.ceil(events.length / 2)
      return 0
    }
    const why = attempt.kind === 'failed' ? attempt.why : 'the receiver refuses one event as too large'
    state.failures += 1
    if (state.lastError !== why) logger.warn({ source, error: why }, 'events wait: they are sent again')
    state.lastError = why
    const backoffMs = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(10, state.failures - 1))
    const retryAfterMs = attempt.kind === 'failed' ? (attempt.retryAfterMs ?? 0) : 0
    // Many stores come back at the same moment when a line is mended.
    return Math.max(Math.min(retryAfterMs, BACKOFF_MS_MAX), backoffMs) * (0.5 + Math.random() / 2)
  }

  async #post(events: readonly UnsentEvent[]): Promise<Attempt> {
    const { store, receiverUrl, source, secret } = this.#options
    const body = Buffer.concat(events.flatMap(({ value }) => [value, NEW_LINE]))
    const id = `${store.agentId}-${events[0]!.sequence}-${events.at(-1)!.sequence}`
    const sentAtMs = Date.now()
    const headers = signatureHeaders({ scheme: 'standard-webhooks', header: null, url: null }, secret, {
      id,
      body,
      nowMs: sentAtMs + this.#clockAheadMs,
    })
    let response: Response
    try {
      response = await fetch(`${receiverUrl}/ingest/v1/${source}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-ndjson', prefer: 'handling=lenient', ...headers },
        body: new Uint8Array(body),
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), this.#stopping.signal]),
      })
      return await this.#read(response, events.length)
    } catch (error) {
      return { kind: 'failed', why: failureReason(error) }
    }
  }

  async #read(response: Response, count: number): Promise<Attempt> {
    const answer = (await response.json().catch(() => ({}))) as {
      accepted?: number
      rejected?: number
      detail?: string
    }
    const isCounted = (answer.accepted ?? 0) + (answer.rejected ?? 0) === count
    if ((response.status === 200 || response.status === 422) && isCounted) {
      return { kind: 'taken', rejected: answer.rejected ?? 0 }
    }
    if (response.status === 413) return { kind: 'too_large' }
    const date = Date.parse(response.headers.get('date') ?? '')
    if (response.status === 401 && !Number.isNaN(date)) this.#clockAheadMs = date - Date.now()
    return {
      kind: 'failed',
      why: `the receiver answered ${response.status}: ${answer.detail ?? 'without a reason'}`,
      retryAfterMs: parseRetryAfter(response.headers.get('retry-after')),
    }
  }
}

const NEW_LINE = Buffer.from('\n')
