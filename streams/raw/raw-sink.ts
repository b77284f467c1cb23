import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { eventTopicNames, type TopicName } from '../../contracts/topics.ts'
import { CommitConflictError } from '../../lake/errors.ts'
import { createLake, type Lake } from '../../lake/lake.ts'
import { RAW_SINK, rawTable, rawTableName, selectSegment } from '../../lake/raw-table.ts'
import type { Table } from '../../lake/table.ts'
import { createDuckDb, literal, withConnection } from '../../platform/duckdb/duckdb.ts'
import type { PartitionLog } from '../../platform/kafka/topic-logs.ts'
import type { Logger } from '../../platform/log.ts'
import { createObjectStore, type ObjectStore } from '../../platform/object-store/object-store.ts'
import { inTransaction, type Pool } from '../../platform/postgres/postgres.ts'
import type { Settings } from '../../platform/settings/settings.ts'
import type { CustomerDoor } from '../privacy/customer-door.ts'
import { acceptedLossAt } from '../runtime/accepted-losses.ts'
import { retryPassing } from '../runtime/database-errors.ts'
import { keepDeadLetters } from '../runtime/dead-letters.ts'
import { enterLog, newLogProblem, numberedLogs, type OpenedPosition, shifted } from '../runtime/log-numbers.ts'
import type { StreamMetrics } from '../runtime/metrics.ts'
import {
  addCounts,
  advance,
  type BatchCounts,
  lostData,
  openPosition,
  type PartitionId,
  partitionKey,
  setCounts,
} from '../runtime/positions.ts'
import type { Slice } from '../runtime/processor.ts'
import type { Skips } from '../runtime/skips.ts'
import { type Part, type ReadSlice, readSlice, Segment } from './segment.ts'

export { RAW_SINK }
export const rawTopics: readonly TopicName[] = eventTopicNames

/**
 * DuckDB turns one segment at a time into Parquet. Left to itself it keeps what it has freed, and an upload's parts are
 * 80 MB each: a process that stored segments of 64 MB grew to 830 MB. With these it stays at 200 MB, without being slower.
 */
const DUCKDB_MEGABYTES = 64
const DUCKDB_THREADS = 1
const DUCKDB_SETTINGS = [
  "set global allocator_flush_threshold = '1MB'",
  "set global allocator_bulk_deallocation_flush_threshold = '4MB'",
  'set global allocator_background_threads = true',
  "set global s3_uploader_max_filesize = '50GB'", // a ten-thousandth of it is the size of a part
  'set global s3_uploader_thread_limit = 2',
]
/** Each day is a file of its own, and takes memory while it is written. */
const DATES_AT_ONCE_MAX = 16
const SEGMENT_WEIGHT_MAX = 12 * 1024 * 1024
const FLUSH_CHECK_MS = 250
/** Together the pauses are a little over a minute: an object store that restarts is waited for. */
const STORE_ATTEMPTS_MAX = 13
const STORE_PAUSE_MS_MAX = 10_000

export interface RawSinkOptions {
  settings: Settings
  pool: Pool
  logger: Logger
  metrics: StreamMetrics
  /** Gives customers their pseudonyms. */
  door: CustomerDoor
  /** The reader's clock, to detect events from the future. */
  nowMs: () => number
  /** Messages to skip, requested by a person. */
  skips?: Skips
  /** Another worker has the partition: messages that were read but not stored are discarded. */
  onLost: (partition: PartitionId) => void
  /** The partition is stored up to here. */
  onStored: (partition: PartitionId, position: number) => void
  onFailed: (error: Error) => void
  /** Memory of DuckDB in MB; default: enough for usual segments. */
  memoryMegabytes?: number
}

/** The position of a partition in the lake. `isMarked`: it is recorded in the table; else the partition was never stored. */
interface Stored {
  position: number
  isMarked: boolean
}

/**
 * Stores every message of the event topics in `raw/<topic>`. A commit contains its last offset as a Delta transaction per
 * partition, and is rejected unless the table is at its first offset: each message is in the table once, even with several
 * writers. Dead letters are stored before the commit, where a repetition changes nothing. Counters are written after it,
 * and are corrected from the table if a worker is killed in between.
 */
export class RawSink {
  readonly #options: RawSinkOptions
  readonly #objectStore: ObjectStore
  readonly #database: DuckDBInstance
  readonly #lake: Lake
  readonly #folder: string
  readonly #tables = new Map<TopicName, Promise<Table>>()
  readonly #segments = new Map<TopicName, Segment>()
  readonly #stored = new Map<string, Stored>()
  readonly #timer: NodeJS.Timeout
  #segmentNumber = 0
  /** How often held messages were discarded. */
  #voided = 0
  #storing: Promise<void> = Promise.resolve()

  static async open(options: RawSinkOptions): Promise<RawSink> {
    const database = await createDuckDb({
      ...options.settings,
      duckdbMemoryLimitMegabytes: options.memoryMegabytes ?? DUCKDB_MEGABYTES,
      duckdbThreads: DUCKDB_THREADS,
    })
    await withConnection(database, async (connection) => {
      for (const setting of DUCKDB_SETTINGS) await connection.run(setting)
    })
    return new RawSink(options, database)
  }

  constructor(options: RawSinkOptions, database: DuckDBInstance) {
    this.#options = options
    this.#database = database
    this.#objectStore = createObjectStore(options.settings)
    this.#lake = createLake({
      objectStore: this.#objectStore,
      database,
      prefix: options.settings.lakePrefix,
      onCheckpointFailed: (error) => options.logger.warn({ error: error.message }, 'a checkpoint was not written'),
    })
    this.#folder = makeFolder(join(options.settings.home, 'raw-sink'))
    this.#timer = setInterval(() => this.#sealDue(), FLUSH_CHECK_MS)
  }

  /** The lake's position counts; PostgreSQL's counters are brought up to it. */
  async openPartition(id: PartitionId, { topicId, ...range }: PartitionLog): Promise<OpenedPosition> {
    const open = this.#segments.get(id.topic)
    if (open?.parts.has(id.partition)) this.#seal(open)
    await this.#storing
    const { pool } = this.#options
    const logs = await numberedLogs(pool, id.topic, topicId)
    const { base, topicId: known } = logs.at(-1)!
    const log = shifted(range, base)
    const table = await this.#table(id.topic)
    const counted = await openPosition(pool, RAW_SINK, id, log)
    const marked = await table.transactionVersion(applicationId(id))
    const stored = marked ?? (counted.consumed > 0 ? log.start : counted.position)
    if (known !== topicId) return { position: stored, base, problem: newLogProblem(id.topic, known, topicId) }
    const position = await this.#passAccepted(id, enterLog(logs, await this.#passAccepted(id, stored), range))
    if (marked !== undefined && position !== marked) await this.#skipTo(table, id, position)
    this.#stored.set(partitionKey(id), { position, isMarked: marked !== undefined })
    if (position > counted.position) await this.#catchUp(table, id, counted.position, position)
    if (position < counted.position) await this.#goBack(table, id, counted.position, position)
    return { position, base, problem: lostData(position, log) }
  }

  /** Where reading continues after losses that a person has accepted exactly here. */
  async #passAccepted(id: PartitionId, position: number): Promise<number> {
    const next = await acceptedLossAt(this.#options.pool, RAW_SINK, id, position)
    return next === undefined ? position : this.#passAccepted(id, next)
  }

  async #skipTo(table: Table, id: PartitionId, position: number): Promise<void> {
    await table.append({ files: [], transactions: [{ applicationId: applicationId(id), version: position }] })
  }

  /**
   * Adds the messages to the topic's segment, which is stored when it is large enough. While a full one is being stored
   * the next is filled, but no third.
   */
  async take(slice: Slice): Promise<'held'> {
    const voided = this.#voided
    const { nowMs, settings: limits, skips, door, logger } = this.#options
    const read = readSlice(slice, { nowMs: nowMs(), limits, skips })
    const events = read.messages.flatMap(({ event }) => event ?? [])
    await retryPassing(logger, () => door.pass(slice.topic, events))
    for (let rest: ReadSlice | undefined = read; rest !== undefined && voided === this.#voided; ) {
      const segment = this.#segmentOf(rest.topic)
      if (!segment.isFollowedBy(rest)) {
        this.#lose(segment, new Error(`messages from ${rest.position} on don't follow the messages in memory`))
        break
      }
      rest = segment.append(rest, limits, SEGMENT_WEIGHT_MAX)
      if (!this.#isFull(segment)) continue
      const before = this.#storing
      this.#seal(segment)
      await before
    }
    return 'held'
  }

  #isFull({ rows, weight, dates }: Segment): boolean {
    const { rawSinkFlushRows } = this.#options.settings
    return rows >= rawSinkFlushRows || weight >= SEGMENT_WEIGHT_MAX || dates.size >= DATES_AT_ONCE_MAX
  }

  /** Throws away what is not being stored yet. */
  discard(): void {
    this.#voided += 1
    for (const segment of this.#segments.values()) segment.remove()
    this.#segments.clear()
  }

  /** Stores what was taken so far. */
  async flush(): Promise<void> {
    for (const segment of [...this.#segments.values()]) this.#seal(segment)
    await this.#storing
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    this.discard()
    await this.#storing
    rmSync(this.#folder, { recursive: true, force: true })
    this.#database.closeSync()
    this.#objectStore.close()
  }

  #table(topic: TopicName): Promise<Table> {
    const known = this.#tables.get(topic)
    if (known !== undefined) return known
    const table = this.#lake.ensureTable(rawTableName(topic), rawTable(topic))
    this.#tables.set(topic, table)
    table.catch(() => this.#tables.delete(topic))
    return table
  }

  #segmentOf(topic: TopicName): Segment {
    const known = this.#segments.get(topic)
    if (known !== undefined) return known
    const segment = new Segment(topic, this.#newFile(topic))
    this.#segments.set(topic, segment)
    return segment
  }

  #newFile(topic: TopicName): string {
    this.#segmentNumber += 1
    return join(this.#folder, `${topic}-${this.#segmentNumber}.ndjson`)
  }

  #sealDue(): void {
    const dueAtMs = performance.now() - this.#options.settings.rawSinkFlushMs
    for (const segment of [...this.#segments.values()]) if (segment.openedAtMs <= dueAtMs) this.#seal(segment)
  }

  /** Closes a segment and has it stored after those before it. */
  #seal(segment: Segment): void {
    this.#segments.delete(segment.topic)
    segment.seal()
    this.#storing = this.#storing.then(async () => {
      try {
        await this.#store(segment)
      } catch (error) {
        if (error instanceof CommitConflictError) this.#lose(segment, error)
        else this.#options.onFailed(error as Error)
      } finally {
        segment.remove()
      }
    })
  }

  async #store(segment: Segment): Promise<void> {
    const startedAtMs = Date.now()
    await this.#keepLetters(segment)
    await this.#storeRows(segment, startedAtMs)
  }

  #keepLetters({ dead }: Segment): Promise<void> {
    const { logger, pool } = this.#options
    return retryPassing(logger, () => inTransaction(pool, (client) => keepDeadLetters(client, dead)))
  }

  /** Stores a segment, in halves when it is too much for DuckDB; one row that is too much becomes a dead letter. */
  async #storeRows(segment: Segment, startedAtMs: number): Promise<void> {
    const { logger } = this.#options
    try {
      await retryStore(logger, () => this.#commit(segment))
    } catch (error) {
      if (!isOfRows(error)) throw error
      const { topic, rows } = segment
      logger.warn(
        { topic, rows, error: (error as Error).message },
        'a segment could not be written; it is retried in smaller ones',
      )
      const smaller = segment.halves([this.#newFile(topic), this.#newFile(topic)])
      if (smaller !== undefined) return this.#storeEach(smaller, startedAtMs)
      if (segment.isBroken) throw error
      return this.#storeBroken(segment.broken(this.#newFile(topic), (error as Error).message), startedAtMs)
    }
    for (const part of segment.parts.values()) {
      this.#stored.set(partitionKey(part), { position: part.next, isMarked: true })
      await this.#count(part, startedAtMs)
      this.#options.onStored(part, part.next)
    }
  }

  async #storeEach(segments: readonly Segment[], startedAtMs: number): Promise<void> {
    try {
      for (const segment of segments) await this.#storeRows(segment, startedAtMs)
    } finally {
      for (const segment of segments) segment.remove()
    }
  }

  async #storeBroken(segment: Segment, startedAtMs: number): Promise<void> {
    await this.#keepLetters(segment)
    await this.#storeEach([segment], startedAtMs)
  }

  async #commit(segment: Segment): Promise<void> {
    const transactions = [...segment.parts.values()].map((part) => ({
      applicationId: applicationId(part),
      version: part.next,
      after: this.#expected(part),
    }))
    const table = await this.#table(segment.topic)
    const files = await withConnection(this.#database, (connection) => writeByDays(connection, table, segment))
    const { outcome } = await table.append({ files, transactions })
    if (outcome === 'unchanged') await assertOurs(table, transactions)
  }

  /** What the table must have of the partition before these messages. */
  #expected(part: Part): number | null {
    const stored = this.#stored.get(partitionKey(part))
    if (stored?.position === part.position) return stored.isMarked ? part.position : null
    throw new CommitConflictError(
      `raw sink: ${partitionKey(part)}: messages from ${part.position} on, but the lake has it up to ${stored?.position}`,
    )
  }

  async #count(part: Part, startedAtMs: number): Promise<void> {
    const { pool, logger, metrics } = this.#options
    const counts = { ...part, applied: part.consumed - part.dead, duplicate: 0, late: 0 }
    await retryPassing(logger, () =>
      inTransaction(pool, async (client) => {
        if (await advance(client, RAW_SINK, part)) await addCounts(client, RAW_SINK, part, counts)
        else
          logger.warn(
            { ...part, knownAtMs: undefined },
            'the counts have another position; they are corrected at the next start',
          )
      }),
    )
    metrics.committed(RAW_SINK, part, counts, startedAtMs)
  }

  /** Counts what a killed worker stored and did not count. */
  async #catchUp(table: Table, id: PartitionId, from: number, to: number): Promise<void> {
    const part = { ...id, position: from, next: to }
    const counts = await this.#countRows(table, id, from, to)
    await inTransaction(this.#options.pool, async (client) => {
      if (await advance(client, RAW_SINK, part)) await addCounts(client, RAW_SINK, part, counts)
    })
    this.#options.logger.info({ ...part, ...counts }, 'counted rows that were stored but not counted before')
  }

  /** The lake was restored from an older copy: its messages are read again, and counted as what it has. */
  async #goBack(table: Table, id: PartitionId, from: number, to: number): Promise<void> {
    const { pool, logger } = this.#options
    logger.error(
      { ...id, lake: to, counted: from },
      'the lake is at an earlier position than the counts: messages are read again',
    )
    await setCounts(pool, RAW_SINK, id, to, await this.#countRows(table, id, 0, to))
  }

  async #countRows(table: Table, { partition }: PartitionId, from: number, to: number): Promise<BatchCounts> {
    const stored = await table.scan({ where: { partition, offset: { from, to: to - 1 } } })
    const { consumed, dead } = await withConnection(this.#database, async (connection) => {
      const reader = await connection.runAndReadAll(
        `select count(*)::integer as consumed, count(problem)::integer as dead from ${stored}`,
      )
      return reader.getRowObjectsJson()[0] as { consumed: number; dead: number }
    })
    return { consumed, dead, applied: consumed - dead, duplicate: 0, late: 0 }
  }

  #lose(segment: Segment, error: Error): void {
    this.#voided += 1
    const { logger, metrics, onLost } = this.#options
    logger.warn({ topic: segment.topic }, `the batch was discarded, nothing was written: ${error.message}`)
    metrics.lost(RAW_SINK)
    const open = this.#segments.get(segment.topic)
    const lost = [...segment.parts.values(), ...(open?.parts.values() ?? [])]
    open?.remove()
    this.#segments.delete(segment.topic)
    for (const part of new Map(lost.map((one) => [one.partition, one])).values()) onLost(part)
  }
}

/** Some days at a time: a slice of a replay may hold years of a small store. */
async function writeByDays(connection: DuckDBConnection, table: Table, segment: Segment) {
  const days = [...segment.dates].sort()
  const rows = selectSegment(segment.topic, segment.file)
  const files = []
  for (let from = 0; from < days.length; from += DATES_AT_ONCE_MAX) {
    const some = days.slice(from, from + DATES_AT_ONCE_MAX)
    const select = `select * from (${rows}) where date between ${literal(some[0]!)} and ${literal(some.at(-1)!)}`
    files.push(...(await table.writeDataFiles(connection, select)))
  }
  return files
}

export const applicationId = ({ topic, partition }: PartitionId): string => `${RAW_SINK}/${topic}/${partition}`

/** A folder of this sink's own. What killed workers of this machine left behind was never stored, and goes. */
function makeFolder(root: string): string {
  mkdirSync(root, { recursive: true, mode: 0o700 })
  const ours = `${hostname()}-`
  for (const name of readdirSync(root).filter((one) => one.startsWith(ours))) {
    const pid = Number(name.slice(ours.length).split('-')[0])
    if (pid !== process.pid && !isRunning(pid)) rmSync(join(root, name), { recursive: true, force: true })
  }
  return mkdtempSync(join(root, `${ours}${process.pid}-`))
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** The table has come this far already: by an earlier attempt of this commit, or because another worker went further. */
async function assertOurs(table: Table, transactions: readonly { applicationId: string; version: number }[]) {
  for (const { applicationId, version } of transactions) {
    const marked = await table.transactionVersion(applicationId)
    if (marked !== version) throw new CommitConflictError(`raw sink: ${applicationId}: another worker is at ${marked}`)
  }
}

/** DuckDB can't write these rows: they take more memory than it has, or hold what no column can. */
const isOfRows = (error: unknown): boolean =>
  /(Out of Memory|Invalid Input|Conversion|Out of Range|Constraint|Serialization) Error:/.test((error as Error).message)

/** A write that fails is retried from the start; files of an attempt that failed belong to no version. */
async function retryStore(logger: Logger, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof CommitConflictError || isOfRows(error) || attempt === STORE_ATTEMPTS_MAX) throw error
      logger.warn({ error: (error as Error).message, attempt, attemptsMax: STORE_ATTEMPTS_MAX }, 'lake: retrying')
      await pause(Math.min(STORE_PAUSE_MS_MAX, 200 * 2 ** attempt))
    }
  }
}
