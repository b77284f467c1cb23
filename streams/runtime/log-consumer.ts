import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs'
import {
  type Broker,
  type Cluster,
  describeTopics,
  ERROR,
  type FetchedPartition,
  type FetchedTopic,
  type FetchRequest,
  fetchById,
  withCluster,
} from '../../platform/kafka/protocol.ts'
import { type RecordBatch, splitBatches } from '../../platform/kafka/records.ts'

/** What a fetch brought of a partition. */
export interface Fetched {
  topicId: string
  /** The offset that was asked for. */
  from: number
  /** One past the last offset that is spoken of: batches, and gaps in which the log holds nothing. */
  next: number
  batches: RecordBatch[]
  /** The log is another one, or doesn't go this far. */
  isMoved: boolean
}

const require = createRequire(import.meta.url)
const { createErrorFromCode } = require('kafkajs/src/protocol/error.js') as { createErrorFromCode(code: number): Error }

const MOVED: readonly number[] = [
  ERROR.offsetOutOfRange,
  ERROR.unknownTopicOrPartition,
  ERROR.unknownTopicId,
  ERROR.inconsistentTopicId,
]
const UNOPENED_WAIT_MS = 50

/**
 * kafkajs's consumer as a member of its group, which reads the log itself: it fetches topics by their ids, so that a topic
 * that was created again is never taken for the old one, and hands on batches as they lie in the log, still packed.
 * kafkajs's own reading loses sight of the position where a transaction was aborted or the log was compacted, unpacks
 * all that it has fetched, and ends the consumer for one batch that it can't read.
 *
 * @param topicIds the ids of the topics to fetch, by Kafka's name; others wait
 */
export function createLogConsumer(
  kafka: Kafka,
  config: ConsumerConfig,
  topicIds: ReadonlyMap<string, string>,
): Consumer {
  const fetching = withCluster(kafka, (cluster) => {
    const findBroker = cluster.findBroker.bind(cluster)
    cluster.findBroker = async (node) => {
      const broker = await findBroker(node)
      broker.fetch = (request) => fetch(broker, request, topicIds)
      return broker
    }
    withoutMissingTopics(cluster)
  })
  return fetching.consumer(config)
}

/** What a batch of a consumer that `createLogConsumer` has made holds. */
export const fetchedOf = ({ batch }: EachBatchPayload): Fetched =>
  (batch.messages[0] as unknown as { fetched: Fetched }).fetched

async function fetch(
  broker: Broker,
  { maxWaitTime, minBytes, maxBytes, topics }: FetchRequest,
  topicIds: ReadonlyMap<string, string>,
): Promise<{ responses: FetchedTopic[] }> {
  const names = new Map<string, string>()
  const asked = new Map<string, number>()
  const wanted = shuffled(topics).flatMap(({ topic, partitions }) => {
    const topicId = topicIds.get(topic)
    if (topicId === undefined) return []
    names.set(topicId, topic)
    return {
      topicId,
      partitions: shuffled(partitions).map(({ partition, fetchOffset, maxBytes }) => {
        asked.set(`${topic}/${partition}`, Number(fetchOffset))
        return { partition, offset: BigInt(fetchOffset), maxBytes }
      }),
    }
  })
  if (wanted.length === 0) {
    await pause(UNOPENED_WAIT_MS)
    return { responses: [] }
  }
  const answer = await fetchById(broker, { maxWaitMs: maxWaitTime, minBytes, maxBytes, topics: wanted })
  if (answer.error !== ERROR.none) throw createErrorFromCode(answer.error)
  return {
    responses: answer.topics.flatMap(({ topicId, partitions }) => {
      const topicName = names.get(topicId)
      if (topicName === undefined) return []
      const fetched = partitions.map((one) => asBatch(topicId, one, asked.get(`${topicName}/${one.partition}`)!))
      return { topicName, partitions: fetched }
    }),
  }
}

/** As kafkajs requires it: one message that represents all, with the last offset that was mentioned. */
function asBatch(topicId: string, partition: FetchedPartition, from: number): FetchedTopic['partitions'][number] {
  const fetched: Fetched = { topicId, from, ...fetchedPartition(partition, from) }
  const isNews = fetched.next > from || fetched.isMoved
  const message = {
    offset: String(Math.max(from, fetched.next - 1)),
    isControlRecord: false,
    batchContext: {},
    fetched,
  }
  return {
    partition: partition.partition,
    highWatermark: String(partition.highWatermark),
    abortedTransactions: [],
    messages: isNews ? [message] : [],
  }
}

/** @throws for an error that kafkajs knows what to do about: another leader, a broker that restarts */
function fetchedPartition(
  { error, records, aborted }: FetchedPartition,
  from: number,
): Pick<Fetched, 'next' | 'batches' | 'isMoved'> {
  if (MOVED.includes(error)) return { next: from, batches: [], isMoved: true }
  if (error === ERROR.corruptMessage) return { next: from + 1, batches: [corruptBatch(from)], isMoved: false }
  if (error !== ERROR.none) throw createErrorFromCode(error)
  return { ...splitBatches(records, aborted, from), isMoved: false }
}

/** Kafka itself can't read what it should send. */
const corruptBatch = (offset: number): RecordBatch => ({
  base: offset,
  last: offset,
  count: 0,
  firstTimestampMs: 0,
  bytes: Buffer.alloc(0),
  problem: 'Kafka reports that its log file is corrupt at this offset',
})

/** Kafka fills an answer partition by partition: each gets its turn to be first. */
function shuffled<Value>(values: readonly Value[]): Value[] {
  const all = [...values]
  for (let left = all.length - 1; left > 0; left -= 1) {
    const other = Math.floor(Math.random() * (left + 1))
    const value = all[left]!
    all[left] = all[other]!
    all[other] = value
  }
  return all
}

/** A topic that is missing for a while takes its own partitions away, and not the whole consumer with all others. */
function withoutMissingTopics({ brokerPool }: Cluster): void {
  const refresh = brokerPool.refreshMetadata.bind(brokerPool)
  brokerPool.refreshMetadata = async (topics) => {
    try {
      await refresh(topics)
    } catch (error) {
      if ((error as { type?: string }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
      const described = await describeTopics(await brokerPool.findConnectedBroker(), topics)
      const present = described.filter((topic) => topic.error !== ERROR.unknownTopicOrPartition)
      await refresh(present.map(({ name }) => name!))
    }
  }
}
