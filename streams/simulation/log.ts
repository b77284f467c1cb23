import type { TopicName } from '../../contracts/topics.ts'
import type { Slice, StreamMessage } from '../runtime/processor.ts'

/** An event as it lies in a partition. */
export interface Logged {
  /** Sent as JSON; text is sent as it is. */
  event: object | string
  knownAtMs: number
}

/** Events as the messages of a partition, from offset 0. */
export function asMessages(logged: readonly Logged[]): StreamMessage[] {
  return logged.map(({ event, knownAtMs }, offset) => ({
    offset,
    knownAtMs,
    key: null,
    value: Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
    headers: {},
  }))
}

/**
 * Cuts a partition into slices.
 *
 * @param size how many messages the next slice has, at least 1
 */
export function cutIntoSlices(
  topic: TopicName,
  partition: number,
  messages: readonly StreamMessage[],
  size: () => number,
): Slice[] {
  const slices: Slice[] = []
  for (let position = 0; position < messages.length; ) {
    const next = Math.min(position + size(), messages.length)
    slices.push({ topic, partition, position, next, messages: messages.slice(position, next), logEnd: messages.length })
    position = next
  }
  return slices
}
