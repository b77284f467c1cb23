import { setTimeout as pause } from 'node:timers/promises'
import kafkajs, { type Admin, type ITopicConfig, type Kafka, type KafkaJSError } from 'kafkajs'
import {
  avroTopic,
  deadLetterTopic,
  isTopicName,
  stateTopicNames,
  type TopicName,
  topicNames,
  topics,
} from '../../contracts/topics.ts'
import { definitions, type Settings } from '../settings/settings.ts'

const HOUR_MS = 3_600_000
export const DEAD_LETTER_RETENTION_MS = 30 * 24 * HOUR_MS

const BATCH_BYTES = 'max.message.bytes'
/** Kafka's own default, which topics of events and catalogues have unless the broker or a person sets another. */
const EVENT_BATCH_BYTES = 1_048_588
/** What a dead letter has beside the message: headers with its error, its reason and where it came from. */
const HEADER_BYTES_MAX = 65_536
/** A purchase order of 5,000 lines is one record of more than a megabyte. */
export const STATE_MESSAGE_BYTES_MAX = 8 * 1024 * 1024

export interface WantedTopic {
  name: string
  partitions: number
  config: Readonly<Record<string, string>>
  /** Bytes that a batch may have, at least: a topic that takes more is left alone. */
  batchBytesMin?: number
  /** Topics whose messages it must be able to take, with headers added. */
  sources?: readonly string[]
}

export interface AppliedTopic extends WantedTopic {
  action: 'created' | 'partitions added' | 'settings changed' | 'unchanged'
}

export interface TopicState {
  name: string
  partitions: number
  /** Messages between the log's start and its end, over all partitions; after compaction an upper bound. */
  messages: number
}

type TopicSettings = Pick<Settings, 'kafkaTopicPartitions' | 'kafkaEventRetentionHours' | 'avroTopics'>

/**
 * Topics that other systems may also write in Avro.
 *
 * @throws naming the one without a contract
 */
export function avroTopicsOf({ avroTopics }: Pick<Settings, 'avroTopics'>): TopicName[] {
  return [...new Set(avroTopics)].map((name) => {
    if (isTopicName(name)) return name
    throw new Error(
      `${definitions.avroTopics.environment} has "${name}", which is no topic with a contract: ${topicNames.join(', ')}`,
    )
  })
}

/**
 * Every topic that Shelfline uses: events, catalogues, state, a dead letter topic for each that carries a contract, and those in Avro that
 * the settings name.
 *
 * @throws when the settings name a topic that does not exist
 */
export function wantedTopics(settings: TopicSettings): WantedTopic[] {
  const contracts = topicNames.map((name): WantedTopic => {
    const { partitions, cleanup } = topics[name]
    const config = cleanup === 'compact' ? compacted : kept(settings.kafkaEventRetentionHours * HOUR_MS)
    return { name, partitions, config }
  })
  const states = stateTopicNames.map(
    (name): WantedTopic => ({
      name,
      partitions: 1,
      config: compacted,
      batchBytesMin: STATE_MESSAGE_BYTES_MAX,
      sources: topicNames,
    }),
  )
  const letters = topicNames.map(
    (name: TopicName): WantedTopic => ({
      name: deadLetterTopic(name),
      partitions: 1,
      config: kept(DEAD_LETTER_RETENTION_MS),
      batchBytesMin: EVENT_BATCH_BYTES + HEADER_BYTES_MAX,
      sources: [name],
    }),
  )
  const edges = avroTopicsOf(settings).map(
    (name): WantedTopic => ({
      name: avroTopic(name),
      partitions: topics[name].partitions,
      config: kept(settings.kafkaEventRetentionHours * HOUR_MS),
    }),
  )
  const wanted = [...contracts, ...states, ...letters, ...edges]
  const known = new Set(wanted.map(({ name }) => name))
  for (const name of Object.keys(settings.kafkaTopicPartitions)) {
    if (!known.has(name))
      throw new Error(`topics: "${name}" is not in the catalogue; \`shelfline topics list\` shows it`)
  }
  return wanted.map((topic) => ({
    ...topic,
    partitions: settings.kafkaTopicPartitions[topic.name] ?? topic.partitions,
  }))
}

const compacted = { 'cleanup.policy': 'compact' }
const kept = (retentionMs: number) => ({ 'cleanup.policy': 'delete', 'retention.ms': String(retentionMs) })

/** A broker of a busy machine takes more than 20 s for all topics of a new instance. */
const LEADERS_WAIT_MS = 180_000
const LEADERS_POLL_MS = 50

/**
 * Creates topics and waits until the leader of every partition answers. kafkajs's own wait fails when the broker that
 * it asks does not have a new topic yet; and a broker that is named as the leader may for some 100 ms not know it.
 *
 * @throws after three minutes without leaders, naming the topics
 */
export async function createTopics(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  await admin.createTopics({ waitForLeaders: false, topics })
  const names = topics.map(({ topic }) => topic)
  const deadline = performance.now() + LEADERS_WAIT_MS
  const waiting = new Set(names)
  while (waiting.size > 0) {
    for (const name of waiting) if (await hasLeaders(admin, name)) waiting.delete(name)
    if (waiting.size === 0) return
    if (performance.now() > deadline)
      throw new Error(
        `Kafka: no leader for ${[...waiting].join(', ')} after ${LEADERS_WAIT_MS / 1_000} s; check that the broker is running and not overloaded`,
      )
    await pause(LEADERS_POLL_MS)
  }
}

async function hasLeaders(admin: Admin, name: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [name] })
    if (topics.some(({ partitions }) => partitions.length === 0 || partitions.some(({ leader }) => leader < 0)))
      return false
    return (await admin.fetchTopicOffsets(name)).length > 0
  } catch (error) {
    if ((error as KafkaJSError).retriable) return false
    throw error
  }
}

/**
 * Creates the topics that are missing, adds partitions where more are required and corrects clean-up, retention and the size
 * of batches. Running it again changes nothing. Partitions are never removed: Kafka can't. Other settings that a person
 * gave a topic stay.
 */
export async function applyTopics(kafka: Kafka, wanted: readonly WantedTopic[]): Promise<AppliedTopic[]> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics())
    const missing = wanted.filter(({ name }) => !existing.has(name))
    if (missing.length > 0) {
      await createTopics(admin, missing.map(creation))
    }
    const present = wanted.filter(({ name }) => existing.has(name))
    const grown = await addPartitions(admin, present)
    const changed = await correctSettings(admin, wanted)
    return wanted.map((topic) => ({
      ...topic,
      action: !existing.has(topic.name)
        ? 'created'
        : grown.has(topic.name)
          ? 'partitions added'
          : changed.has(topic.name)
            ? 'settings changed'
            : 'unchanged',
    }))
  })
}

/** What Kafka has of the catalogue, with message counts; topics that are missing are left out. */
export async function listTopics(kafka: Kafka, wanted: readonly WantedTopic[]): Promise<TopicState[]> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics())
    const states: TopicState[] = []
    for (const { name } of wanted.filter(({ name }) => existing.has(name))) {
      const offsets = await admin.fetchTopicOffsets(name)
      const messages = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
      states.push({ name, partitions: offsets.length, messages })
    }
    return states
  })
}

/** Does some work with a connection of its own, which is closed whatever happens. */
export async function withAdmin<Result>(kafka: Kafka, work: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await work(admin)
  } finally {
    await admin.disconnect()
  }
}

const creation = ({ name, partitions, config, batchBytesMin }: WantedTopic) => ({
  topic: name,
  numPartitions: partitions,
  configEntries: entriesOf({ ...config, ...(batchBytesMin && { [BATCH_BYTES]: String(batchBytesMin) }) }),
})

const entriesOf = (config: Readonly<Record<string, string>>) =>
  Object.entries(config).map(([name, value]) => ({ name, value }))

async function addPartitions(admin: Admin, wanted: readonly WantedTopic[]): Promise<Set<string>> {
  if (wanted.length === 0) return new Set()
  const metadata = await admin.fetchTopicMetadata({ topics: wanted.map(({ name }) => name) })
  const counts = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
  const short = wanted.filter(({ name, partitions }) => counts.get(name)! < partitions)
  if (short.length > 0) {
    const topicPartitions = short.map(({ name, partitions }) => ({ topic: name, count: partitions }))
    await admin.createPartitions({ topicPartitions })
  }
  return new Set(short.map(({ name }) => name))
}

async function correctSettings(admin: Admin, wanted: readonly WantedTopic[]): Promise<Set<string>> {
  const found = await describeTopics(admin, wanted)
  const bytesOf = (name: string) => Number(found.get(name)?.all.get(BATCH_BYTES) ?? 0)
  const different = wanted.flatMap(({ name, config, batchBytesMin = 0, sources = [] }) => {
    const batchBytes = Math.max(batchBytesMin, ...sources.map((source) => bytesOf(source) + HEADER_BYTES_MAX))
    const isTooSmall = sources.length > 0 && bytesOf(name) < batchBytes
    const right = isTooSmall ? { ...config, [BATCH_BYTES]: String(batchBytes) } : config
    const isRight = Object.entries(right).every(([key, value]) => found.get(name)?.all.get(key) === value)
    return isRight ? [] : [{ name, config: { ...found.get(name)?.own, ...right } }]
  })
  if (different.length > 0) {
    await admin.alterConfigs({
      validateOnly: false,
      resources: different.map(({ name, config }) => ({
        type: kafkajs.ConfigResourceTypes.TOPIC,
        name,
        configEntries: entriesOf(config),
      })),
    })
  }
  return new Set(different.map(({ name }) => name))
}

interface TopicConfig {
  /** Every setting that holds, wherever it was set. */
  all: Map<string, string>
  /** Those that the topic itself was given. Changing some of them takes back those that are not named. */
  own: Record<string, string>
}

/** How long Kafka keeps the messages of a topic. */
export interface Keeping {
  /** Undefined: for good, or until a newer message has the same key. */
  retentionMs: number | undefined
  /** The newest message of a segment is at most this much younger than its oldest. */
  segmentMs: number
  isCompacted: boolean
}

/** By name. Kafka must have the topics. */
export async function keepingOf(admin: Admin, names: readonly string[]): Promise<Map<string, Keeping>> {
  const described = await describeTopics(
    admin,
    names.map((name) => ({ name })),
  )
  return new Map(
    [...described].map(([name, { all }]) => {
      const policies = all.get('cleanup.policy')!.split(',')
      const retentionMs = Number(all.get('retention.ms'))
      const isDeleted = policies.includes('delete') && retentionMs >= 0
      return [
        name,
        {
          retentionMs: isDeleted ? retentionMs : undefined,
          segmentMs: Number(all.get('segment.ms')),
          isCompacted: policies.includes('compact'),
        },
      ]
    }),
  )
}

async function describeTopics(
  admin: Admin,
  topics: readonly Pick<WantedTopic, 'name'>[],
): Promise<Map<string, TopicConfig>> {
  const described = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    described.resources.map(({ resourceName, configEntries }) => {
      const own = configEntries.filter(({ configSource }) => configSource === kafkajs.ConfigSource.TOPIC_CONFIG)
      return [
        resourceName,
        {
          all: new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
          own: Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])),
        },
      ]
    }),
  )
}
