import { randomBytes } from 'node:crypto'
import type { Admin, Kafka } from 'kafkajs'
import { topics as catalogue, type TopicName } from '../../contracts/topics.ts'
import { type Codec, codecs } from '../../platform/kafka/codecs.ts'
import { createKafka, createProducer, type MessageProducer } from '../../platform/kafka/kafka.ts'
import { createCluster, type DescribedTopic, describeTopics, fetchById } from '../../platform/kafka/protocol.ts'
import { type RecordBatch, splitBatches } from '../../platform/kafka/records.ts'
import { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { applyTopics, wantedTopics } from '../../platform/kafka/topics.ts'
import { createLogger } from '../../platform/log.ts'
import type { Settings } from '../../platform/settings/settings.ts'

export interface TestTopics {
  kafka: Kafka
  /** Behind the name of every topic of this test. */
  suffix: string
  admin: Admin
  logs: TopicLogs
  producer: MessageProducer
  /** Sends to the topic of this test; keyed as in the catalogue, or to one partition. */
  send(topic: TopicName, events: readonly unknown[], partition?: number, timestampMs?: number): Promise<void>
  /** The newest message of each key of a topic, compacted or not, as JSON. */
  newest(topic: string): Promise<Map<string, Record<string, unknown>>>
  /** Messages in the topic, all partitions. */
  count(topic: TopicName): Promise<number>
  close(): Promise<void>
}

const SEND_MAX = 5_000

/** A test's own copy of every topic. Text and buffers are sent as they are, everything else as JSON. */
export async function createTestTopics(
  settings: Settings,
  partitions: Record<string, number> = {},
): Promise<TestTopics> {
  const suffix = `.test-${randomBytes(5).toString('hex')}`
  const kafka = createKafka(settings, 'shelfline-test', createLogger({ logLevel: 'error' }, 'test'))
  const named = (name: string) => (name.endsWith('.dlq') ? `${name.slice(0, -4)}${suffix}.dlq` : `${name}${suffix}`)
  const wanted = wantedTopics({ ...settings, kafkaTopicPartitions: partitions }).map((topic) => ({
    ...topic,
    name: named(topic.name),
    sources: topic.sources?.map(named) ?? [],
  }))
  await applyTopics(kafka, wanted)
  const admin = kafka.admin()
  const producer = createProducer(kafka)
  const logs = new TopicLogs(kafka)
  await Promise.all([admin.connect(), producer.connect(), logs.connect()])
  return {
    kafka,
    suffix,
    admin,
    logs,
    producer,
    async send(topic, events, partition, timestampMs) {
      for (let from = 0; from < events.length; from += SEND_MAX) {
        const messages = events.slice(from, from + SEND_MAX).map((event) => ({
          key: (event as Record<string, string> | null)?.[catalogue[topic].key] ?? null,
          value: typeof event === 'string' || Buffer.isBuffer(event) ? event : JSON.stringify(event),
          ...(partition !== undefined && { partition }),
          ...(timestampMs !== undefined && { timestamp: String(timestampMs) }),
        }))
        await producer.send({ topic: `${topic}${suffix}`, acks: -1, messages })
      }
    },
    newest: (topic) => newest(kafka, admin, `${topic}${suffix}`),
    async count(topic) {
      const offsets = await admin.fetchTopicOffsets(`${topic}${suffix}`)
      return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
    },
    async close() {
      await admin.deleteTopics({ topics: wanted.map(({ name }) => name) })
      await Promise.all([admin.disconnect(), producer.disconnect(), logs.disconnect()])
    },
  }
}

async function newest(kafka: Kafka, admin: Admin, topic: string): Promise<Map<string, Record<string, unknown>>> {
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]))
  const read = new Map<string, Record<string, unknown>>()
  const done = Promise.withResolvers<void>()
  const finish = (partition: number, next: number) => {
    if (next >= ends.get(partition)!) ends.delete(partition)
    if (ends.size === 0) done.resolve()
  }
  for (const partition of [...ends.keys()]) finish(partition, 0)
  const consumer = kafka.consumer({ groupId: `reader-${randomBytes(5).toString('hex')}` })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { key, value, offset } }) => {
        read.set(key!.toString(), JSON.parse(value!.toString()) as Record<string, unknown>)
        finish(partition, Number(offset) + 1)
      },
    })
    await done.promise
    return read
  } finally {
    await consumer.disconnect()
  }
}

/** In which codecs the batches of a topic are packed, from an offset of its partitions on. */
export async function codecsOf({ kafka }: TestTopics, topic: string, from = 0): Promise<Set<Codec>> {
  const batches = await rawBatches(kafka, topic, from)
  return new Set(batches.map(({ bytes }) => codecs[bytes.readInt16BE(21) & 7]!))
}

/** The batches that lie in a topic, as they lie there. */
export async function rawBatches(kafka: Kafka, topic: string, from = 0): Promise<RecordBatch[]> {
  const cluster = createCluster(kafka)
  await cluster.connect()
  try {
    const broker = await cluster.brokerPool.findConnectedBroker()
    const [{ topicId, partitions }] = (await describeTopics(broker, [topic])) as [DescribedTopic]
    const batches: RecordBatch[] = []
    for (const { partition } of partitions) {
      for (let offset = from, isEnd = false; !isEnd; ) {
        const asked = [{ topicId, partitions: [{ partition, offset: BigInt(offset), maxBytes: 1024 * 1024 }] }]
        const { topics } = await fetchById(broker, { maxWaitMs: 0, minBytes: 0, maxBytes: 1024 * 1024, topics: asked })
        const { records, aborted } = topics[0]!.partitions[0]!
        const found = splitBatches(records, aborted, offset)
        batches.push(...found.batches)
        isEnd = found.next === offset
        offset = found.next
      }
    }
    return batches
  } finally {
    await cluster.disconnect()
  }
}
