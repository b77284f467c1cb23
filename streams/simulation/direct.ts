import type { TopicName } from '../../contracts/topics.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { createTestDatabase } from '../../platform/testing.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../privacy/customer-door.ts'
import { createStreamMetrics } from '../runtime/metrics.ts'
import type { Processor, Slice } from '../runtime/processor.ts'
import { createTransactionalHandler } from '../runtime/transactional.ts'
import type { Counters } from '../testing/world.ts'
import { asMessages, cutIntoSlices, type Logged } from './log.ts'

/** What lies in Kafka: by topic, its partitions. */
export type Log = Partial<Record<TopicName, Logged[][]>>

/** Processors on a database of their own, fed without Kafka, so that a test decides how the log is cut. */
export interface DirectWorld {
  settings: Settings
  pool: Pool
  /** Hands a slice to the first processor. */
  handle(slice: Slice): Promise<'done' | 'lost'>
  /** Hands each processor its topics from their start, one slice of each partition in turn. @throws when one is refused */
  consume(log: Log, sliceSize?: () => number): Promise<void>
  /** Of the first processor. */
  outcomes(): Promise<Counters>
  /** Empties tables, and the positions of the processors. */
  clear(...tables: readonly string[]): Promise<void>
  close(): Promise<void>
}

const SLICE_MESSAGES = 100

export async function createDirectWorld(first: Processor, ...others: readonly Processor[]): Promise<DirectWorld> {
  const database = await createTestDatabase(loadSettings())
  const logger = createLogger({ logLevel: 'error' }, 'test')
  const pool = createPool(database.settings, logger)
  const metrics = createStreamMetrics(async () => [])
  const door = createCustomerDoor(pool, createVault(database.settings))
  const handlerOf = (processor: Processor) =>
    createTransactionalHandler({ pool, door, logger, metrics, processor, nowMs: Date.now })
  const handle = handlerOf(first)

  async function open(processor: Processor, topic: TopicName, partition: number): Promise<void> {
    await pool.query(
      `insert into ops.stream_offsets (processor, topic, partition, position) values ($1, $2, $3, 0)
       on conflict do nothing`,
      [processor.name, topic, partition],
    )
  }

  async function feed(processor: Processor, log: Log, sliceSize: () => number): Promise<void> {
    const take = processor === first ? handle : handlerOf(processor)
    const queues: Slice[][] = []
    for (const topic of processor.topics) {
      for (const [partition, logged] of (log[topic] ?? []).entries()) {
        await open(processor, topic, partition)
        queues.push(cutIntoSlices(topic, partition, asMessages(logged), sliceSize))
      }
    }
    for (let turn = 0; queues.some((queue) => turn < queue.length); turn += 1) {
      for (const slice of queues.flatMap((queue) => queue[turn] ?? [])) {
        if ((await take(slice)) === 'lost') throw new Error(`${slice.topic}/${slice.partition} is somewhere else`)
      }
    }
  }

  return {
    settings: database.settings,
    pool,
    handle,
    async consume(log, sliceSize = () => SLICE_MESSAGES) {
      for (const processor of [first, ...others]) await feed(processor, log, sliceSize)
    },
    async outcomes() {
      const { rows } = await pool.query<Counters>(
        `select sum(consumed)::bigint as consumed, sum(applied)::bigint as applied, sum(duplicate)::bigint as duplicate,
           sum(late)::bigint as late, sum(dead)::bigint as dead
         from ops.stream_offsets where processor = $1`,
        [first.name],
      )
      return rows[0]!
    },
    async clear(...tables) {
      await pool.query(
        `truncate ${['ops.stream_offsets', 'ops.dead_letters', 'ops.returned_letters', 'state.event_ids', 'state.retention', ...tables]}`,
      )
    },
    async close() {
      await pool.end()
      await database.drop()
    },
  }
}
