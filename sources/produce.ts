import { setTimeout as delay } from 'node:timers/promises'
import type { TopicName } from '../contracts/topics.ts'
import { createKafka, createProducer } from '../platform/kafka/kafka.ts'
import type { KafkaSettings } from '../platform/kafka/security.ts'
import type { Logger } from '../platform/log.ts'
import type { SourceEvent } from './event-stream.ts'

/** Where events go. */
export interface EventSink {
  /** Resolves when all in-sync replicas have the events. */
  send(events: readonly SourceEvent[]): Promise<void>
  close(): Promise<void>
}

/**
 * Kafka as a sink.
 *
 * @param topicName renames topics, for tests that share a broker
 * @throws when no broker answers
 */
export async function connectKafkaSink(
  settings: KafkaSettings,
  logger: Logger,
  topicName: (name: TopicName) => string = (name) => name,
): Promise<EventSink> {
  const producer = createProducer(createKafka(settings, 'shelfline-sources', logger))
  try {
    await producer.connect()
  } catch (error) {
    throw new Error(
      `Kafka: no broker answers at ${settings.kafkaBrokers.join(', ')} (${(error as Error).message}); \`shelfline stack up\` starts one`,
    )
  }
  return {
    async send(events) {
      const byTopic = new Map<TopicName, { key: string | null; value: string }[]>()
      for (const { topic, key, value } of events) {
        const messages = byTopic.get(topic)
        if (messages) messages.push({ key, value })
        else byTopic.set(topic, [{ key, value }])
      }
      const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic: topicName(topic), messages }))
      await producer.sendBatch({ acks: -1, topicMessages }).catch((error: unknown) => {
        if (!isMissingTopic(error)) throw error
        const names = topicMessages.map(({ topic }) => topic).join(', ')
        throw new Error(`Kafka does not have all of the topics ${names}: \`shelfline topics apply\` creates them`)
      })
    },
    close: () => producer.disconnect(),
  }
}

const isMissingTopic = (error: unknown): boolean =>
  error instanceof Error && 'type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION'

/** `max`, or a multiple of real time: at 60 an hour of the data takes a minute. */
export type Speed = 'max' | number

export interface ProduceOptions {
  speed: Speed
  /** Ends the sending after the batch that is on its way. */
  signal?: AbortSignal | undefined
  onProgress?: ((sent: number) => void) | undefined
}

export type Sent = Partial<Record<TopicName, number>>

/** A broker takes at most 1 MiB a batch and partition; in the worst case all of a request is one partition's. */
const REQUEST_BYTES_MAX = 900_000
const REQUEST_EVENTS_MAX = 5_000
/** At a given speed events are sent this much together. */
const PACE_TICK_MS = 100

/**
 * Sends events in their order. While one request is under way the next is made, so that at most two are in memory.
 *
 * @returns the events that Kafka confirmed, by topic
 */
export async function produce(
  chunks: AsyncIterable<readonly SourceEvent[]>,
  sink: EventSink,
  { speed, signal, onProgress }: ProduceOptions,
): Promise<Sent> {
  const sent: Sent = {}
  let total = 0
  let underWay: Promise<void> = Promise.resolve()
  const send = async (events: SourceEvent[]) => {
    await sink.send(events)
    for (const { topic } of events) sent[topic] = (sent[topic] ?? 0) + 1
    total += events.length
    onProgress?.(total)
  }
  const requests = speed === 'max' ? bySize(chunks, false) : bySize(paced(chunks, speed, signal), true)
  for await (const request of requests) {
    await underWay
    if (signal?.aborted) break
    underWay = send(request)
    // A failure is thrown by the next await; until then it must not count as unhandled.
    underWay.catch(() => undefined)
    if (speed !== 'max') await underWay
  }
  await underWay
  return sent
}

/** Requests that Kafka takes; with `isPaced` none waits for the next chunk. */
async function* bySize(chunks: AsyncIterable<readonly SourceEvent[]>, isPaced: boolean): AsyncGenerator<SourceEvent[]> {
  let request: SourceEvent[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    for (const event of chunk) {
      const size = Buffer.byteLength(event.value) + 100
      const isFull = bytes + size > REQUEST_BYTES_MAX || request.length === REQUEST_EVENTS_MAX
      if (request.length > 0 && isFull) {
        yield request
        request = []
        bytes = 0
      }
      request.push(event)
      bytes += size
    }
    if (isPaced && request.length > 0) {
      yield request
      request = []
      bytes = 0
    }
  }
  if (request.length > 0) yield request
}

/** Holds each event back until its time has come, counted from the first one. */
async function* paced(
  chunks: AsyncIterable<readonly SourceEvent[]>,
  speed: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SourceEvent[]> {
  const startedAt = performance.now()
  let firstMs: number | undefined
  for await (const chunk of chunks) {
    let group: SourceEvent[] = []
    for (const event of chunk) {
      firstMs ??= event.sendAtMs ?? undefined
      const dueIn = startedAt + ((event.sendAtMs ?? firstMs ?? 0) - (firstMs ?? 0)) / speed - performance.now()
      if (dueIn > PACE_TICK_MS) {
        if (group.length > 0) yield group
        group = []
        if (!(await waited(dueIn, signal))) return
      }
      group.push(event)
    }
    if (group.length > 0) yield group
  }
}

/** False when the wait was ended by the signal. */
async function waited(milliseconds: number, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await delay(milliseconds, undefined, { signal })
    return true
  } catch (error) {
    if (signal?.aborted) return false
    throw error
  }
}
