/** A message of Debezium: what happened to a row of a table (https://debezium.io/documentation/, "change event values"). */
import { isUtf8 } from 'node:buffer'
import type { StreamMessage } from '../../platform/kafka/records.ts'

/** The columns of a row by name. Numbers are text, digit for digit as they were sent. */
export type Row = Readonly<Record<string, unknown>>

/** Where a snapshot is with this row; undefined: the row was not read by a snapshot of the whole table. */
export type SnapshotMark = 'first' | 'within' | 'last'

export interface RowChange {
  kind: 'row'
  /** Its primary key, JSON. */
  key: string
  /** The row as it is now; undefined: it was deleted. */
  row: Row | undefined
  snapshot: SnapshotMark | undefined
  /** What makes the change one of a kind within its row: the place in the log of its database. */
  place: string
  /** When it was committed, microseconds since the epoch. */
  atUs: number
}

export type Change =
  | RowChange
  /** All rows were removed at once. */
  | { kind: 'truncate'; place: string; atUs: number }
  /** Nothing that concerns rows: the tombstone after a delete, a heartbeat. */
  | { kind: 'nothing' }
  | { kind: 'broken'; error: string }

const broken = (error: string): Change => ({ kind: 'broken', error })

/** Never throws: what is no change is broken. */
export function readChange(message: StreamMessage): Change {
  if (message.value === null) return { kind: 'nothing' }
  try {
    if (message.whole !== undefined) return broken(`the message has ${message.whole.bytes} bytes, which is too large`)
    return changeOf(payloadOf(parse(message.value)), message)
  } catch (error) {
    return broken((error as Error).message)
  }
}

interface Envelope {
  op?: unknown
  before?: unknown
  after?: unknown
  source?: unknown
  ts_ms?: unknown
}

function changeOf(value: unknown, message: StreamMessage): Change {
  if (!isObject(value)) return broken('is not an object with op and source, as Debezium sends it')
  const { op, before, after, source } = value as Envelope
  if (op === 'm') return { kind: 'nothing' }
  if (typeof op !== 'string' || !isObject(source)) {
    return 'op' in value || 'source' in value
      ? broken('has no op or no source: Debezium sends both unless the connector unwraps its messages')
      : broken('is not a change: it has neither op nor source')
  }
  const common = { place: placeOf(source, message), atUs: instantOf(source, message) }
  if (op === 't') return { kind: 'truncate', ...common }
  if (!['c', 'u', 'r', 'd'].includes(op)) return broken(`op ${JSON.stringify(op)} is not one of c, u, r, d, t, m`)
  const key = keyOf(message.key)
  if (key === undefined) return broken('has no key: the table needs a primary key, or message.key.columns')
  const row = op === 'd' ? undefined : after
  if (row !== undefined && !isObject(row)) return broken(`op ${op} has no row in after`)
  // A deleted row without its values is only its key; what it was is known from before.
  if (before !== undefined && before !== null && !isObject(before)) return broken('before is not an object')
  return { kind: 'row', key, row: row as Row | undefined, snapshot: op === 'r' ? markOf(source) : undefined, ...common }
}

/** With `schemas.enable` the converter wraps what is sent in its schema. */
const payloadOf = (value: unknown): unknown =>
  isObject(value) && 'schema' in value && 'payload' in value ? value.payload : value

type SourceReviver = (this: unknown, key: string, value: unknown, context: { source: string }) => unknown

/** Numbers keep their digits: a 64-bit id is more than a double holds. */
const exactNumbers: SourceReviver = (_key, value, { source }) => (typeof value === 'number' ? source : value)

function parse(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new Error('is not UTF-8')
  return JSON.parse(bytes.toString('utf8'), exactNumbers as Parameters<typeof JSON.parse>[1])
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function keyOf(bytes: Buffer | null): string | undefined {
  if (bytes === null || bytes.length === 0) return undefined
  const key = payloadOf(parse(bytes))
  return isObject(key) && Object.keys(key).length > 0 ? JSON.stringify(key) : undefined
}

/** What the connectors call the place of a change, of which each has some. */
const PLACES = [
  ...['lsn', 'file', 'pos', 'row'],
  ...['commit_lsn', 'change_lsn', 'event_serial_no'],
  ...['commit_scn', 'scn', 'rs_id', 'ssn'],
] as const

function placeOf(source: Record<string, unknown>, { offset }: StreamMessage): string {
  const parts = PLACES.flatMap((name) => (source[name] == null ? [] : `${name}=${String(source[name])}`))
  return parts.length > 0 ? parts.join(' ') : `offset=${offset}`
}

function instantOf({ ts_us: micros, ts_ms: millis }: Record<string, unknown>, { knownAtMs }: StreamMessage): number {
  if (isDigits(micros)) return Number(micros)
  return isDigits(millis) ? Number(millis) * 1_000 : knownAtMs * 1_000
}

const isDigits = (value: unknown): value is string => typeof value === 'string' && /^\d{1,16}$/.test(value)

const marks: Readonly<Record<string, SnapshotMark>> = {
  first: 'first',
  first_in_data_collection: 'first',
  true: 'within',
  last_in_data_collection: 'last',
  last: 'last',
}

/** An incremental snapshot reads rows while others change: it has no end at which the rows that are left out are known. */
const markOf = ({ snapshot }: Record<string, unknown>): SnapshotMark | undefined => marks[String(snapshot)]
