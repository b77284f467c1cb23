import { Kafka, logLevel, Partitioners, type Producer, type ProducerBatch, type RecordMetadata } from 'kafkajs'
import type { Logger } from '../log.ts'
import { registerCodecs } from './codecs.ts'
import { type KafkaSettings, kafkaSecurity } from './security.ts'
import { signed, signWith } from './signatures.ts'
import { keepKafkaInstantsSteady } from './steady-clock.ts'

registerCodecs()
keepKafkaInstantsSteady()

export interface KafkaOptions {
  /** How often a request is retried before its caller gets the error; some 20 s in all when left out. */
  retries?: number
  /** An answer is waited for this long. */
  requestTimeoutMs?: number
}

/** The Kafka client; its own log lines go to ours. */
export function createKafka(
  settings: KafkaSettings,
  clientId: string,
  logger: Logger,
  { retries = 8, requestTimeoutMs = 30_000 }: KafkaOptions = {},
): Kafka {
  const kafka = new Kafka({
    clientId,
    brokers: [...settings.kafkaBrokers],
    ...kafkaSecurity(settings),
    connectionTimeout: 5_000,
    requestTimeout: requestTimeoutMs,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ namespace, level, log }) => {
        if (log.message.startsWith(BOUNDED_RETRIES)) return
        // A request that failed is retried; the error that is left in the end is raised, and its catcher logs it.
        if (log.message.startsWith(ANSWER) || namespace === PRODUCER) level = logLevel.DEBUG
        logger[level === logLevel.ERROR ? 'error' : level === logLevel.WARN ? 'warn' : 'debug'](
          { kafka: log.error ?? log.groupId ?? undefined },
          log.message,
        )
      },
  })
  signWith(kafka, settings)
  return kafka
}

/** kafkajs's warning about an idempotent producer with limited retries. Ours should: the caller then sends again. */
const BOUNDED_RETRIES = 'Limiting retries for the idempotent producer'

const ANSWER = 'Response '
const PRODUCER = 'Producer'

/** A broker takes 1,048,588 bytes a batch unless a topic has another limit, and all of a request may be one partition's batch. */
export const REQUEST_BYTES_MAX = 900_000

/** Cuts messages into requests of `messagesMax` messages and 900,000 bytes at most, or of one message. */
export function* requestsOf<Item>(
  messages: Iterable<Item>,
  bytesOf: (message: Item) => number,
  messagesMax: number,
): Generator<Item[]> {
  let request: Item[] = []
  let bytes = 0
  for (const message of messages) {
    const own = bytesOf(message) + 100
    if (request.length > 0 && (request.length === messagesMax || bytes + own > REQUEST_BYTES_MAX)) {
      yield request
      request = []
      bytes = 0
    }
    request.push(message)
    bytes += own
  }
  if (request.length > 0) yield request
}

/** How the sends of a producer went. Instants are milliseconds since the epoch. */
export interface Sends {
  /** Sends that failed since the process began. */
  failed: number
  lastFailedAtMs: number | undefined
  lastError: string | undefined
  /** The first send that got no answer, since the last one that got any: a broker that refuses a message is there. */
  unansweredSinceMs: number | undefined
}

export interface MessageProducer extends Pick<Producer, 'send' | 'sendBatch'> {
  /** Connects now rather than with the first send. @throws when no broker answers */
  connect(): Promise<void>
  /** Waits for the send that is under way. Later sends are refused. */
  disconnect(): Promise<void>
  readonly sends: Readonly<Sends>
}

/**
 * A producer whose retries can't double, reorder or lose a message. Sends must ask for `acks: -1`. A send that fails may
 * have reached the log all the same: who sends again delivers at least once. See docs/decisions/0107.
 *
 * - kafkajs takes its sequence numbers back when a request fails, although the broker may have kept the batch. The next
 *   batch then looks like a copy of it and is dropped, or is out of sequence for good. Hence a producer that failed is
 *   replaced by a new one with a producer id of its own.
 * - kafkajs takes the numbers back before its own retry, too. Hence one send at a time.
 * - A retry must repeat each partition's batch exactly. Hence a message keeps the partition that it was first given.
 */
export function createProducer(kafka: Kafka): MessageProducer {
  const sends: Sends = { failed: 0, lastFailedAtMs: undefined, lastError: undefined, unansweredSinceMs: undefined }
  let current: { producer: Producer; placed: Placed } | undefined
  let isClosed = false
  let turn: Promise<unknown> = Promise.resolve()

  /** Runs `work` when all that was asked for before has ended. */
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = turn.then(work)
    turn = result.catch(() => undefined)
    return result
  }
  const replace = () => {
    void current?.producer.disconnect().catch(() => undefined)
    current = undefined
  }
  const connected = async () => {
    if (isClosed) throw new Error('Kafka: the producer is disconnected')
    if (current !== undefined) return current
    const placed: Placed = new Map()
    current = {
      placed,
      producer: kafka.producer({
        idempotent: true,
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        createPartitioner: () => placing(placed),
      }),
    }
    await current.producer.connect()
    return current
  }
  const attempt = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      const result = await work()
      sends.unansweredSinceMs = undefined
      return result
    } catch (error) {
      replace()
      sends.failed += 1
      sends.lastFailedAtMs = Date.now()
      sends.lastError = (error as Error).message
      sends.unansweredSinceMs = kafkaAnswer(error) === undefined ? (sends.unansweredSinceMs ?? Date.now()) : undefined
      throw error
    }
  }
  const signedBatch = ({ topicMessages = [], ...batch }: ProducerBatch): ProducerBatch => ({
    ...batch,
    topicMessages: topicMessages.map(({ topic, messages }) => ({ topic, messages: signed(kafka, topic, messages) })),
  })
  const sendBatch = (batch: ProducerBatch) =>
    inTurn(() =>
      attempt(async () => {
        const { producer, placed } = await connected()
        const answers = await producer.sendBatch(signedBatch(batch))
        assertAnswered(placed, answers)
        placed.clear()
        return answers
      }),
    )
  return {
    sends,
    sendBatch,
    send: ({ topic, messages, ...options }) => sendBatch({ ...options, topicMessages: [{ topic, messages }] }),
    connect: () =>
      inTurn(async () => {
        await connected().catch((error) => {
          replace()
          throw error
        })
      }),
    disconnect: () =>
      inTurn(async () => {
        isClosed = true
        await current?.producer.disconnect()
        current = undefined
      }),
  }
}

/** What Kafka answered, such as `MESSAGE_TOO_LARGE`; undefined when it didn't. kafkajs wraps an answer after its last retry. */
export function kafkaAnswer(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    const { type } = at as Error & { type?: unknown }
    if (at.name === 'KafkaJSProtocolError' && typeof type === 'string') return type
  }
  return undefined
}

/** Whether an error is that no broker answered. */
export const isKafkaAway = (error: unknown): boolean =>
  awayErrors.has((error as Error).name) && kafkaAnswer(error) === undefined

const awayErrors: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSNumberOfRetriesExceeded',
  'KafkaJSBrokerNotFound',
])

/** Where the messages of one send go: partitions by topic and message. */
export type Placed = Map<string, Map<object, number>>

/** A partitioner that gives a message the partition that it has already been given. */
export function placing(placed: Placed): ReturnType<typeof Partitioners.DefaultPartitioner> {
  const choose = Partitioners.DefaultPartitioner()
  return (choice) => {
    let ofTopic = placed.get(choice.topic)
    if (ofTopic === undefined) {
      ofTopic = new Map()
      placed.set(choice.topic, ofTopic)
    }
    let partition = ofTopic.get(choice.message)
    if (partition === undefined) {
      partition = choose(choice)
      ofTopic.set(choice.message, partition)
    }
    return partition
  }
}

/**
 * When a partition moves to a broker that has already answered for others, kafkajs leaves it out of the retry and reports
 * success.
 *
 * @throws when a partition that messages were sent to has no answer
 */
export function assertAnswered(
  placed: ReadonlyMap<string, ReadonlyMap<object, number>>,
  answers: readonly Pick<RecordMetadata, 'topicName' | 'partition'>[],
): void {
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`))
  for (const [topic, partitions] of placed) {
    for (const partition of new Set(partitions.values())) {
      if (answered.has(`${topic}/${partition}`)) continue
      throw new Error(`Kafka: no broker answered for ${topic}/${partition}: its messages may be missing from the log`)
    }
  }
}
