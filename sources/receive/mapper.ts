/** The events that a source's bodies become by its map: the code that `shelfline import` runs, over rows in memory. */
import { type DuckDBInstance, listValue } from '@duckdb/node-api'
import type { TopicName } from '../../contracts/topics.ts'
import { Batches } from '../../platform/batches.ts'
import { type DuckDBConnection, identifier } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { SourceError } from '../errors.ts'
import { eventSelect } from '../event-stream.ts'
import { jsonColumns } from '../json-columns.ts'
import { columnNames, type EventMap, parseMap } from '../map.ts'
import { BODY, createMappedRows } from '../map-sql.ts'

/** JSON documents of one request. */
export type Documents = readonly string[]

export interface MappedEvent {
  /** Which of the request's documents it is made from, from 0. */
  document: number
  value: string
}

/** More rows than a body may have: what a row number is made of. */
const ROWS_MAX = 2 ** 22
const BATCH_DOCUMENTS_MAX = 5_000
const BATCH_CHARACTERS_MAX = 4_000_000

/**
 * The map of a source, checked.
 *
 * @throws SourceError naming what is wrong with it
 */
export function readSourceMap(content: string, name: string): EventMap {
  const map = parseMap(content, name)
  if (map.granularity === 'day') {
    throw new SourceError(`map ${name}: granularity day is for files; a source sends events as they happen`)
  }
  return map
}

/** Requests that come at the same time are mapped together: a statement costs as much as some hundred rows. */
export class BodyMapper {
  readonly topic: TopicName
  readonly #connection: DuckDBConnection
  readonly #insert: string
  readonly #select: string
  readonly #batches: Batches<Documents, MappedEvent[]>

  private constructor(connection: DuckDBConnection, map: EventMap, select: string) {
    this.topic = map.topic
    this.#connection = connection
    this.#select = select
    this.#insert = insertSql(map)
    this.#batches = new Batches((batch) => this.#run(batch), {
      sizeMax: BATCH_CHARACTERS_MAX,
      countMax: BATCH_DOCUMENTS_MAX,
      sizeOf: (documents) => documents.reduce((sum, { length }) => sum + length, 0),
      countOf: (documents) => documents.length,
    })
  }

  /** @throws SourceError when a format of the map can't be */
  static async open(instance: DuckDBInstance, map: EventMap, name: string): Promise<BodyMapper> {
    const connection = await instance.connect()
    try {
      await connection.run(statement('sources/macros.sql'))
      const columns = columnNames(map).map((column) => `${identifier(column)} varchar`)
      await connection.run(
        `create temp table source_rows (${['file_row bigint', `${identifier(BODY)} bigint`, ...columns].join(', ')})`,
      )
      await createMappedRows(connection, map, name)
      await connection.run(`create temp view ${map.topic} as from mapped_rows`)
      const select = await eventSelect(connection, map.topic, map.source)
      return new BodyMapper(connection, map, select)
    } catch (error) {
      connection.closeSync()
      throw error
    }
  }

  /** @throws when DuckDB can't read a document, or has not enough memory for its rows */
  map(documents: Documents): Promise<MappedEvent[]> {
    return this.#batches.add(documents)
  }

  async close(): Promise<void> {
    await this.#batches.idle()
    this.#connection.closeSync()
  }

  /** What one request breaks must not fail the others: then each is mapped alone. */
  async #run(batch: readonly Documents[]): Promise<PromiseSettledResult<MappedEvent[]>[]> {
    try {
      return (await this.#mapTogether(batch)).map((value) => ({ status: 'fulfilled', value }))
    } catch (reason) {
      if (batch.length === 1) return [{ status: 'rejected', reason }]
      const results: PromiseSettledResult<MappedEvent[]>[] = []
      for (const documents of batch) results.push(...(await this.#run([documents])))
      return results
    }
  }

  async #mapTogether(batch: readonly Documents[]): Promise<MappedEvent[][]> {
    const places = batch.flatMap((documents, body) => documents.map((_, document) => ({ body, document })))
    try {
      await this.#connection.run(this.#insert, [
        listValue(batch.flat()),
        listValue(places.map(({ body }) => BigInt(body))),
      ])
      const reader = await this.#connection.runAndReadAll(
        `select value, file_row from (${this.#select}) order by file_row`,
      )
      const events: MappedEvent[][] = batch.map(() => [])
      for (const [value, row] of reader.getRows() as [string, number][]) {
        const { body, document } = places[Math.floor(row / ROWS_MAX)]!
        events[body]!.push({ document, value })
      }
      return events
    } finally {
      await this.#connection.run('delete from source_rows')
    }
  }
}

/** Rows are numbered through all documents: `document * 2^22 + row`. */
function insertSql(map: EventMap): string {
  const { elements, columns } = jsonColumns(columnNames(map), map.file.rows)
  const given = `select generate_subscripts($1::varchar[], 1) - 1 as place, unnest($2::bigint[]) as body,
    unnest($1::varchar[])::json as document`
  const rows =
    elements === undefined
      ? `select place * ${ROWS_MAX} as file_row, body, document from (${given})`
      : `select place * ${ROWS_MAX} + generate_subscripts(elements, 1) - 1 as file_row, body, document,
          unnest(elements) as element
        from (select *, ${elements} as elements from (${given}))`
  return `insert into source_rows select ${['file_row', 'body', ...columns].join(', ')} from (${rows})`
}
