import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { eventTopicNames, type TopicName } from '../contracts/topics.ts'
import { CommitConflictError } from '../lake/errors.ts'
import { createLake, type Lake } from '../lake/lake.ts'
import type { Table } from '../lake/table.ts'
import { createDuckDb, literal, withConnection } from '../platform/duckdb.ts'
import type { Logger } from '../platform/log.ts'
import { createObjectStore, type ObjectStore } from '../platform/object-store.ts'
import { inTransaction, type Pool } from '../platform/postgres.ts'
import type { Settings } from '../platform/settings.ts'
import { retryPassing } from './database-errors.ts'
import { keepDeadLetters } from './dead-letters.ts'
import type { StreamMetrics } from './metrics.ts'
import {
  addCounts,
  advance,
  type LogRange,
  openPosition,
  type PartitionId,
  partitionKey,
  type StoredPosition,
  setPosition,
} from './positions.ts'
import type { Slice } from './processor.ts'
import { RAW_SINK, rawTable, rawTableName, selectSegment } from './raw-table.ts'
import { type Part, Segment } from './segment.ts'
import type { Skips } from './skips.ts'

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
const SEGMENT_BYTES_MAX = 12 * 1024 * 1024
const FLUSH_CHECK_MS = 250
const STORE_ATTEMPTS_MAX = 6

export interface RawSinkOptions {
  settings: Settings
  pool: Pool
  logger: Logger
  metrics: StreamMetrics
  /** The reader's clock, against which events from the future are told. */
  nowMs: () => number
  /** Messages that a person wants to be skipped. */
  skips?: Skips
  /** The partition went to another worker: what was read of it and not stored is void. */
  onLost: (partition: PartitionId) => void
  /** The partition is stored up to here. */
  onStored: (partition: PartitionId, position: number) => void
  onFailed: (error: Error) => void
}

/** How far the lake has a partition. `isMarked`: its table says so; else nothing of the partition was stored yet. */
interface Stored {
  position: number
  isMarked: boolean
}

/**
 * Keeps every message of the event topics in `raw/<topic>`. A commit carries, as a Delta transaction per partition, the
 * offset it goes up to, and is refused unless the table stands where its messages begin: each message is in the table
 * once, whoever writes. Dead letters are kept before the commit, where doing it twice changes nothing; counters follow
 * after it, and are caught up from the table when a worker is killed in between.
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
  #storing: Promise<void> = Promise.resolve()

  static async open(options: RawSinkOptions): Promise<RawSink> {
    const database = await createDuckDb({
      ...options.settings,
      duckdbMemoryLimitMegabytes: DUCKDB_MEGABYTES,
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

  /** The lake has the last word on the position; PostgreSQL's counters are brought to where it stands. */
  async openPartition(id: PartitionId, log: LogRange): Promise<StoredPosition> {
    await this.#storing
    const { pool, logger } = this.#options
    const table = await this.#table(id.topic)
    const counted = await openPosition(pool, RAW_SINK, id, log)
    const marked = await table.transactionVersion(applicationId(id))
    const isLossAccepted = marked !== undefined && marked < log.start && counted.position >= log.start
    if (isLossAccepted) await this.#skipTo(table, id, counted.position)
    const position = isLossAccepted ? counted.position : (marked ?? counted.position)
    this.#stored.set(partitionKey(id), { position, isMarked: marked !== undefined })
    if (position > counted.position) await this.#catchUp(table, id, counted.position, position)
    if (position < counted.position) {
      logger.error({ ...id, lake: position, counted: counted.position }, 'the lake went back: messages are read again')
      await setPosition(pool, RAW_SINK, id, position)
    }
    return { ...counted, position }
  }

  /** A person has accepted that Kafka deleted messages before they were stored: the lake's mark follows. */
  async #skipTo(table: Table, id: PartitionId, position: number): Promise<void> {
    await table.append({ files: [], transactions: [{ applicationId: applicationId(id), version: position }] })
  }

  /** Writes the messages to the topic's segment. While a full one is being stored the next is filled, but no third. */
  async take(slice: Slice): Promise<'held'> {
    const segment = this.#segmentOf(slice.topic)
    const { nowMs, settings: limits, skips } = this.#options
    segment.append(slice, { nowMs: nowMs(), limits, skips })
    if (this.#isFull(segment)) {
      const before = this.#storing
      this.#seal(segment)
      await before
    }
    return 'held'
  }

  #isFull({ rows, bytes, dates }: Segment): boolean {
    const { rawSinkFlushRows } = this.#options.settings
    return rows >= rawSinkFlushRows || bytes >= SEGMENT_BYTES_MAX || dates.size >= DATES_AT_ONCE_MAX
  }

  /** Throws away what is not being stored yet. */
  discard(): void {
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
    this.#segmentNumber += 1
    const segment = new Segment(topic, join(this.#folder, `${topic}-${this.#segmentNumber}.ndjson`))
    this.#segments.set(topic, segment)
    return segment
  }

  #sealDue(): void {
    const dueAtMs = Date.now() - this.#options.settings.rawSinkFlushMs
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
    const { logger, pool } = this.#options
    const startedAtMs = Date.now()
    await retryPassing(logger, () => inTransaction(pool, (client) => keepDeadLetters(client, segment.dead)))
    await retryStore(logger, () => this.#commit(segment))
    for (const part of segment.parts.values()) {
      this.#stored.set(partitionKey(part), { position: part.next, isMarked: true })
      await this.#count(part, startedAtMs)
      this.#options.onStored(part, part.next)
    }
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

  /** What the table must say of the partition before these messages. */
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
            'counters stand elsewhere; they are caught up at the next start',
          )
      }),
    )
    metrics.committed(RAW_SINK, part, counts, startedAtMs)
  }

  /** Counts what a killed worker stored and did not come to count. */
  async #catchUp(table: Table, id: PartitionId, from: number, to: number): Promise<void> {
    const { partition } = id
    const stored = await table.scan({ where: { partition, offset: { from, to: to - 1 } } })
    const { consumed, dead } = await withConnection(this.#database, async (connection) => {
      const reader = await connection.runAndReadAll(
        `select count(*)::integer as consumed, count(problem)::integer as dead from ${stored}`,
      )
      return reader.getRowObjectsJson()[0] as { consumed: number; dead: number }
    })
    const part = { ...id, position: from, next: to }
    const counts = { consumed, dead, applied: consumed - dead, duplicate: 0, late: 0 }
    await inTransaction(this.#options.pool, async (client) => {
      if (await advance(client, RAW_SINK, part)) await addCounts(client, RAW_SINK, part, counts)
    })
    this.#options.logger.info({ ...part, ...counts }, 'counted what was stored before and not counted')
  }

  #lose(segment: Segment, error: Error): void {
    const { logger, metrics, onLost } = this.#options
    logger.warn({ topic: segment.topic }, `the batch is thrown away, nothing was written: ${error.message}`)
    metrics.lost(RAW_SINK)
    const open = this.#segments.get(segment.topic)
    const lost = [...segment.parts.values(), ...(open?.parts.values() ?? [])]
    open?.remove()
    this.#segments.delete(segment.topic)
    for (const part of new Map(lost.map((one) => [one.partition, one])).values()) onLost(part)
  }
}

/** Some days at a time: a slice of a replay may hold years of a small store. */
async function writeByDays(connection: DuckDBConnection, table: Table, { topic, file, dates }: Segment) {
  const days = [...dates].sort()
  const files = []
  for (let from = 0; from < days.length; from += DATES_AT_ONCE_MAX) {
    const some = days.slice(from, from + DATES_AT_ONCE_MAX)
    const select = `select * from (${selectSegment(topic, file)}) where date between ${literal(some[0]!)} and ${literal(some.at(-1)!)}`
    files.push(...(await table.writeDataFiles(connection, select)))
  }
  return files
}

export const applicationId = ({ topic, partition }: PartitionId): string => `${RAW_SINK}/${topic}/${partition}`

/** A folder of this sink's own. What killed workers of this machine left behind was never stored, and goes. */
function makeFolder(root: string): string {
  mkdirSync(root, { recursive: true })
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

/** The table has come this far already: by an earlier attempt of this commit, or because somebody else went further. */
async function assertOurs(table: Table, transactions: readonly { applicationId: string; version: number }[]) {
  for (const { applicationId, version } of transactions) {
    const marked = await table.transactionVersion(applicationId)
    if (marked !== version) throw new CommitConflictError(`raw sink: ${applicationId}: somebody else is at ${marked}`)
  }
}

/** A write that fails is tried again from the start; files of an attempt that failed belong to no version. */
async function retryStore(logger: Logger, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (error instanceof CommitConflictError || attempt === STORE_ATTEMPTS_MAX) throw error
      logger.warn({ error: (error as Error).message, attempt, attemptsMax: STORE_ATTEMPTS_MAX }, 'lake: trying again')
      await pause(200 * 2 ** attempt)
    }
  }
}
