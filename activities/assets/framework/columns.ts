/** An asset's columns, once: the lake's schema, the staging table, insert lists, comments and the page are made from them. */

import { fieldsOf } from '../../../contracts/avro.ts'
import { type EventOf, type TopicName, topics } from '../../../contracts/topics.ts'
import { rawTable } from '../../../lake/raw-table.ts'
import { type Column, type DeltaType, duckDbType, typeText } from '../../../lake/schema.ts'
import { identifier } from '../../../platform/duckdb/duckdb.ts'

export interface AssetColumn {
  /** As Delta names it. */
  type: DeltaType
  /** Left out: every row has a value. */
  isNullable?: true
  /** The type in PostgreSQL where it is not the one that follows from `type` alone. */
  postgresType?: string
  /** What a value means, for the page and for PostgreSQL. */
  comment: string
}

/** By name, in the table's order. */
export type Columns = Readonly<Record<string, AssetColumn>>

/** A table of `columns` is partitioned by it; it comes last. */
export const DATE_COLUMN: Columns = { date: { type: 'date', comment: "The store's day: the partition." } }

const postgresTypes: Readonly<Record<string, string>> = {
  string: 'text',
  long: 'bigint',
  integer: 'integer',
  double: 'double precision',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamptz',
}

const DECIMAL = /^decimal\((\d+),(\d+)\)$/

/** The fields of a topic's contract, as `raw/<topic>` has them; those that a message may leave out are nullable. */
export function contractColumns<Name extends TopicName>(
  topic: Name,
): Readonly<Record<keyof EventOf<Name>, AssetColumn>> {
  const types = new Map(rawTable(topic).schema.map(({ name, type }) => [name, type]))
  const columns = fieldsOf(topics[topic]).map(({ name, optional, description, values }) => {
    const comment = values ? `${description.replace(/\.$/, '')}: ${values.join(', ')}.` : description
    const column: AssetColumn = { type: types.get(name)!, comment, ...(optional && { isNullable: true }) }
    return [name, column] as const
  })
  return Object.fromEntries(columns) as Record<keyof EventOf<Name>, AssetColumn>
}

/** Columns that differ by their names only. */
export const alike = (names: readonly string[], column: AssetColumn): Columns =>
  Object.fromEntries(names.map((name) => [name, column]))

export const lakeColumns = (columns: Columns): Column[] =>
  Object.entries(columns).map(([name, { type, isNullable = false }]) => ({ name, type, nullable: isNullable }))

/** A column's type in PostgreSQL, e.g. `numeric(18, 6) not null`. */
function postgresType(name: string, { type, postgresType: own, isNullable }: AssetColumn): string {
  const text = typeText(type)
  const [, precision, scale] = DECIMAL.exec(text) ?? []
  const known = own ?? (precision === undefined ? postgresTypes[text] : `numeric(${precision}, ${scale})`)
  if (known === undefined) {
    throw new Error(`column ${name} is ${text}, for which no type of PostgreSQL is known: give it a postgresType`)
  }
  return isNullable ? known : `${known} not null`
}

/** The columns as `create table` lists them in PostgreSQL. */
export const postgresColumns = (columns: Columns): string =>
  Object.entries(columns)
    .map(([name, column]) => `${name} ${postgresType(name, column)}`)
    .join(', ')

/** The columns as `create table` lists them in DuckDB. */
export const duckDbColumns = (columns: Columns): string =>
  Object.entries(columns)
    .map(([name, { type }]) => `${identifier(name)} ${duckDbType(type)}`)
    .join(', ')

/** What rows depend on: names, order and types, and not their descriptions. */
export const shapeOf = (columns: Columns): string =>
  JSON.stringify(lakeColumns(columns).map(({ name, type, nullable }) => [name, type, nullable]))

/**
 * @param given names and types of a statement's columns, as DuckDB describes them
 * @throws Error naming the column that the statement lacks, that the definition lacks, or that has another type
 */
export function assertColumns(asset: string, file: string, columns: Columns, given: ReadonlyMap<string, string>): void {
  for (const [name, { type }] of Object.entries(columns)) {
    const [found, wanted] = [given.get(name) ?? 'nothing', duckDbType(type)]
    if (found !== wanted) {
      throw new Error(
        `${asset}: sql/${file} returns ${found} for ${name}, the definition has ${wanted}: change one of them`,
      )
    }
  }
  const unknown = [...given.keys()].find((name) => columns[name] === undefined)
  if (unknown !== undefined) {
    throw new Error(
      `${asset}: sql/${file} gives ${unknown}, which the definition lacks: add it to its columns, or drop it`,
    )
  }
}
