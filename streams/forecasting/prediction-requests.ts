/**
 * Requests for forecasts by Kafka: each message of `feature_requests` is answered in `predictions` exactly once. The answers and the
 * position are one transaction of Kafka; who reads only what is committed sees each answer once, whichever process dies when.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import type { MessageLimits } from '../../contracts/limits.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { type EventOf, topics } from '../../contracts/topics.ts'
import { requestsOf } from '../../platform/kafka/kafka.ts'
import type { LogRange, TopicLog, TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { type TopicMessage, TransactionalProducer } from '../../platform/kafka/transactional-producer.ts'
import type { Logger } from '../../platform/log.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { CONTRACT_ORIGIN, type DeadMessage, deadMessage, keepDeadLetters } from '../runtime/dead-letters.ts'
import { Intake } from '../runtime/intake.ts'
import { type OpenedPosition, partitionLog } from '../runtime/log-numbers.ts'
import { type PartitionId, partitionKey } from '../runtime/positions.ts'
import type { Slice } from '../runtime/processor.ts'

export type FeatureRequest = EventOf<'feature_requests'>
export type PredictionEvent = EventOf<'predictions'>

const REQUESTS = 'feature_requests'
const ANSWERS = 'predictions'

/** Small: the first requests of a slice wait for the last. */
const SLICE_MESSAGES_MAX = 500
const SLICE_BYTES_MAX = 1024 * 1024
const BUFFERED_BYTES_MAX = 8 * 1024 * 1024
const REQUEST_MESSAGES_MAX = 5_000
/** A worker that has lost a partition learns this from its group within a second. */
const FAILED_WAIT_MS = 1_000
/** A broker that is not back within a minute may need another process. */
const OPEN_ATTEMPTS_MAX = 60

export interface RequestsOptions {
  kafka: Kafka
  topicLogs: TopicLogs
  pool: Pool
  logger: Logger
  limits: MessageLimits
  sessionTimeoutMs: number
  topicSuffix?: string
  /** One answer for each request, in their order. */
  answer: (requests: readonly FeatureRequest[]) => Promise<readonly PredictionEvent[]>
  onAnswered?: (batch: AnsweredBatch) => void
  /** The requests can no longer be read: the process should end. */
  onFailed: (error: Error) => void
}

export interface AnsweredBatch {
  answers: readonly PredictionEvent[]
  dead: number
  /** When the requests reached Kafka, milliseconds since the epoch. */
  knownAtMs: readonly number[]
}

export class PredictionRequests {
  readonly #options: RequestsOptions
  readonly #groupId: string
  readonly #intake: Intake
  readonly #producers = new Map<string, Promise<TransactionalProducer>>()
  /** Why the requests of a partition are not answered now. */
  readonly #failures = new Map<number, string>()
  #isStopping = false

  private constructor(options: RequestsOptions, partitions: number) {
    const { kafka, topicLogs, logger, sessionTimeoutMs, topicSuffix = '', onFailed } = options
    this.#options = options
    this.#groupId = `shelfline.predictions${topicSuffix}`
    this.#intake = new Intake({
      kafka,
      topicLogs,
      logger,
      groupId: this.#groupId,
      topics: [REQUESTS],
      partitions,
      kafkaTopic: this.#kafkaTopic,
      sessionTimeoutMs,
      lanes: partitions,
      sliceMessagesMax: SLICE_MESSAGES_MAX,
      sliceBytesMax: SLICE_BYTES_MAX,
      bufferedBytesMax: BUFFERED_BYTES_MAX,
      open: (id, log) => this.#open(id, log),
      onUnreadable: (id, position, next, reason) => this.#pass(id, position, next, reason),
      handle: (slice) => this.#handle(slice),
      onAssigned: () => {
        this.#failures.clear()
        void this.#closeProducers()
      },
      onFailed,
    })
  }

  /** Joins the group. @throws when Kafka does not answer, or does not have the topic */
  static async start(options: RequestsOptions): Promise<PredictionRequests> {
    const name = `${REQUESTS}${options.topicSuffix ?? ''}`
    const log = (await options.topicLogs.describe([name])).get(name)
    if (log === undefined) throw new Error(`Kafka has no topic ${name}; \`shelfline topics apply\` makes it`)
    const requests = new PredictionRequests(options, log.partitions.size)
    await requests.#intake.start()
    return requests
  }

  /** What is wrong, in a sentence, or undefined. */
  problem(): string | undefined {
    if (!this.#intake.isJoined) return `not in its consumer group: ${this.#groupId}`
    const stopped = this.#intake.positions().find(({ problem }) => problem !== undefined)
    if (stopped !== undefined) return `${stopped.topic}/${stopped.partition} has stopped: ${stopped.problem}`
    const [failure] = this.#failures.values()
    return failure && `requests are not answered: ${failure}`
  }

  /** Finishes what is being answered and leaves the group. */
  async stop(): Promise<void> {
    this.#isStopping = true
    await this.#intake.stop()
    await this.#closeProducers()
  }

  #kafkaTopic = (topic: string): string => `${topic}${this.#options.topicSuffix ?? ''}`

  async #closeProducers(): Promise<void> {
    const open = [...this.#producers.values()]
    this.#producers.clear()
    await Promise.all(open.map((producer) => producer.then((found) => found.close()).catch(() => undefined)))
  }

  /** A broker that restarts is waited for: the requests wait, too. */
  async #open(id: PartitionId, log: TopicLog | undefined): Promise<OpenedPosition> {
    const range = partitionLog(log, id)
    if (typeof range === 'string') return { position: 0, base: 0, problem: range }
    const { logger } = this.#options
    for (let attempt = 1; ; attempt += 1) {
      try {
        return { position: await this.#takeOver(id, range), base: 0, problem: undefined }
      } catch (error) {
        if (attempt === OPEN_ATTEMPTS_MAX || this.#isStopping) throw error
        logger.warn({ ...id, error: (error as Error).message }, 'the partition is not taken over: it is retried')
        await pause(FAILED_WAIT_MS)
      }
    }
  }

  /** Where the group is in a partition, when no one else can still move it. */
  async #takeOver(id: PartitionId, { start, end }: LogRange): Promise<number> {
    const { kafka, logger } = this.#options
    const key = partitionKey(id)
    const before = this.#producers.get(key)
    const opening = TransactionalProducer.open(kafka, `${this.#groupId}.${id.partition}`)
    this.#producers.set(key, opening)
    before?.then((producer) => producer.close()).catch(() => undefined)
    const producer = await opening
    const topic = this.#kafkaTopic(id.topic)
    const stored = await producer.position({ groupId: this.#groupId, topic, partition: id.partition })
    if (stored === undefined) return start
    if (stored.offset >= start && stored.offset <= end) return stored.offset
    const lost = { ...id, position: stored.offset, start, end }
    logger.error(lost, 'requests that were not answered yet are no longer in Kafka: the oldest that it has is next')
    return start
  }

  /** Who asked gets no answer; a person could not read it either. */
  async #pass(id: PartitionId, position: number, next: number, reason: string): Promise<void> {
    this.#options.logger.error({ ...id, position, next, reason }, 'requests that can not be read are passed')
    await this.#commit({ ...id, messages: [], position, next, logEnd: next }, [])
    this.#intake.reopen(id)
  }

  /** What fails is no message's fault: the servers or the model. It is done again until it succeeds, and the requests wait in Kafka. */
  async #handle(slice: Slice): Promise<'held' | 'lost'> {
    const { topic, partition, position, messages } = slice
    const { pool, logger, answer, onAnswered } = this.#options
    const { requests, dead } = this.#check(slice)
    try {
      const answers = requests.length === 0 ? [] : await answer(requests)
      if (dead.length > 0) await inTransaction(pool, (client) => keepDeadLetters(client, dead))
      await this.#commit(slice, answers)
      this.#failures.delete(partition)
      onAnswered?.({ answers, dead: dead.length, knownAtMs: messages.map((message) => message.knownAtMs) })
      // Kafka has the position already: a hint of an older one would undo it.
      return 'held'
    } catch (error) {
      const { message } = error as Error
      this.#failures.set(partition, message)
      logger.warn({ topic, partition, position, error: message }, 'requests are not answered: they are retried')
      await pause(FAILED_WAIT_MS)
      return 'lost'
    }
  }

  async #commit({ topic, partition, next }: Slice, answers: readonly PredictionEvent[]): Promise<void> {
    const producer = await this.#producers.get(partitionKey({ topic, partition }))
    if (producer === undefined) throw new Error('the partition was assigned again')
    const messages = answers.map((answer): TopicMessage => {
      const value = Buffer.from(JSON.stringify(answer))
      return { topic: this.#kafkaTopic(ANSWERS), message: { key: answer[topics[ANSWERS].key as 'store_id'], value } }
    })
    const bytesOf = ({ message }: TopicMessage) => (message.value as Buffer).length
    const reader = { groupId: this.#groupId, topic: this.#kafkaTopic(topic), partition }
    const requests = requestsOf(messages, bytesOf, REQUEST_MESSAGES_MAX)
    await producer.commit(requests, reader, { offset: next, number: 0 })
  }

  #check({ topic, partition, messages }: Slice): { requests: FeatureRequest[]; dead: DeadMessage[] } {
    const { limits } = this.#options
    const requests: FeatureRequest[] = []
    const dead: DeadMessage[] = []
    const nowMs = Date.now()
    for (const message of messages) {
      const parsed = parseEvent(REQUESTS, message.value, nowMs, limits)
      if (parsed.ok) requests.push(parsed.event)
      else {
        const why = { reason: parsed.problem, error: parsed.error }
        dead.push(deadMessage({ origin: CONTRACT_ORIGIN, topic, partition }, message, why, limits.deadLetterBytesMax))
      }
    }
    return { requests, dead }
  }
}
