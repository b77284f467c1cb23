/**
 * Makes events of what other systems write in Avro or Protobuf: each message of `TOPIC.avro` becomes one of TOPIC, exactly once. What can't be read
 * goes there as no event, and becomes a dead letter with the reason in a header.
 */
import type { Kafka } from 'kafkajs'
import { unframed } from '../../contracts/avro-values.ts'
import type { MessageLimits } from '../../contracts/limits.ts'
import { avroTopic, type TopicName, topics } from '../../contracts/topics.ts'
import type { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { TopicMessage } from '../../platform/kafka/transactional-producer.ts'
import type { Logger } from '../../platform/log.ts'
import type { StreamMessage } from '../runtime/processor.ts'
import { Transformation } from '../runtime/transformation.ts'
import type { WriterSchemas } from './writer-schemas.ts'

const SLICE_MESSAGES_MAX = 2_000
const SLICE_BYTES_MAX = 2 * 1024 * 1024
const BUFFERED_BYTES_MAX = 8 * 1024 * 1024
const ERROR_CHARACTERS_MAX = 1_000

/** Why a message of an edge topic could not be read. */
export const AVRO_ERROR_HEADER = 'shelfline-avro-error'

export interface BridgeOptions {
  kafka: Kafka
  topicLogs: TopicLogs
  logger: Logger
  limits: MessageLimits
  sessionTimeoutMs: number
  topics: readonly TopicName[]
  topicSuffix?: string
  schemas: WriterSchemas
  onSent?: (topic: TopicName, counts: { sent: number; rejected: number }) => void
  /** The messages can no longer be read: the process should end. */
  onFailed: (error: Error) => void
}

/** Joins the group. @throws when Kafka does not answer, or does not have a topic */
export function bridgeAvro(options: BridgeOptions): Promise<Transformation> {
  const { limits, schemas, topicSuffix = '', onSent, ...parts } = options
  const groupId = `shelfline.avro${topicSuffix}`
  return Transformation.start({
    ...parts,
    groupId,
    kafkaTopic: (topic) => `${avroTopic(topic)}${topicSuffix}`,
    transactionalId: ({ topic, partition }) => `${groupId}.${topic}.${partition}`,
    sliceMessagesMax: SLICE_MESSAGES_MAX,
    sliceBytesMax: SLICE_BYTES_MAX,
    bufferedBytesMax: BUFFERED_BYTES_MAX,
    unreadable: 'stop',
    async transform({ topic, messages }) {
      const made: TopicMessage[] = []
      for (const message of messages) {
        made.push({ topic: `${topic}${topicSuffix}`, message: await bridged(topic, message, schemas, limits) })
      }
      return made
    },
    onCommitted({ topic }, made) {
      const rejected = made.filter(({ message }) => message.headers !== undefined).length
      onSent?.(topic, { sent: made.length - rejected, rejected })
    },
  })
}

type Bridged = TopicMessage['message']

/** The event of a message; one that can't be read is no JSON, whatever it was. @throws when the registry does not answer */
export async function bridged(
  topic: TopicName,
  { key, value }: StreamMessage,
  schemas: WriterSchemas,
  limits: MessageLimits,
): Promise<Bridged> {
  // Of a catalogue it deletes the record of its key.
  if (value === null) return { key, value }
  const read = await readEvent(value, schemas)
  if (typeof read === 'string') return rejected(value, read, limits)
  const event = Buffer.from(JSON.stringify(read))
  if (event.length > limits.messageBytesMax) {
    const why = `has ${event.length} bytes as JSON; at most ${limits.messageBytesMax} are accepted`
    return rejected(value, why, limits)
  }
  const own = read[topics[topic].key]
  return { key: typeof own === 'string' ? own : null, value: event }
}

/** @returns the event, or why it can't be read @throws when the registry does not answer */
async function readEvent(message: Buffer, schemas: WriterSchemas): Promise<Record<string, unknown> | string> {
  try {
    const { schemaId, bytes } = unframed(message)
    const read = await schemas.find(schemaId).catch((error: Error) => error)
    if (read instanceof Error) throw new Unanswered(read.message, { cause: read })
    return typeof read === 'string' ? read : read(bytes)
  } catch (error) {
    if (error instanceof Unanswered) throw error
    return (error as Error).message
  }
}

/** Asked again: no fault of a message. */
class Unanswered extends Error {}

function rejected(value: Buffer, error: string, { messageBytesMax, deadLetterBytesMax }: MessageLimits): Bridged {
  // JSON that came without Avro's frame would be applied although it was rejected: a zero before it makes it no JSON.
  const marked = value[0] === 0 ? value : Buffer.concat([Buffer.alloc(1), value])
  const kept = marked.length > messageBytesMax ? marked.subarray(0, deadLetterBytesMax) : marked
  const headers = { [AVRO_ERROR_HEADER]: error.slice(0, ERROR_CHARACTERS_MAX).toWellFormed() }
  return { key: null, value: kept, headers }
}
