/** The requests of tills: the receiver's own code, with the agent's store in the place of Kafka. */
import { createHash } from 'node:crypto'
import { defaultLimits } from '../../contracts/limits.ts'
import type { EventOf } from '../../contracts/topics.ts'
import { isTopicName, topicNames } from '../../contracts/topics.ts'
import { definitions, type Settings } from '../../platform/settings/settings.ts'
import { SourceError } from '../errors.ts'
import type { OutgoingMessage } from '../receive/delivery.ts'
import { EventRate } from '../receive/event-rate.ts'
import { type EventStore, SOURCE_HEADER } from '../receive/receiver.ts'
import type { KnownSource } from '../receive/registry.ts'
import type { AgentStore, Sale, StoredEvent } from './store.ts'
import { paidMicros } from './totals.ts'

/** A store has some tills; a bound all the same. */
const EVENTS_PER_SECOND_MAX = 20_000
const BODY_BYTES_MAX = 4_194_304
const BODY_EVENTS_MAX = 10_000

type AgentSettings = Pick<Settings, 'agentSources' | 'agentTopics' | 'agentSigned'>

/**
 * The sources of the settings, as the receiver knows sources.
 *
 * @throws SourceError naming the setting that is wrong
 */
export function agentSources({
  agentSources: secrets,
  agentTopics,
  agentSigned,
}: AgentSettings): Map<string, KnownSource> {
  const names = Object.keys(secrets)
  if (names.length === 0) {
    throw new SourceError(
      `${definitions.agentSources.environment} is empty: an agent needs a source, such as tills=whsec_…`,
    )
  }
  for (const name of Object.keys(agentTopics)) {
    if (!names.includes(name)) {
      throw new SourceError(
        `${definitions.agentTopics.environment} names "${name}", which is not one of ${names.join(', ')}`,
      )
    }
  }
  return new Map(names.map((name) => [name, sourceOf(name, secrets[name]!, agentTopics[name], agentSigned === 'on')]))
}

function sourceOf(sourceId: string, secret: string, topic = 'pos_transactions', isSigned: boolean): KnownSource {
  if (!isTopicName(topic)) {
    throw new SourceError(
      `${definitions.agentTopics.environment} gives ${sourceId} the topic "${topic}": use one of ${topicNames.join(', ')}`,
    )
  }
  return {
    sourceId,
    topic,
    map: null,
    mapper: undefined,
    scheme: 'standard-webhooks',
    header: null,
    url: null,
    toleranceSeconds: 300,
    secrets: isSigned ? [secret] : [],
    rate: new EventRate(EVENTS_PER_SECOND_MAX),
    bodyBytesMax: BODY_BYTES_MAX,
    bodyEventsMax: BODY_EVENTS_MAX,
    depthMax: defaultLimits.messageDepthMax,
    eventsPerSecond: EVENTS_PER_SECOND_MAX,
    isStrict: false,
    mqttFilter: null,
    changedBy: '',
    updatedAt: new Date(0),
    previousUntil: null,
  }
}

/** What is rejected is stored, too: at the receiver it becomes a dead letter. */
export const storing = (store: AgentStore): EventStore => ({
  send: (messages, sourceId) => store.add(messages.map((message) => storedEvent(message, sourceId))),
})

export function storedEvent({ topic, value, headers }: OutgoingMessage, source: string): StoredEvent {
  const line = onOneLine(value)
  const isRejected = headers?.[SOURCE_HEADER] !== undefined
  if (isRejected) {
    return { source, eventId: `rejected ${createHash('sha256').update(line).digest('base64')}`, value: line }
  }
  const event = JSON.parse(line.toString()) as EventOf<'pos_transactions'>
  // As downstream: an id is one event on its day.
  const eventId = `${event.event_at.slice(0, 10)} ${event.event_id}`
  return { source, eventId, value: line, sale: topic === 'pos_transactions' ? saleOf(event) : undefined }
}

const saleOf = (event: EventOf<'pos_transactions'>): Sale => ({
  storeId: event.store_id,
  tillId: event.till_id ?? '',
  businessDay: event.event_at.slice(0, 10),
  paidMicros: paidMicros(event),
  tillSequence: event.till_sequence ?? undefined,
})

const LINE_FEED = 0x0a
const RETURN = 0x0d
const SPACE = 0x20

/** In JSON a line break is only ever a space between values: as a space it means the same. */
function onOneLine(value: Buffer): Buffer {
  if (!value.includes(LINE_FEED) && !value.includes(RETURN)) return value
  return Buffer.from(value.map((byte) => (byte === LINE_FEED || byte === RETURN ? SPACE : byte)))
}
