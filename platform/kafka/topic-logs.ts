import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { type Broker, type Cluster, createCluster, type DescribedTopic, describeTopics, ERROR } from './protocol.ts'

/** A topic as Kafka has it now. One that was deleted and created again has another id, and another log. */
export interface TopicLog {
  topicId: string
  partitions: ReadonlyMap<number, LogRange>
}

/** A partition's place in Kafka: the oldest offset that is kept, and one past the newest. */
export interface LogRange {
  start: number
  end: number
}

/** A partition's place in one of the logs of its topic. */
export interface PartitionLog extends LogRange {
  topicId: string
}

const EARLIEST = -2
const LATEST = -1
/** A partition's leader may be changing when it is asked for, or the broker restarting; together the waits are 82 s. */
const ATTEMPTS_MAX = 40
const WAIT_MS = 100

/** Looks up topics: their ids, and from where to where their partitions go. Over a connection of its own. */
export class TopicLogs {
  readonly #cluster: Cluster

  constructor(kafka: Kafka) {
    this.#cluster = createCluster(kafka)
  }

  connect(): Promise<void> {
    return this.#cluster.connect()
  }

  disconnect(): Promise<void> {
    return this.#cluster.disconnect()
  }

  /** By name; a topic that Kafka doesn't have is left out. @throws when a partition has no leader for 82 s */
  async describe(names: readonly string[]): Promise<Map<string, TopicLog>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#describe(names)
      } catch (error) {
        if ((error as { retriable?: boolean }).retriable !== true || attempt === ATTEMPTS_MAX) throw error
        await pause(WAIT_MS * attempt)
      }
    }
  }

  async #describe(names: readonly string[]): Promise<Map<string, TopicLog>> {
    const found = new Map<string, TopicLog>()
    if (names.length === 0) return found
    const described = await describeTopics(await this.#cluster.brokerPool.findConnectedBroker(), names)
    const topics = described.filter(({ error }) => error !== ERROR.unknownTopicOrPartition)
    const [starts, ends] = await Promise.all([this.#offsets(topics, EARLIEST), this.#offsets(topics, LATEST)])
    for (const { name, topicId, partitions } of topics) {
      const ranges = partitions.map(({ partition }): [number, LogRange] => {
        const key = `${name}/${partition}`
        return [partition, { start: starts.get(key)!, end: ends.get(key)! }]
      })
      found.set(name!, { topicId, partitions: new Map(ranges) })
    }
    return found
  }

  async #offsets(topics: readonly DescribedTopic[], timestamp: number): Promise<Map<string, number>> {
    const found = new Map<string, number>()
    for (const [leader, partitions] of partitionsByLeader(topics)) {
      const asked = [...partitions].map(([topic, numbers]) => ({
        topic,
        partitions: numbers.map((partition) => ({ partition, timestamp })),
      }))
      const { responses } = await (await this.#broker(leader, [...partitions.keys()])).listOffsets({ topics: asked })
      for (const { topic, partitions } of responses) {
        for (const { partition, offset } of partitions) found.set(`${topic}/${partition}`, Number(offset))
      }
    }
    return found
  }

  async #broker(nodeId: number, topics: readonly string[]): Promise<Broker> {
    try {
      return await this.#cluster.findBroker({ nodeId })
    } catch {
      await this.#cluster.brokerPool.refreshMetadata(topics)
      return this.#cluster.findBroker({ nodeId })
    }
  }
}

/** By the leader's node: the topics, and which of their partitions it leads. */
function partitionsByLeader(topics: readonly DescribedTopic[]): Map<number, Map<string, number[]>> {
  const byLeader = new Map<number, Map<string, number[]>>()
  for (const { error, name, partitions } of topics) {
    if (error !== ERROR.none) throw new NoLeaderError(`Kafka: topic ${name}: error ${error}`)
    for (const { partition, leader } of partitions) {
      if (leader < 0)
        throw new NoLeaderError(`Kafka: ${name}/${partition} has no leader; check that its broker is running`)
      const ofLeader = byLeader.get(leader) ?? new Map<string, number[]>()
      byLeader.set(leader, ofLeader.set(name!, [...(ofLeader.get(name!) ?? []), partition]))
    }
  }
  return byLeader
}

class NoLeaderError extends Error {
  override name = 'NoLeaderError'
  readonly retriable = true
}
