/**
 * Requests for forecasts by Kafka: each message of `feature_requests` is answered in `predictions` exactly once.
 */
import type { Kafka } from 'kafkajs'
import type { MessageLimits } from '../../contracts/limits.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { type EventOf, topics } from '../../contracts/topics.ts'
import type { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { TopicMessage } from '../../platform/kafka/transactional-producer.ts'
import type { Logger } from '../../platform/log.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import { CONTRACT_ORIGIN, type DeadMessage, deadMessage, keepDeadLetters } from '../runtime/dead-letters.ts'
import type { Slice } from '../runtime/processor.ts'
import { Transformation } from '../runtime/transformation.ts'

export type FeatureRequest = EventOf<'feature_requests'>
export type PredictionEvent = EventOf<'predictions'>

const REQUESTS = 'feature_requests'
const ANSWERS = 'predictions'

/** Small: the first requests of a slice wait for the last. */
const SLICE_MESSAGES_MAX = 500
const SLICE_BYTES_MAX = 1024 * 1024
const BUFFERED_BYTES_MAX = 8 * 1024 * 1024

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

/** Joins the group. @throws when Kafka does not answer, or does not have the topic */
export function answerRequests(options: RequestsOptions): Promise<Transformation> {
  const { pool, answer, onAnswered, limits, topicSuffix = '', ...parts } = options
  const kafkaTopic = (topic: string) => `${topic}${topicSuffix}`
  const groupId = `shelfline.predictions${topicSuffix}`
  /** What became of a slice that is being answered. */
  const underWay = new WeakMap<Slice, Omit<AnsweredBatch, 'knownAtMs'>>()
  return Transformation.start({
    ...parts,
    groupId,
    topics: [REQUESTS],
    kafkaTopic,
    transactionalId: ({ partition }) => `${groupId}.${partition}`,
    sliceMessagesMax: SLICE_MESSAGES_MAX,
    sliceBytesMax: SLICE_BYTES_MAX,
    bufferedBytesMax: BUFFERED_BYTES_MAX,
    // Who asked gets no answer; a person could not read it either.
    unreadable: 'pass',
    async transform(slice) {
      const { requests, dead } = check(slice, limits)
      const answers = requests.length === 0 ? [] : await answer(requests)
      if (dead.length > 0) await inTransaction(pool, (client) => keepDeadLetters(client, dead))
      underWay.set(slice, { answers, dead: dead.length })
      return answers.map((event) => messageOf(event, kafkaTopic(ANSWERS)))
    },
    onCommitted(slice) {
      onAnswered?.({ ...underWay.get(slice)!, knownAtMs: slice.messages.map(({ knownAtMs }) => knownAtMs) })
    },
  })
}

function messageOf(answer: PredictionEvent, topic: string): TopicMessage {
  const value = Buffer.from(JSON.stringify(answer))
  return { topic, message: { key: answer[topics[ANSWERS].key as 'store_id'], value } }
}

function check(
  { topic, partition, messages }: Slice,
  limits: MessageLimits,
): { requests: FeatureRequest[]; dead: DeadMessage[] } {
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
