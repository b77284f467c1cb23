import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { Kafka } from 'kafkajs'
import { PartitionReader } from '../../platform/kafka/partition-reader.ts'
import type { StreamMessage } from '../../platform/kafka/records.ts'
import { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import type { TestCdcOptions } from './worker-for-tests.ts'

export interface SentChange {
  op: 'c' | 'u' | 'd' | 'r' | 't' | 'm'
  key?: object | null
  after?: object | null
  before?: object | null
  /** `false` unless a snapshot reads the row. */
  snapshot?: string
  lsn?: number
  /** When it was committed, microseconds since the epoch. */
  atUs?: number
}

export const NOON_US = 1_488_369_600_000_000

/** A message as Debezium's connector for PostgreSQL sends it with JSON converters without schemas. */
export function sentBy({ op, key, after, before, snapshot = 'false', lsn = 1, atUs = NOON_US }: SentChange) {
  const source = {
    version: '3.6.1.Final',
    connector: 'postgresql',
    name: 'erp',
    ts_ms: Math.floor(atUs / 1_000),
    snapshot,
    db: 'erp',
    sequence: `["${lsn - 1}","${lsn}"]`,
    ts_us: atUs,
    ts_ns: 0,
    schema: 'public',
    table: 'stock',
    txId: 740 + lsn,
    lsn,
    xmin: null,
  }
  return {
    key: key === null || key === undefined ? null : JSON.stringify(key),
    value: JSON.stringify({ before: before ?? null, after: after ?? null, source, transaction: null, op, ts_ms: 1 }),
  }
}

/** The same as it is read from a topic. */
export function messageOf(
  change: SentChange | { key: string | null; value: string | null },
  offset = 0,
): StreamMessage {
  const { key, value } = 'op' in change ? sentBy(change) : change
  return {
    offset,
    knownAtMs: NOON_US / 1_000,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: {},
  }
}

const WORKER = join(import.meta.dirname, 'worker-for-tests.ts')

/** A mapper on the database and topics of a test, in a process that the test can kill. */
export function startTestMapper({
  settings,
  topics,
}: {
  settings: Settings
  topics: { suffix: string }
}): ChildProcess {
  const options: TestCdcOptions = {
    settings: { ...settings, httpPort: 0, logLevel: 'error' },
    topicSuffix: topics.suffix,
  }
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WORKER, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

/** All committed messages of a topic, partition after partition. */
export async function readAll(kafka: Kafka, topic: string): Promise<StreamMessage[]> {
  const logs = new TopicLogs(kafka)
  const reader = new PartitionReader(kafka)
  await Promise.all([logs.connect(), reader.connect()])
  try {
    const { topicId, partitions } = (await logs.describe([topic])).get(topic)!
    const all: StreamMessage[] = []
    for (const [partition, { start, end }] of partitions) {
      for (let at = start; at < end; ) {
        const bounds = { messagesMax: 5_000, bytesMax: 8_000_000, maxWaitMs: 500 }
        const { messages, next } = await reader.read({ topic, topicId, partition }, at, bounds)
        all.push(...messages)
        // What is not committed yet ends the log for a reader.
        if (next === at) break
        at = next
      }
    }
    return all
  } finally {
    await Promise.all([logs.disconnect(), reader.disconnect()])
  }
}
