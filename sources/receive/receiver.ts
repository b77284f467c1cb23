/** Requests in, events to Kafka, answers out: nothing is answered with 2xx that Kafka does not have. */
import { createHash } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { defaultLimits, type MessageLimits } from '../../contracts/limits.ts'
import { verifySignature } from '../../platform/http/signatures.ts'
import type { Logger } from '../../platform/log.ts'
import { type ByteBudget, formatOf, readBytes, splitBody, unpack } from './body.ts'
import type { OutgoingMessage } from './delivery.ts'
import { FOREIGN_STORE, type ReadEvents, readEvents } from './events.ts'
import type { ReceiverMetrics } from './metrics.ts'
import { RecentHashes } from './recent-hashes.ts'
import { Refusal, type RejectedEvent } from './refusal.ts'
import type { KnownSource } from './registry.ts'

/** Where accepted events go. */
export interface EventStore {
  /**
   * Resolves when the events are safe.
   *
   * @throws Refusal when they may not be
   */
  send(messages: readonly OutgoingMessage[], sourceId: string): Promise<unknown>
}

export interface ReceiverOptions {
  find: (sourceId: string) => KnownSource | undefined
  delivery: EventStore
  metrics: ReceiverMetrics
  logger: Logger
  /** Bytes of all bodies that are in memory at once. */
  bytesMax: number
  /** Requests that are answered at once. */
  requestsMax: number
  limits?: MessageLimits
}

type Env = { Bindings: HttpBindings }

/** On a rejected event that is kept: the source that sent it. */
export const SOURCE_HEADER = 'shelfline-source'
/** Why an event that its contract allows is rejected all the same. */
export const REASON_HEADER = 'shelfline-rejected'

const ERRORS_SHOWN_MAX = 100
const RATE_REFUSAL = 'too_many_events_a_second'
const OUR_FAULT_RETRY_SECONDS = 5

/** What a request ends in. */
interface Outcome {
  accepted: number
  rejected: readonly RejectedEvent[]
  isStrict: boolean
}

export function createReceiver(options: ReceiverOptions): Hono<Env> {
  const { find, metrics, logger } = options
  const app = new Hono<Env>()
  const memory = new Memory(options)
  const kept = new RecentHashes()
  app.post('/ingest/v1/:source', async (context) => {
    const startedAt = performance.now()
    const source = find(context.req.param('source'))
    const label = source?.sourceId ?? 'unknown'
    using budget = memory.open()
    let response: Response
    try {
      const outcome = await receive(context, source, budget, options, kept)
      metrics.count(label, outcome)
      response = answerTo(context, outcome)
    } catch (error) {
      response = refuse(context, error as Error, logger, label)
    }
    metrics.observe(label, response.status, performance.now() - startedAt)
    return response
  })
  app.notFound((context) =>
    problem(context, new Refusal(404, 'not_found', 'only POST /ingest/v1/SOURCE is served here')),
  )
  return app
}

async function receive(
  context: Context<Env>,
  source: KnownSource | undefined,
  budget: ByteBudget,
  { delivery, limits = defaultLimits }: ReceiverOptions,
  kept: RecentHashes,
): Promise<Outcome> {
  if (source === undefined) {
    throw new Refusal(404, 'unknown_source', 'there is no such source: `shelfline sources add` registers one')
  }
  const { incoming } = context.env
  const bytes = await signedBytes(incoming, source, budget)
  const wait = source.rate.waitSeconds()
  if (wait > 0) {
    const most = `${source.sourceId} may send ${source.eventsPerSecond} events a second`
    throw new Refusal(429, RATE_REFUSAL, `${most}: send it again later`, wait)
  }
  const format = formatOf(incoming.headers['content-type'])
  if (format === 'csv' && source.mapper === undefined) {
    throw new Refusal(415, 'no_map', 'CSV needs a map: `shelfline sources set --map` gives the source one')
  }
  const body = await unpack(bytes, incoming.headers['content-encoding'], source.bodyBytesMax, budget)
  const read = await readEvents(splitBody(body, format, source), {
    topic: source.topic,
    mapper: source.mapper,
    bounds: source,
    limits,
  })
  source.rate.take(read.accepted.length + read.rejected.length)
  const isStrict = handlingOf(incoming.headers.prefer) ?? source.isStrict
  if (isStrict && read.rejected.length > 0) return { accepted: 0, rejected: read.rejected, isStrict }
  await deliver(delivery, source, read, kept, limits)
  return { accepted: read.accepted.length, rejected: read.rejected, isStrict }
}

/** What the sender prefers (RFC 7240); undefined: nothing. */
function handlingOf(prefer: string | string[] | undefined): boolean | undefined {
  const [, handling] = /\bhandling=(strict|lenient)\b/.exec(String(prefer ?? '')) ?? []
  return handling === undefined ? undefined : handling === 'strict'
}

async function signedBytes(
  incoming: HttpBindings['incoming'],
  source: KnownSource,
  budget: ByteBudget,
): Promise<Buffer> {
  const bytes = await readBytes(incoming, source.bodyBytesMax, budget)
  if (source.secrets.length === 0) return bytes
  const verified = verifySignature(source, source.secrets, incoming.headers, bytes, Date.now())
  if (!verified.ok)
    throw new Refusal(401, 'not_signed', `the request is not signed by ${source.sourceId}: ${verified.problem}`)
  return bytes
}

/** What is rejected goes to the topic, too: there it becomes a dead letter, which a person can mend and replay. */
export async function deliver(
  delivery: EventStore,
  { sourceId, topic }: KnownSource,
  { accepted, rejected }: ReadEvents,
  kept: RecentHashes,
  { messageBytesMax }: MessageLimits,
): Promise<void> {
  const letters: { hash: string; message: OutgoingMessage }[] = []
  for (const { value, problem, error } of rejected) {
    // A sender that does not understand a refusal sends the same for days.
    const hash = createHash('sha256').update(sourceId).update('\0').update(value).digest('base64')
    if (value.length === 0 || value.length > messageBytesMax || kept.has(hash)) continue
    const reason = problem === FOREIGN_STORE ? { [REASON_HEADER]: error } : {}
    letters.push({ hash, message: { topic, key: null, value, headers: { [SOURCE_HEADER]: sourceId, ...reason } } })
  }
  await delivery.send([...accepted, ...letters.map(({ message }) => message)], sourceId)
  for (const { hash } of letters) kept.add(hash)
}

function answerTo(context: Context<Env>, { accepted, rejected, isStrict }: Outcome): Response {
  if (rejected.length === 0) return context.json({ accepted, rejected: 0 })
  const errors = rejected
    .slice(0, ERRORS_SHOWN_MAX)
    .map(({ line, problem: reason, error }) => ({ line, problem: reason, error }))
  const rest = isStrict
    ? 'none is accepted'
    : `${accepted} ${accepted === 1 ? 'is' : 'are'} accepted; sent again, these are duplicates`
  const detail = `${rejected.length} of ${accepted + rejected.length} events break the contract: ${rest}`
  const document = problemDocument(
    422,
    'rejected',
    isStrict ? `${rejected.length} events break the contract: ${rest}` : detail,
  )
  return context.json({ ...document, accepted, rejected: rejected.length, errors }, 422, PROBLEM_TYPE)
}

const PROBLEM_TYPE = { 'content-type': 'application/problem+json' }

const problemDocument = (status: number, code: string, detail: string) => ({
  type: `urn:shelfline:problem:${code}`,
  title: code.replaceAll('_', ' '),
  status,
  detail,
})

function refuse(context: Context<Env>, error: Error, logger: Logger, source: string): Response {
  if (error instanceof Refusal) return problem(context, error)
  logger.error({ source, error: error.message, stack: error.stack }, 'a request could not be answered')
  return problem(
    context,
    new Refusal(503, 'fault', 'the receiver has a fault: send it again later', OUR_FAULT_RETRY_SECONDS),
  )
}

function problem(context: Context<Env>, { status, code, message, retryAfterSeconds }: Refusal): Response {
  // What is still to come of the body is read and forgotten: cut off, a sender would not see the answer.
  context.env.incoming.resume()
  return context.json(problemDocument(status, code, message), status, {
    ...PROBLEM_TYPE,
    ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
  })
}

/** Bytes and requests that are in memory. */
class Memory {
  readonly #options: Pick<ReceiverOptions, 'bytesMax' | 'requestsMax' | 'metrics'>
  #bytes = 0
  #requests = 0

  constructor(options: ReceiverOptions) {
    this.#options = options
  }

  /** The share of one request, which is given back when the request is answered. */
  open(): ByteBudget & Disposable {
    const { bytesMax, requestsMax, metrics } = this.#options
    let own = 0
    this.#requests += 1
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > bytesMax || this.#requests > requestsMax) return false
        own += bytes
        this.#bytes += bytes
        metrics.setBytes(this.#bytes)
        return true
      },
      [Symbol.dispose]: () => {
        this.#requests -= 1
        this.#bytes -= own
        metrics.setBytes(this.#bytes)
      },
    }
  }
}
