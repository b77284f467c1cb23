import { join } from 'node:path'
import { createLocalDuckDb, type DuckDBConnection, literal, withConnection } from '../platform/duckdb/duckdb.ts'
import type { Logger } from '../platform/log.ts'
import { statement } from '../platform/postgres/sql.ts'
import type { Settings } from '../platform/settings/settings.ts'
import { type Dataset, type DatasetName, datasets, locate, readRange, readStores } from './datasets.ts'
import { SourceError } from './errors.ts'
import { planWindows, type SourceEvent, streamEvents } from './event-stream.ts'
import { readMap } from './map.ts'
import { createMappedRows } from './map-sql.ts'
import { connectKafkaSink, type EventSink, produce, type Sent, type Speed } from './produce.ts'

export interface ReplaySelection {
  dataset: DatasetName
  /** First and last store's day, YYYY-MM-DD; the data set's own when not given. */
  from?: string | undefined
  to?: string | undefined
  /** Only the stores with the most lines, this many. */
  stores?: number | undefined
  /** Generated values depend on it and on nothing else. Ids do not: a second seed adds nothing to a first. */
  seed?: number | undefined
  /** The first day of an earlier replay that this one continues: its stock isn't opened again. */
  stockSince?: string | undefined
  /** Where the data is, when it isn't in its usual place. */
  path?: string | undefined
}

export interface ReplayOptions extends ReplaySelection {
  speed?: Speed | undefined
  settings: Settings
  logger: Logger
  onProgress?: ((sent: number, total: number) => void) | undefined
  /** Ends the replay after the batch that is on its way. */
  signal?: AbortSignal | undefined
  /** Where the events go when not to the Kafka of the settings. */
  sink?: EventSink | undefined
}

export interface ReplayResult {
  /** Events that Kafka confirmed, by topic. */
  sent: Sent
  from: string
  to: string
  /** Stores that were chosen from. */
  stores: number
  /** False when the signal ended it. */
  completed: boolean
  milliseconds: number
}

/** Catalogues go first, so that a sale's product and store are known when it arrives. */
const catalogueTopics = ['store_catalog', 'product_catalog'] as const
const movementTopics = ['price_changes', 'pos_transactions', 'inventory_updates', 'foot_traffic'] as const

/**
 * Sends a data set's days to Kafka as events, in the order in which they became known.
 * The same selection sends the same events with the same ids; sent twice, it adds nothing.
 *
 * @throws SourceError when the data isn't there or the selection is outside it; nothing was sent then
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const startedAt = performance.now()
  const instance = await createLocalDuckDb(options.settings)
  try {
    return await withConnection(instance, async (connection) => {
      const prepared = await prepareReplay(connection, options)
      const sink = options.sink ?? (await connectKafkaSink(options.settings, options.logger))
      try {
        const sent = await produce(prepared.events(), sink, {
          speed: options.speed ?? 'max',
          signal: options.signal,
          onProgress: (done) => options.onProgress?.(done, prepared.total),
        })
        const { from, to, stores } = prepared
        const completed = Object.values(sent).reduce((sum, count) => sum + count, 0) === prepared.total
        return { sent, from, to, stores, completed, milliseconds: performance.now() - startedAt }
      } finally {
        if (!options.sink) await sink.close()
      }
    })
  } finally {
    instance.closeSync()
  }
}

/** The stores' days that a data set holds, both inclusive. @throws SourceError when the data isn't there */
export async function datasetRange(
  settings: Settings,
  dataset: DatasetName,
  path?: string,
): Promise<{ from: string; to: string }> {
  const instance = await createLocalDuckDb(settings)
  try {
    const known = datasets[dataset]
    return await withConnection(instance, (connection) => readRange(connection, known, locate(known, path)))
  } finally {
    instance.closeSync()
  }
}

export interface PreparedReplay {
  from: string
  to: string
  stores: number
  counts: Sent
  total: number
  /** All events: the catalogues, then the days. */
  events(): AsyncGenerator<SourceEvent[]>
}

/** Reads the data and makes the tables of events in the connection; nothing is sent yet. */
export async function prepareReplay(connection: DuckDBConnection, selection: ReplaySelection): Promise<PreparedReplay> {
  const dataset = datasets[selection.dataset]
  const path = locate(dataset, selection.path)
  const held = await readRange(connection, dataset, path)
  const range = checkRange(selection, held)
  const stores = await chooseStores(connection, dataset, path, selection.stores)
  await setVariables(connection, dataset, { ...selection, ...range, path, dataFrom: held.from, stores: stores.chosen })
  const map = readMap(join(import.meta.dirname, 'maps', `${dataset.name}.yaml`))
  await connection.run(statement('sources/macros.sql'))
  await connection.run(statement(`sources/${dataset.rows}.sql`))
  await createMappedRows(connection, map, path)
  for (const name of ['rules', dataset.stock, dataset.catalogue, 'events']) {
    await connection.run(statement(`sources/${name}.sql`))
  }
  const catalogues = await planWindows(connection, catalogueTopics)
  const movements = await planWindows(connection, movementTopics)
  return {
    ...range,
    stores: stores.count,
    counts: { ...catalogues.counts, ...movements.counts },
    total: catalogues.events + movements.events,
    async *events() {
      yield* withoutPace(streamEvents(connection, catalogueTopics, map.source, catalogues.windows))
      yield* streamEvents(connection, movementTopics, map.source, movements.windows)
    },
  }
}

/** Catalogues are dated long before the days that are replayed: they go at once, whatever the speed. */
async function* withoutPace(chunks: AsyncIterable<SourceEvent[]>): AsyncGenerator<SourceEvent[]> {
  for await (const chunk of chunks) yield chunk.map((event) => ({ ...event, sendAtMs: null }))
}

function checkRange({ dataset, from, to }: ReplaySelection, held: { from: string; to: string }) {
  const range = { from: from ?? held.from, to: to ?? held.to }
  for (const [flag, day] of [
    ['--from', range.from],
    ['--to', range.to],
  ] as const) {
    if (day < held.from || day > held.to) {
      throw new SourceError(
        `replay ${dataset}: ${flag} ${day} is outside the data, which runs from ${held.from} to ${held.to}`,
      )
    }
  }
  if (range.from > range.to) {
    throw new SourceError(
      `replay ${dataset}: --from ${range.from} is after --to ${range.to}; the data runs from ${held.from} to ${held.to}`,
    )
  }
  return range
}

async function chooseStores(connection: DuckDBConnection, dataset: Dataset, path: string, wanted: number | undefined) {
  const all = await readStores(connection, dataset, path)
  if (wanted === undefined) return { count: all.length, chosen: undefined }
  if (wanted > all.length) {
    throw new SourceError(`replay ${dataset.name}: --stores ${wanted}: the data has ${all.length} stores`)
  }
  return { count: wanted, chosen: all.slice(0, wanted) }
}

interface Variables extends ReplaySelection {
  from: string
  to: string
  path: string
  dataFrom: string
}

async function setVariables(
  connection: DuckDBConnection,
  dataset: Dataset,
  { seed, from, to, stockSince, path, dataFrom, stores }: Omit<Variables, 'stores'> & { stores: string[] | undefined },
): Promise<void> {
  const values = {
    path: literal(path),
    prefix: literal(dataset.prefix),
    time_zone: literal(dataset.timeZone),
    country: literal(dataset.country),
    currency: literal(dataset.currency),
    seed: String(seed ?? 1),
    from_date: `date ${literal(from)}`,
    to_date: `date ${literal(to)}`,
    stock_since: `date ${literal(stockSince ?? from)}`,
    data_from: `date ${literal(dataFrom)}`,
    stores: stores ? `[${stores.map(literal).join(', ')}]` : 'null::varchar[]',
  }
  for (const [name, value] of Object.entries(values)) await connection.run(`set variable ${name} = ${value}`)
}
