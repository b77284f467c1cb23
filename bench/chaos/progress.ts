/** How far the platform is, asked past the proxies, and with patience: the servers that know may be away. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import pg from 'pg'
import type { TopicName } from '../../contracts/topics.ts'
import { createKafka } from '../../platform/kafka/kafka.ts'
import { createLogger } from '../../platform/log.ts'
import { RAW_SINK, rawTopics } from '../../streams/raw/raw-sink.ts'
import { productProcessors } from '../../streams/runtime/runtime.ts'
import type { Site } from './site.ts'

const POLL_MS = 100
const QUERY_MS_MAX = 10_000
/** Whole numbers as numbers, dates as text: as the platform reads them. */
const asPlatform = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.DATE) return (value: string) => value
    if (oid === pg.types.builtins.INT8) return Number
    return pg.types.getTypeParser(oid, format as 'text')
  },
} as pg.CustomTypesConfig

/** Every processor, with the topics that it reads. */
export const readers: readonly { processor: string; topics: readonly TopicName[] }[] = [
  { processor: RAW_SINK, topics: rawTopics },
  ...productProcessors.map(({ name, topics: read }) => ({ processor: name, topics: read })),
]
export const readTopics: readonly TopicName[] = [...new Set(readers.flatMap(({ topics: read }) => read))]

export interface LogRange {
  start: number
  end: number
}

export interface PartitionCounts {
  processor: string
  topic: TopicName
  partition: number
  position: number
  consumed: number
  applied: number
  duplicate: number
  late: number
  dead: number
  lost: number
  problem: string | null
}

/** By `topic/partition`. */
export type Logs = ReadonlyMap<string, LogRange>

export class Watch {
  readonly #site: Site
  readonly #admin: Admin

  private constructor(site: Site) {
    this.#site = site
    this.#admin = createKafka(site.settings, 'chaos-watch', createLogger({ logLevel: 'silent' }, 'chaos')).admin()
  }

  static async open(site: Site): Promise<Watch> {
    const watch = new Watch(site)
    await watch.#admin.connect()
    return watch
  }

  close = (): Promise<void> => this.#admin.disconnect()

  /** One connection for one question, so that none is broken that was open before. */
  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({
      connectionString: this.#site.settings.postgresUrl,
      connectionTimeoutMillis: QUERY_MS_MAX,
      types: asPlatform,
    })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return (await client.query(text, values)).rows as Row[]
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  async logs(): Promise<Logs> {
    const logs = new Map<string, LogRange>()
    for (const topic of readTopics) {
      const offsets = await this.#admin.fetchTopicOffsets(this.kafkaTopic(topic))
      for (const { partition, low, high } of offsets) {
        logs.set(`${topic}/${partition}`, { start: Number(low), end: Number(high) })
      }
    }
    return logs
  }

  kafkaTopic = (topic: TopicName): string => `${topic}${this.#site.topicSuffix}`

  /** Messages in a topic of Kafka's. */
  async count(kafkaTopic: string): Promise<number> {
    const offsets = await this.#admin.fetchTopicOffsets(kafkaTopic)
    return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
  }

  counts(): Promise<PartitionCounts[]> {
    return this.query<PartitionCounts>(
      `select processor, topic, partition, position, consumed, applied, duplicate, late, dead, lost, problem
       from ops.stream_offsets order by processor, topic, partition`,
    )
  }

  /** Messages that are before these ends and not consumed, over all processors. */
  async behind(logs: Logs): Promise<number> {
    const positions = new Map(
      (await this.counts()).map(({ processor, topic, partition, position }) => [
        `${processor} ${topic}/${partition}`,
        position,
      ]),
    )
    let behind = 0
    for (const { processor, topics: read } of readers) {
      for (const [key, { start, end }] of logs) {
        if (!read.some((topic) => key.startsWith(`${topic}/`))) continue
        behind += Math.max(0, end - (positions.get(`${processor} ${key}`) ?? start))
      }
    }
    return behind
  }

  /** Messages that are still to be sent: of the outbox, and dead letters to their topics. */
  async unsent(): Promise<number> {
    const [row] = await this.query<{ unsent: number }>(
      `select (select count(*) from ops.outbox)
         + (select count(*) from ops.dead_letters where relayed_attempts < attempts) as unsent`,
    )
    return row!.unsent
  }

  /** The runs that build a partition at this moment, as the ledger has it. */
  async runningBuilds(): Promise<number[]> {
    const rows = await this.query<{ run: number }>(`select run from ops.partition_ledger where status = 'running'`)
    return rows.map(({ run }) => run)
  }

  async runningPlans(): Promise<number> {
    const [row] = await this.query<{ plans: number }>(
      `select count(*) as plans from ops.backfill_plans where status = 'running'`,
    )
    return row!.plans
  }
}

/** Asks until the answer is yes; an error is a no. @throws when it is not yes in time, with the last error */
export async function eventually(what: string, withinMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs
  let last = ''
  for (;;) {
    const answer = await isSo().catch((error: Error) => {
      last = `; ${error.message}`
      return false
    })
    if (answer) return
    if (performance.now() > deadline) throw new Error(`${what}: not within ${Math.round(withinMs / 1_000)} s${last}`)
    await pause(POLL_MS)
  }
}
