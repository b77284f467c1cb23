import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { type ContractProblem, parseEvent } from '../contracts/parse.ts'
import type { TopicName } from '../contracts/topics.ts'
import { createLocalDuckDb, type DuckDBConnection, forbidFiles, withConnection } from '../platform/duckdb/duckdb.ts'
import type { Logger } from '../platform/log.ts'
import { statement } from '../platform/postgres/sql.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { planWindows, streamEvents } from './event-stream.ts'
import { type BrokenRow, loadFile } from './file.ts'
import { columnNames, type EventMap, readMap } from './map.ts'
import { createMappedRows, dailyVisitsSql } from './map-sql.ts'
import { connectKafkaSink, type EventSink, produce, type Sent } from './produce.ts'
import { explainMapped } from './rejected.ts'

export interface ImportOptions {
  file: string
  /** The map's file, or the map. */
  map: string | EventMap
  /** Everything but the sending. */
  dryRun?: boolean | undefined
  /** Where rejected rows are written, one JSON object a line. */
  rejects?: string | undefined
  /** When more rows are rejected, nothing is sent. Default: 0. */
  maxRejects?: number | undefined
  settings: Settings
  logger: Logger
  /** When the file was read, and nothing is sent yet: what it throws ends the import. */
  onRead?: (() => Promise<void>) | undefined
  onPreview?: ((preview: Preview) => void) | undefined
  onProgress?: ((done: number, total: number) => void) | undefined
  signal?: AbortSignal | undefined
  /** Where the events go when not to the Kafka of the settings. */
  sink?: EventSink | undefined
}

/** The first events as the map makes them. */
export interface Preview {
  topic: TopicName
  events: Record<string, unknown>[]
}

export interface Reject {
  /** Row of data from 1, without the header and blank lines; null for an event made from many rows. */
  row: number | null
  problem: ContractProblem | 'broken_row'
  error: string
  /** What the file has there, when it could not be split into columns. */
  text?: string
  /** The event that the contract refused. */
  event?: unknown
}

export interface ImportResult {
  /** Rows that were read. */
  rows: number
  /** Rows whose key came before in the file: downstream they count as duplicates. */
  repeated: number
  rejected: number
  maxRejects: number
  /** More rows were rejected than `maxRejects`: nothing was sent. */
  isRefused: boolean
  rejectedByProblem: Partial<Record<Reject['problem'], number>>
  /** The first of the rejected. */
  examples: Reject[]
  /** Events that Kafka confirmed, or on a dry run those that would be sent. */
  sent: Sent
  dryRun: boolean
  completed: boolean
  milliseconds: number
}

const PREVIEW_ROWS = 5
const EXAMPLES_MAX = 10

/**
 * Turns a user's file into events by a map. All of them are compared with the contract first: when too many break it nothing is sent,
 * else those that keep it are. An event's id comes from the row's key, so that the same file twice adds nothing.
 *
 * @throws SourceError when the file or the map can't be used; nothing was sent then
 */
export async function importFile(options: ImportOptions): Promise<ImportResult> {
  const startedAt = performance.now()
  const map = typeof options.map === 'string' ? readMap(options.map) : options.map
  const instance = await createLocalDuckDb(options.settings)
  try {
    return await withConnection(instance, async (connection) => {
      await connection.run(statement('sources/macros.sql'))
      const broken = await load(connection, map, options)
      await options.onRead?.()
      await forbidFiles(connection)
      const names = await createEvents(connection, map, options.file)
      const counted = await countRows(connection, map.topic)
      await preview(connection, map, options)
      const windows = await planWindows(connection, names)
      const events: Events = { connection, names, source: map.source, ...windows }
      const rejects = collectRejects(options.rejects, broken)
      try {
        await checkEvents(events, rejects, options)
      } finally {
        await rejects.close()
      }
      const maxRejects = options.maxRejects ?? 0
      const isRefused = rejects.count() > maxRejects
      const sent = isRefused ? {} : await send(events, options)
      return {
        ...counted,
        rows: counted.rows + broken.length,
        ...rejects.summary(),
        maxRejects,
        isRefused,
        sent,
        dryRun: options.dryRun ?? false,
        completed: options.signal?.aborted !== true,
        milliseconds: performance.now() - startedAt,
      }
    })
  } finally {
    instance.closeSync()
  }
}

async function load(
  connection: DuckDBConnection,
  map: EventMap,
  { file, signal }: ImportOptions,
): Promise<BrokenRow[]> {
  const interrupt = () => connection.interrupt()
  signal?.addEventListener('abort', interrupt, { once: true })
  try {
    return (await loadFile(connection, file, { ...map.file, names: columnNames(map) })).broken
  } catch (error) {
    throw signal?.aborted ? new Error(`${file}: stopped while it was read; nothing was sent`) : error
  } finally {
    signal?.removeEventListener('abort', interrupt)
  }
}

/** One table a topic that the file gives events of. */
async function createEvents(connection: DuckDBConnection, map: EventMap, file: string): Promise<TopicName[]> {
  await createMappedRows(connection, map, file)
  await connection.run(`create or replace temp table ${map.topic} as from mapped_rows`)
  if (map.granularity !== 'day' || !Object.hasOwn(map.columns, 'customers')) return [map.topic]
  await connection.run(`create or replace temp table foot_traffic as ${dailyVisitsSql(map)}`)
  return [map.topic, 'foot_traffic']
}

async function countRows(connection: DuckDBConnection, topic: TopicName) {
  const reader = await connection.runAndReadAll(
    `select count(*)::integer, (count(*) - count(distinct event_id))::integer from ${topic}`,
  )
  const [rows, repeated] = reader.getRows()[0] as [number, number]
  return { rows, repeated }
}

async function preview(connection: DuckDBConnection, map: EventMap, { onPreview }: ImportOptions): Promise<void> {
  if (!onPreview) return
  const window = { condition: `file_row <= ${PREVIEW_ROWS}`, events: PREVIEW_ROWS }
  for await (const chunk of streamEvents(connection, [map.topic], map.source, [window])) {
    onPreview({ topic: map.topic, events: chunk.map(({ value }) => JSON.parse(value) as Record<string, unknown>) })
  }
}

type Rejects = ReturnType<typeof collectRejects>

/** The events of a file, in tables of a connection. */
interface Events {
  connection: DuckDBConnection
  names: readonly TopicName[]
  source: string
  windows: Awaited<ReturnType<typeof planWindows>>['windows']
  /** How many there are. */
  events: number
}

const eventsOf = ({ connection, names, source, windows }: Events) => streamEvents(connection, names, source, windows)

async function checkEvents(events: Events, rejects: Rejects, { signal, onProgress }: ImportOptions): Promise<void> {
  let seen = 0
  for await (const chunk of eventsOf(events)) {
    if (signal?.aborted) return
    for (const { topic, value, fileRow } of chunk) {
      const parsed = parseEvent(topic, Buffer.from(value), Date.now())
      if (parsed.ok) continue
      const event = JSON.parse(value) as Record<string, unknown>
      rejects.add({ row: fileRow, problem: parsed.problem, error: explainMapped(topic, event, parsed), event })
    }
    await rejects.written()
    seen += chunk.length
    onProgress?.(seen, 2 * events.events)
  }
}

async function send(events: Events, options: ImportOptions): Promise<Sent> {
  const { dryRun, settings, logger, signal, onProgress } = options
  let seen = events.events
  const kept = async function* () {
    for await (const chunk of eventsOf(events)) {
      seen += chunk.length
      onProgress?.(seen, 2 * events.events)
      yield chunk.filter(({ topic, value }) => parseEvent(topic, Buffer.from(value), Date.now()).ok)
    }
  }
  const sink = dryRun ? nowhere : (options.sink ?? (await connectKafkaSink(settings, logger)))
  try {
    return await produce(kept(), sink, { speed: 'max', signal })
  } finally {
    if (sink !== options.sink) await sink.close()
  }
}

const nowhere: EventSink = { send: async () => undefined, close: async () => undefined }

/** Counts what is rejected, keeps the first few and writes all to a file when one is asked for. */
function collectRejects(path: string | undefined, broken: readonly BrokenRow[]) {
  const file: WriteStream | undefined = path === undefined ? undefined : createWriteStream(path)
  const rejectedByProblem: ImportResult['rejectedByProblem'] = {}
  const examples: Reject[] = []
  let rejected = 0
  const add = (reject: Reject) => {
    rejected += 1
    rejectedByProblem[reject.problem] = (rejectedByProblem[reject.problem] ?? 0) + 1
    if (examples.length < EXAMPLES_MAX) examples.push(reject)
    file?.write(`${JSON.stringify(reject)}\n`)
  }
  for (const { row, error, text } of broken) add({ row, problem: 'broken_row', error, text })
  return {
    add,
    count: () => rejected,
    /** Resolves when the file takes more. */
    written: async () => {
      if (file?.writableNeedDrain) await once(file, 'drain')
    },
    summary: () => ({ rejected, rejectedByProblem, examples }),
    close: () =>
      new Promise<void>((resolve, reject) => {
        if (!file) return resolve()
        file.on('error', reject).end(resolve)
      }),
  }
}
