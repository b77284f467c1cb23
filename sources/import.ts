import { createWriteStream, type WriteStream } from 'node:fs'
import { fieldsOf } from '../contracts/avro.ts'
import type { FieldKind } from '../contracts/fields.ts'
import { type ContractProblem, parseEvent } from '../contracts/parse.ts'
import { type TopicName, topics } from '../contracts/topics.ts'
import { createLocalDuckDb, type DuckDBConnection, withConnection } from '../platform/duckdb.ts'
import type { Logger } from '../platform/log.ts'
import type { Settings } from '../platform/settings.ts'
import { statement } from '../platform/sql.ts'
import { planWindows, type SourceEvent, streamEvents } from './event-stream.ts'
import { type BrokenRow, loadFile } from './file.ts'
import { type EventMap, readMap } from './map.ts'
import { createMappedRows, dailyVisitsSql } from './map-sql.ts'
import { connectKafkaSink, type EventSink, produce, type Sent } from './produce.ts'

export interface ImportOptions {
  file: string
  /** The map's file. */
  map: string
  /** Everything but the sending. */
  dryRun?: boolean | undefined
  /** Where rejected rows are written, one JSON object a line. */
  rejects?: string | undefined
  settings: Settings
  logger: Logger
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
  /** Row of data from 1; null for an event made from many rows. */
  row: number | null
  /** For text that could not be split into columns: the line of the file, from 1. */
  line?: number
  problem: ContractProblem | 'broken_row'
  error: string
  /** The event that the contract refused. */
  event?: unknown
}

export interface ImportResult {
  /** Rows that were read. */
  rows: number
  /** Rows whose key came before in the file: downstream they count as duplicates. */
  repeated: number
  rejected: number
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
 * Turns a user's file into events by a map and sends those that keep the contract.
 * An event's id comes from the row's key, so that the same file twice adds nothing.
 *
 * @throws SourceError when the file or the map can't be used; nothing was sent then
 */
export async function importFile(options: ImportOptions): Promise<ImportResult> {
  const startedAt = performance.now()
  const map = readMap(options.map)
  const instance = await createLocalDuckDb(options.settings)
  try {
    return await withConnection(instance, async (connection) => {
      await connection.run(statement('sources/macros.sql'))
      const { broken } = await loadFile(connection, options.file, map.file)
      const names = await createEvents(connection, map, options.file)
      const counted = await countRows(connection, map.topic)
      await preview(connection, map, options)
      const rejects = collectRejects(options.rejects, broken)
      try {
        const { sent, completed } = await send(connection, map, names, options, rejects)
        return {
          ...counted,
          rows: counted.rows + broken.length,
          ...rejects.summary(),
          sent,
          dryRun: options.dryRun ?? false,
          completed,
          milliseconds: performance.now() - startedAt,
        }
      } finally {
        await rejects.close()
      }
    })
  } finally {
    instance.closeSync()
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

async function send(
  connection: DuckDBConnection,
  map: EventMap,
  names: readonly TopicName[],
  options: ImportOptions,
  rejects: Rejects,
): Promise<{ sent: Sent; completed: boolean }> {
  const plan = await planWindows(connection, names)
  let seen = 0
  const chunks = async function* () {
    for await (const chunk of streamEvents(connection, names, map.source, plan.windows)) {
      seen += chunk.length
      options.onProgress?.(seen, plan.events)
      yield chunk.filter((event) => keepsContract(event, rejects))
    }
  }
  const sink = options.dryRun ? nowhere : (options.sink ?? (await connectKafkaSink(options.settings, options.logger)))
  try {
    const sent = await produce(chunks(), sink, { speed: 'max', signal: options.signal })
    return { sent, completed: options.signal?.aborted !== true }
  } finally {
    if (sink !== options.sink) await sink.close()
  }
}

const nowhere: EventSink = { send: async () => undefined, close: async () => undefined }

function keepsContract({ topic, value, fileRow }: SourceEvent, rejects: Rejects): boolean {
  const parsed = parseEvent(topic, Buffer.from(value), Date.now())
  if (!parsed.ok) {
    const event = JSON.parse(value) as Record<string, unknown>
    rejects.add({ row: fileRow, problem: parsed.problem, error: inWords(topic, event, parsed.error), event })
  }
  return parsed.ok
}

const WANTED: Partial<Record<FieldKind, string>> = {
  decimal: 'a decimal number of at most 12 digits before the point, 0 or more where the contract says so',
  instant: 'a date and time as the map writes them',
  string: 'printable text, an identifier without blanks and of at most 64 characters',
}

/** What the contract says with a pattern, for a person. */
function inWords(topic: TopicName, event: Record<string, unknown>, error: string): string {
  const name = /^(\w+) must match pattern/.exec(error)?.[1]
  const field = fieldsOf(topics[topic]).find((known) => known.name === name)
  const wanted = field && WANTED[field.kind]
  return wanted ? `${name} ${JSON.stringify(event[name!])} is not ${wanted}` : error
}

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
  for (const { line, error } of broken) add({ row: null, line, problem: 'broken_row', error })
  return {
    add,
    summary: () => ({ rejected, rejectedByProblem, examples }),
    close: () =>
      new Promise<void>((resolve, reject) => {
        if (!file) return resolve()
        file.on('error', reject).end(resolve)
      }),
  }
}
