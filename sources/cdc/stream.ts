/** The changes of one table as they come: read, mapped, and sent together with the position. */
import { setTimeout as pause } from 'node:timers/promises'
import type { DuckDBInstance } from '@duckdb/node-api'
import type { Kafka } from 'kafkajs'
import type { MessageLimits } from '../../contracts/limits.ts'
import { requestsOf } from '../../platform/kafka/kafka.ts'
import { LogMovedError, PartitionReader } from '../../platform/kafka/partition-reader.ts'
import { UnreadableBatchError } from '../../platform/kafka/records.ts'
import { TopicLogs } from '../../platform/kafka/topic-logs.ts'
import { type ReaderOf, type TopicMessage, TransactionalProducer } from '../../platform/kafka/transactional-producer.ts'
import type { Logger } from '../../platform/log.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { type CdcMap, parseCdcMap } from './cdc-map.ts'
import type { CdcDefinition } from './definition.ts'
import type { CdcMetrics } from './metrics.ts'
import { RowStore, type TakenOver } from './row-store.ts'
import { MisfitError, SliceMapper } from './slice-mapper.ts'

export interface CdcStreamOptions {
  kafka: Kafka
  pool: Pool
  duckdb: DuckDBInstance
  logger: Logger
  metrics: CdcMetrics
  limits: MessageLimits
  definition: CdcDefinition
  /** Behind the names of topics of events, for tests that share a broker. */
  topicSuffix: string
  /** Ends the stream after the slice that is under way. */
  signal: AbortSignal
}

/** What a person has to do something about: it is shown, and retried now and then. */
class StoppedError extends Error {
  override name = 'StoppedError'
}

const SLICE_MESSAGES_MAX = 2_000
const SLICE_BYTES_MAX = 2 * 1024 * 1024
const REQUEST_MESSAGES_MAX = 5_000
const READ_WAIT_MS = 500
const TOPIC_WAIT_MS = 2_000
const RETRY_MS_MIN = 500
const RETRY_MS_MAX = 15_000

/** Runs until the signal: after an error everything is opened again, and what has become of the last slice is read from Kafka. */
export async function runCdcStream(options: CdcStreamOptions): Promise<void> {
  const { logger, metrics, signal, definition } = options
  const { mapId } = definition
  let failures = 0
  while (!signal.aborted) {
    try {
      await using stream = await OpenStream.open(options)
      if (stream === undefined) {
        await waited(TOPIC_WAIT_MS, signal)
        continue
      }
      metrics.setStopped(mapId, false)
      while (!signal.aborted) {
        await stream.step()
        failures = 0
      }
    } catch (error) {
      failures += 1
      const { message } = error as Error
      const isStopped = [StoppedError, MisfitError].some((kind) => error instanceof kind)
      metrics.setStopped(mapId, isStopped)
      logger[isStopped ? 'error' : 'warn']({ map: mapId, error: message }, 'changes are not mapped; it is retried')
      await waited(Math.min(RETRY_MS_MAX, RETRY_MS_MIN * 2 ** Math.min(failures - 1, 10)), signal)
    }
  }
}

const waited = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  pause(milliseconds, undefined, { signal }).catch(() => undefined)

/** Where a stream is. */
interface Place {
  slice: number
  position: number
  snapshotFrom: number | null
  isSettled: boolean
}

class OpenStream implements AsyncDisposable {
  readonly #options: CdcStreamOptions
  readonly #resources: AsyncDisposableStack
  readonly #store: RowStore
  readonly #mapper: SliceMapper
  readonly #producer: TransactionalProducer
  readonly #reader: PartitionReader
  readonly #topicId: string
  readonly #place: Place
  /** One of before is shown until it is over: an attempt alone does not hide it. */
  #mayHaveProblem = true

  private constructor(
    options: CdcStreamOptions,
    parts: {
      resources: AsyncDisposableStack
      store: RowStore
      mapper: SliceMapper
      producer: TransactionalProducer
      reader: PartitionReader
      topicId: string
      place: Place
    },
  ) {
    this.#options = options
    this.#resources = parts.resources
    this.#store = parts.store
    this.#mapper = parts.mapper
    this.#producer = parts.producer
    this.#reader = parts.reader
    this.#topicId = parts.topicId
    this.#place = parts.place
  }

  /**
   * @returns undefined while Kafka has no such topic
   * @throws StoppedError when a person has to decide
   */
  static async open(options: CdcStreamOptions): Promise<OpenStream | undefined> {
    const { kafka, pool, duckdb, definition, limits, topicSuffix } = options
    const { mapId, from } = definition
    const map: CdcMap = parseCdcMap(definition.map, `of ${mapId}`)
    await using stack = new AsyncDisposableStack()
    const log = await logOf(kafka, from)
    if (log === undefined) return undefined
    // In this order: who had the map before can write no row from here on, and commit nothing from the next line on.
    const { store, taken } = await RowStore.takeOver(pool, mapId, log)
    const producer = stack.adopt(await TransactionalProducer.open(kafka, nameOf(definition)), (open) => open.close())
    try {
      const place = await recover(store, taken, await producer.position(readerOf(definition)), log, definition)
      const topicName = (name: string) => `${name}${topicSuffix}`
      const mapper = stack.adopt(await SliceMapper.open(duckdb, { map, mapId, store, limits, topicName }), (open) =>
        open.close(),
      )
      const reader = stack.adopt(new PartitionReader(kafka), (open) => open.disconnect())
      await reader.connect()
      const { topicId } = log
      return new OpenStream(options, { resources: stack.move(), store, mapper, producer, reader, topicId, place })
    } catch (error) {
      if (error instanceof StoppedError) await store.setProblem(error.message)
      throw error
    }
  }

  /** Maps and sends what is there, or waits for half a second. */
  async step(): Promise<void> {
    const { definition, metrics } = this.#options
    const place = this.#place
    const { messages, next, logEnd } = await this.#read()
    metrics.setLag(definition.mapId, Math.max(0, logEnd - place.position))
    if (next === place.position) return this.#settle()
    const slice = place.slice + 1
    const mapped = await this.#map(messages, next)
    await this.#store.write(slice, mapped.note, mapped.rows)
    place.isSettled = false
    const requests = requestsOf(mapped.messages, bytesOf, REQUEST_MESSAGES_MAX)
    await this.#producer.commit(requests, readerOf(definition), { offset: mapped.note.position, number: slice })
    place.slice = slice
    place.position = mapped.note.position
    place.snapshotFrom = mapped.note.snapshotFrom
    metrics.count(definition.mapId, mapped.note, Date.now())
  }

  async #read() {
    const { from } = this.#options.definition
    const place = { topic: from, topicId: this.#topicId, partition: 0 }
    const bounds = { messagesMax: SLICE_MESSAGES_MAX, bytesMax: SLICE_BYTES_MAX, maxWaitMs: READ_WAIT_MS }
    try {
      return await this.#reader.read(place, this.#place.position, bounds)
    } catch (error) {
      if (!(error instanceof UnreadableBatchError) && !(error instanceof LogMovedError)) throw error
      throw await this.#stopped(`${from}/0@${this.#place.position} can't be read: ${error.message}`)
    }
  }

  async #map(messages: Parameters<SliceMapper['map']>[0], next: number) {
    try {
      return await this.#mapper.map(messages, next, this.#place.snapshotFrom)
    } catch (error) {
      if (error instanceof MisfitError) await this.#store.setProblem(error.message)
      throw error
    }
  }

  async #stopped(problem: string): Promise<StoppedError> {
    await this.#store.setProblem(problem)
    return new StoppedError(problem)
  }

  /** Nothing is left to map, so nothing stops it. Kafka forgets the position of an idle group after days: then the database has it. */
  async #settle(): Promise<void> {
    if (this.#mayHaveProblem) await this.#store.setProblem(null)
    this.#mayHaveProblem = false
    if (this.#place.isSettled) return
    await this.#store.settle(this.#place.slice)
    this.#place.isSettled = true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync()
  }
}

const bytesOf = ({ message: { key, value } }: TopicMessage): number =>
  (value?.length ?? 0) + (key === null || key === undefined ? 0 : Buffer.byteLength(key as string))

/** Its group and its transactions. */
const nameOf = ({ mapId, generation }: CdcDefinition): string => `shelfline.cdc.${mapId}.${generation}`

const readerOf = (definition: CdcDefinition): ReaderOf => ({
  groupId: nameOf(definition),
  topic: definition.from,
  partition: 0,
})

interface ChangeLog {
  topicId: string
  start: number
}

/** @throws StoppedError when the topic has several partitions */
async function logOf(kafka: Kafka, topic: string): Promise<ChangeLog | undefined> {
  const logs = new TopicLogs(kafka)
  await logs.connect()
  try {
    const log = (await logs.describe([topic])).get(topic)
    if (log === undefined) return undefined
    if (log.partitions.size !== 1) {
      throw new StoppedError(
        `${topic} has ${log.partitions.size} partitions: changes of a table are in order in one only (topic.creation.default.partitions)`,
      )
    }
    return { topicId: log.topicId, start: log.partitions.get(0)!.start }
  } finally {
    await logs.disconnect()
  }
}

/**
 * Finds out what has become of the newest slice: Kafka has its number when its events are sent.
 *
 * @throws StoppedError when the log is another one, has lost messages, or no one knows the position
 */
async function recover(
  store: RowStore,
  taken: TakenOver,
  committed: { offset: number; number: number } | undefined,
  { topicId, start }: ChangeLog,
  { mapId, from }: CdcDefinition,
): Promise<Place> {
  const restart = `\`shelfline cdc restart ${mapId}\` reads it from its start`
  if (taken.topicId !== topicId) throw new StoppedError(`${from} was created again: ${restart}`)
  const number = committed?.number ?? (taken.isSettled ? taken.slice : taken.slice === 1 ? 0 : undefined)
  if (number === undefined) throw new StoppedError(`Kafka has forgotten how far ${from} was read: ${restart}`)
  let { slice, position, snapshotFrom } = taken
  if (number === slice - 1 && !taken.isSettled) {
    await store.undo(slice)
    slice = number
    position = taken.positionBefore!
    snapshotFrom = taken.snapshotBefore
  } else if (number !== slice) {
    throw new StoppedError(`${from} was read to slice ${slice}, and Kafka has ${number}: ${restart}`)
  }
  if (position < start) {
    throw new StoppedError(
      `offsets ${position} to ${start - 1} of ${from} are no longer there: let Debezium take a snapshot, then ${restart}`,
    )
  }
  await store.settle(slice)
  await store.forgetDeleted()
  return { slice, position, snapshotFrom, isSettled: true }
}
