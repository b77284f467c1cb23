import { Kafka, logLevel, Partitioners, type Producer, type ProducerBatch, type RecordMetadata } from 'kafkajs'
import { registerCodecs } from './kafka-codecs.ts'
import type { Logger } from './log.ts'
import type { Settings } from './settings.ts'

registerCodecs()

/** The Kafka client; its own log lines go to ours. */
export function createKafka(settings: Pick<Settings, 'kafkaBrokers'>, clientId: string, logger: Logger): Kafka {
  return new Kafka({
    clientId,
    brokers: [...settings.kafkaBrokers],
    connectionTimeout: 5_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 200, maxRetryTime: 5_000, retries: 8 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ level, log }) => {
        if (log.message.startsWith(BOUNDED_RETRIES)) return
        // An answer that says no is tried again; the error that is left in the end is raised, and told by its catcher.
        if (log.message.startsWith(ANSWER)) level = logLevel.DEBUG
        logger[level === logLevel.ERROR ? 'error' : level === logLevel.WARN ? 'warn' : 'debug'](
          { kafka: log.error ?? log.groupId ?? undefined },
          log.message,
        )
      },
  })
}

/** What kafkajs says of an idempotent producer that gives up some time. Ours should: the caller then sends again. */
const BOUNDED_RETRIES = 'Limiting retries for the idempotent producer'

const ANSWER = 'Response '

/** How the sends of a producer went. */
export interface Sends {
  /** Sends that failed since the process began. */
  failed: number
  /** Sends that failed since the last one that Kafka took; 0: it took the last one. */
  failedInARow: number
  /** When the first of these failed, milliseconds since the epoch. */
  failingSinceMs: number | undefined
  /** Why the last of these failed. */
  lastError: string | undefined
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
  const sends: Sends = { failed: 0, failedInARow: 0, failingSinceMs: undefined, lastError: undefined }
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
      Object.assign(sends, { failedInARow: 0, failingSinceMs: undefined, lastError: undefined })
      return result
    } catch (error) {
      replace()
      sends.failed += 1
      sends.failedInARow += 1
      sends.failingSinceMs ??= Date.now()
      sends.lastError = (error as Error).message
      throw error
    }
  }
  const sendBatch = (batch: ProducerBatch) =>
    inTurn(() =>
      attempt(async () => {
        const { producer, placed } = await connected()
        const answers = await producer.sendBatch(batch)
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

/** Where the messages of one send go: partitions by topic and message. */
type Placed = Map<string, Map<object, number>>

function placing(placed: Placed): ReturnType<typeof Partitioners.DefaultPartitioner> {
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
      throw new Error(`Kafka: no broker answered for ${topic}/${partition}: its messages may not be in the log`)
    }
  }
}
