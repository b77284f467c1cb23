/** From the items of a body to events of a contract: by the source's map, or as they are. */

import { defaultLimits, type MessageLimits } from '../../contracts/limits.ts'
import { parseEvent, readJson } from '../../contracts/parse.ts'
import { type TopicName, topics } from '../../contracts/topics.ts'
import { explainMapped } from '../rejected.ts'
import { type BodyBounds, busy, type Item, type Items } from './body.ts'
import type { OutgoingMessage } from './delivery.ts'
import type { BodyMapper, MappedEvent } from './mapper.ts'
import { Refusal, type RejectedEvent } from './refusal.ts'

export interface ReadEvents {
  accepted: OutgoingMessage[]
  rejected: RejectedEvent[]
}

export interface ReadOptions {
  topic: TopicName
  mapper: BodyMapper | undefined
  bounds: BodyBounds
  limits?: MessageLimits
  /** The sender is there: it sends no events of other stores; left out: of any. */
  storeId?: string
}

/** Its contract allows the event, but its sender may not send it. */
export const FOREIGN_STORE = 'foreign_store'

/**
 * Checks each item against the contract of the source's topic.
 *
 * @throws Refusal when the map makes too many events of a body
 */
export async function readEvents({ items, rejected }: Items, options: ReadOptions): Promise<ReadEvents> {
  const { topic, mapper, limits = defaultLimits, bounds, storeId } = options
  const read: ReadEvents = { accepted: [], rejected: [...rejected] }
  // A source may be given less depth than any message, not more.
  const messageDepthMax = Math.min(limits.messageDepthMax, bounds.depthMax)
  if (mapper === undefined) {
    for (const item of items) check(read, item, { topic, limits: { ...limits, messageDepthMax }, storeId })
    return read
  }
  const documents = items.filter((item) => isDocument(read, item, bounds))
  const mapped = await mapAll(mapper, documents, read)
  if (mapped.length > bounds.bodyEventsMax) {
    throw new Refusal(413, 'too_many_events', `the map makes more than ${bounds.bodyEventsMax} events of the body`)
  }
  const made = new Set<number>()
  for (const { document, value } of mapped) {
    made.add(document)
    check(
      read,
      { line: documents[document]!.line, value: Buffer.from(value) },
      { topic, limits, storeId, isMapped: true },
    )
  }
  for (const [index, { line, value }] of documents.entries()) {
    if (made.has(index) || mapped.length === 0) continue
    read.rejected.push({
      line,
      problem: 'broken_row',
      error: 'the array that the map reads is missing or empty',
      value,
    })
  }
  return read
}

const OUT_OF_MEMORY = /^Out of Memory/i

/** What the map can't read at all rejects every document that was mapped with it. */
async function mapAll(mapper: BodyMapper, documents: readonly Item[], read: ReadEvents): Promise<MappedEvent[]> {
  if (documents.length === 0) return []
  try {
    const mapped = await mapper.map(documents.map(({ value }) => value.toString()))
    if (mapped.length > 0) return mapped
    reject(read, documents, 'the array that the map reads is missing or empty')
  } catch (error) {
    if (OUT_OF_MEMORY.test((error as Error).message)) throw busy()
    reject(read, documents, `the map can not be applied: ${(error as Error).message.split('\n')[0]}`)
  }
  return []
}

function reject(read: ReadEvents, documents: readonly Item[], error: string): void {
  for (const { line, value } of documents) read.rejected.push({ line, problem: 'broken_row', error, value })
}

function isDocument(read: ReadEvents, { line, value }: Item, { bodyBytesMax, depthMax }: BodyBounds): boolean {
  const json = readJson(value, { messageBytesMax: bodyBytesMax, messageDepthMax: depthMax })
  const isObject = json.ok && typeof json.event === 'object' && json.event !== null && !Array.isArray(json.event)
  if (isObject) return true
  const { problem, error } = json.ok ? { problem: 'broken_row', error: 'is not a JSON object' } : json
  read.rejected.push({ line, problem, error, value })
  return false
}

interface Checking {
  topic: TopicName
  limits: MessageLimits
  storeId: string | undefined
  isMapped?: boolean
}

function check(read: ReadEvents, { line, value }: Item, { topic, limits, storeId, isMapped = false }: Checking): void {
  const parsed = parseEvent(topic, value, Date.now(), limits)
  if (parsed.ok) {
    const event = parsed.event as Record<string, unknown>
    if (storeId !== undefined && typeof event.store_id === 'string' && event.store_id !== storeId) {
      const error = `is of ${event.store_id}, and its sender is in ${storeId}`
      // A zero before it makes it no JSON, so that it becomes a dead letter and is not applied.
      read.rejected.push({ line, problem: FOREIGN_STORE, error, value: Buffer.concat([Buffer.alloc(1), value]) })
      return
    }
    const key = event[topics[topic].key]
    read.accepted.push({ topic, key: typeof key === 'string' ? key : null, value })
    return
  }
  const error = isMapped
    ? explainMapped(topic, JSON.parse(value.toString()) as Record<string, unknown>, parsed)
    : parsed.error
  read.rejected.push({ line, problem: parsed.problem, error, value })
}
