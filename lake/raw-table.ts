import { fieldsOf } from '../contracts/avro.ts'
import type { FieldKind } from '../contracts/fields.ts'
import { type TopicName, topicNames, topics } from '../contracts/topics.ts'
import { literal } from '../platform/duckdb/duckdb.ts'
import type { TableDefinition } from './lake.ts'
import type { PrimitiveType } from './schema.ts'

/** The processor that writes these tables. */
export const RAW_SINK = 'raw_sink'

/** With what the names of these tables begin. */
export const RAW_FOLDER = 'raw/'

export const rawTableName = (topic: TopicName): string => `${RAW_FOLDER}${topic}`

const lakeTypes: Record<FieldKind, PrimitiveType> = {
  string: 'string',
  enum: 'string',
  integer: 'long',
  decimal: 'decimal(18,6)',
  boolean: 'boolean',
  instant: 'timestamp',
}

const defineRawTable = (topic: TopicName): TableDefinition => ({
  description: `Every message of ${topic}: one row each. A message that breaks its contract has a payload and a problem, and no fields.`,
  partitionColumns: ['date'],
  schema: [
    ...fieldsOf(topics[topic]).map(({ name, kind }) => ({ name, type: lakeTypes[kind] })),
    { name: 'topic', type: 'string', nullable: false },
    { name: 'partition', type: 'long', nullable: false },
    { name: 'offset', type: 'long', nullable: false },
    { name: 'known_at', type: 'timestamp', nullable: false },
    { name: 'date', type: 'date', nullable: false },
    { name: 'payload', type: 'string' },
    { name: 'problem', type: 'string' },
  ],
})

const rawTables = new Map(topicNames.map((topic) => [topic, defineRawTable(topic)]))

/** `raw/<topic>`: the contract's fields, where the message was in Kafka, and what was wrong with it. The same object each time. */
export const rawTable = (topic: TopicName): TableDefinition => rawTables.get(topic)!

/** What surrounds an event in a line of a segment file. */
export interface LineHead {
  partition: number
  offset: number
  knownAtMs: number
}

const head = ({ partition, offset, knownAtMs }: LineHead, date: string): string =>
  `{"p":${partition},"o":${offset},"k":${knownAtMs},"d":"${date}"`

/** The store's day of an event. */
export const dayOfEvent = (event: { event_at: string }): string => event.event_at.slice(0, 10)

/** The day of a message that breaks its contract is the day on which it came. */
export const dayOfBroken = (knownAtMs: number): string => new Date(knownAtMs).toISOString().slice(0, 10)

const fieldNames = new Map(topicNames.map((topic) => [topic, new Set(fieldsOf(topics[topic]).map(({ name }) => name))]))

/**
 * A line for an event that keeps its contract: written again from what was validated, so that both read the same. Fields
 * that the contract does not know are left out: the table has no column for them, and they were not validated.
 */
export const eventLine = (topic: TopicName, at: LineHead, event: { event_at: string }): string =>
  `${head(at, dayOfEvent(event))},"e":${JSON.stringify(knownFields(topic, event))}}\n`

function knownFields(topic: TopicName, event: object): object {
  const known = fieldNames.get(topic)!
  for (const name in event) {
    if (!known.has(name)) return Object.fromEntries(Object.entries(event).filter(([field]) => known.has(field)))
  }
  return event
}

const HEAD = /^\{"p":(\d+),"o":(\d+),"k":-?\d+,"d":"([^"]+)","(e|t)":/

/** What the beginning of a line contains. */
export function headOfLine(line: string): { partition: number; offset: number; date: string; isBroken: boolean } {
  const [, partition, offset, date, kind] = HEAD.exec(line)!
  return { partition: Number(partition), offset: Number(offset), date: date!, isBroken: kind === 't' }
}

/** A line for a message that breaks its contract, with as much of it as is kept. */
export const brokenLine = (at: LineHead, payload: Buffer | null, problem: string): string => {
  const text = payload?.toString('utf8').replaceAll('\u0000', '\ufffd') ?? null
  return `${head(at, dayOfBroken(at.knownAtMs))},"t":${JSON.stringify(text)},"x":"${problem}"}\n`
}

const jsonTypes: Record<FieldKind, string> = {
  string: 'VARCHAR',
  enum: 'VARCHAR',
  integer: 'BIGINT',
  decimal: 'DECIMAL(18,6)',
  boolean: 'BOOLEAN',
  instant: 'VARCHAR',
}

/** Selects the rows of `raw/<topic>` from a segment file. */
export function selectSegment(topic: TopicName, file: string): string {
  const fields = fieldsOf(topics[topic])
  const event = fields.map(({ name, kind }) => `"${name}" ${jsonTypes[kind]}`).join(', ')
  const columns = {
    p: 'BIGINT',
    o: 'BIGINT',
    k: 'BIGINT',
    d: 'DATE',
    t: 'VARCHAR',
    x: 'VARCHAR',
    e: `STRUCT(${event})`,
  }
  const types = Object.entries(columns).map(([name, type]) => `${name}: ${literal(type)}`)
  const values = fields.map(({ name, kind }) =>
    kind === 'instant' ? `e."${name}"::timestamptz as "${name}"` : `e."${name}" as "${name}"`,
  )
  return `select ${values.join(', ')}, ${literal(topic)} as topic, p as "partition", o as "offset",
    make_timestamptz(k * 1000) as known_at, d as date, t as payload, x as problem
    from read_json(${literal(file)}, format = 'newline_delimited', columns = {${types.join(', ')}},
      maximum_object_size = ${LINE_BYTES_MAX})`
}

/** What is kept of a message is 1 MiB at most, and a control character takes six bytes when it is escaped. */
const LINE_BYTES_MAX = 8 * 1024 * 1024
