/** Schemas of the contracts in Avro: checked against those of the last release, published to a registry, and used to send events. */
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { avroSchema } from '../../contracts/avro.ts'
import { framed, toAvro } from '../../contracts/avro-values.ts'
import { type AvroRecord, incompatibilities } from '../../contracts/compatibility.ts'
import { parseEvent } from '../../contracts/parse.ts'
import { avroTopic, isTopicName, type TopicName, topicNames, topics } from '../../contracts/topics.ts'
import type { MessageProducer } from '../../platform/kafka/kafka.ts'
import { RegistryAwayError, RegistryError, SchemaRegistry } from '../../platform/schema-registry/schema-registry.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import { ConflictError, InvalidError, UnavailableError } from '../errors.ts'
import { requireChoice } from '../values.ts'

const RELEASED = join(import.meta.dirname, '..', '..', 'contracts', 'released')

export interface CheckedSchema {
  topic: TopicName
  /** `new`: the last release has no such topic. `missing`: a released topic is no longer here. */
  state: 'same' | 'changed' | 'new' | 'incompatible' | 'missing'
  problems: string[]
}

/** Every contract beside that of the last release. Needs no registry. */
export function checkSchemas(): CheckedSchema[] {
  const released = new Map(
    globSync('*.avsc', { cwd: RELEASED }).map((file) => [
      basename(file, '.avsc'),
      JSON.parse(readFileSync(join(RELEASED, file), 'utf8')) as AvroRecord,
    ]),
  )
  const checked = topicNames.map((topic): CheckedSchema => {
    const [before, after] = [released.get(topic), avroSchema(topics[topic]) as AvroRecord]
    if (before === undefined) return { topic, state: 'new', problems: [] }
    const problems = incompatibilities(before, after)
    if (problems.length > 0) return { topic, state: 'incompatible', problems }
    return { topic, state: JSON.stringify(before) === JSON.stringify(after) ? 'same' : 'changed', problems: [] }
  })
  const gone = [...released.keys()].filter((name) => !isTopicName(name))
  return [
    ...checked,
    ...gone.map((name) => ({
      topic: name as TopicName,
      state: 'missing' as const,
      problems: [`${name}: the topic was released, and is no longer here`],
    })),
  ]
}

export interface PublishedSchema {
  topic: TopicName
  subject: string
  id: number
}

/** The subject of the values of a topic's edge in Avro, as Confluent's serializers name it. */
const subjectOf = (topic: TopicName): string => `${avroTopic(topic)}-value`

/**
 * Publishes every contract. One that the registry has already keeps its id.
 *
 * @throws ConflictError naming the subject that the registry refuses, and why; UnavailableError
 */
export async function publishSchemas({
  schemaRegistryUrl,
}: Pick<Settings, 'schemaRegistryUrl'>): Promise<PublishedSchema[]> {
  const registry = new SchemaRegistry(schemaRegistryUrl)
  const published: PublishedSchema[] = []
  for (const topic of topicNames) published.push(await publish(registry, topic))
  return published
}

async function publish(registry: SchemaRegistry, topic: TopicName): Promise<PublishedSchema> {
  const subject = subjectOf(topic)
  try {
    const id = await registry.register(subject, avroSchema(topics[topic]))
    await registry.requireCompatibility(subject, 'FULL_TRANSITIVE')
    return { topic, subject, id }
  } catch (error) {
    throw explained(error, subject)
  }
}

export interface SentInAvro extends PublishedSchema {
  /** Kafka's name of the topic that has them now. */
  edge: string
  sent: number
}

const SEND_MAX = 1_000

/**
 * Sends events to the edge of their topic as another system would: in Avro, with the id of the contract's schema.
 *
 * @param lines events of the contract, JSON
 * @throws InvalidError naming the line that is no event; ConflictError; UnavailableError
 */
export async function sendInAvro(
  settings: Pick<Settings, 'schemaRegistryUrl'>,
  producer: MessageProducer,
  { topic: name, lines, topicSuffix = '' }: { topic: string; lines: readonly string[]; topicSuffix?: string },
): Promise<SentInAvro> {
  const topic = requireChoice('topic', name, topicNames)
  const published = await publish(new SchemaRegistry(settings.schemaRegistryUrl), topic)
  const messages = lines.map((line, index) => {
    const event = readEvent(topic, line, index + 1)
    return { key: String(event[topics[topic].key]), value: framed(published.id, asAvro(topic, event, index + 1)) }
  })
  const edge = `${avroTopic(topic)}${topicSuffix}`
  for (let from = 0; from < messages.length; from += SEND_MAX) {
    await producer.send({ topic: edge, acks: -1, messages: messages.slice(from, from + SEND_MAX) })
  }
  return { ...published, edge, sent: messages.length }
}

function readEvent(topic: TopicName, line: string, number: number): Record<string, unknown> {
  const parsed = parseEvent(topic, Buffer.from(line), Date.now())
  if (parsed.ok) return parsed.event
  throw new InvalidError(`line ${number} is no event of ${topic}: ${parsed.error}`)
}

function asAvro(topic: TopicName, event: Record<string, unknown>, number: number): Buffer {
  try {
    return toAvro(topic, event)
  } catch (error) {
    throw new InvalidError(`line ${number} does not fit into Avro: ${(error as Error).message}`)
  }
}

const CONFLICT = 409
const UNPROCESSABLE = 422

function explained(error: unknown, subject: string): unknown {
  if (error instanceof RegistryAwayError) {
    return new UnavailableError(error.message, { fix: 'SHELFLINE_SCHEMA_REGISTRY_URL sets the address' })
  }
  if (!(error instanceof RegistryError)) return error
  if (error.status === CONFLICT || error.status === UNPROCESSABLE) {
    return new ConflictError(`${subject}: the registry refuses the schema: ${error.message}`)
  }
  return new UnavailableError(`${subject}: the registry fails: ${error.message}`)
}
