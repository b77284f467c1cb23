/** Apache Arrow as the interchange format: DuckDB's rows as record batches, and record batches as a DuckDB table. */

import {
  BIGINT,
  BOOLEAN,
  DATE,
  DECIMAL,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDateValue,
  type DuckDBDecimalType,
  DuckDBDecimalValue,
  DuckDBTimestampTZValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  TIMESTAMPTZ,
  VARCHAR,
} from '@duckdb/node-api'
import {
  AsyncByteQueue,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Decimal,
  type Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  makeBuilder,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  RecordBatchReader,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  type Timestamp,
  TimestampMicrosecond,
  TimeUnit,
  Type,
  Utf8,
  type Vector,
} from 'apache-arrow'
import { DAY_MS } from '../../contracts/calendar.ts'
import { identifier } from './duckdb.ts'

/** Rows that one record batch holds: enough for readers to work by columns, little enough to be held at once. */
const BATCH_CHUNKS_MAX = 16
/** DuckDB's own size of a chunk. */
const CHUNK_ROWS = 2_048

type FixedWidthArray =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Float32Array
  | Float64Array
  | Uint8Array
  | Uint32Array

/** How a column of DuckDB becomes one of Arrow: its type, and its values in Arrow's layout. Null is left to the bitmap. */
interface Conversion {
  type: DataType
  /** Left out: text. */
  fill?: (values: readonly DuckDBValue[]) => FixedWidthArray
}

const BITS_OF_WORD = 32n
const WORDS_OF_DECIMAL = 4
const WORD_MASK = 0xffff_ffffn

const numbers =
  <Values extends FixedWidthArray>(create: (length: number) => Values, convert: (value: never) => unknown) =>
  (values: readonly DuckDBValue[]): Values => {
    const filled = create(values.length)
    for (const [row, value] of values.entries()) if (value !== null) filled[row] = convert(value as never) as never
    return filled
  }

const itself = (value: number | bigint) => value

const conversions: Partial<Record<DuckDBTypeId, Conversion>> = {
  [DuckDBTypeId.BOOLEAN]: { type: new Bool(), fill: bits },
  [DuckDBTypeId.TINYINT]: { type: new Int8(), fill: numbers((length) => new Int8Array(length), itself) },
  [DuckDBTypeId.SMALLINT]: { type: new Int16(), fill: numbers((length) => new Int16Array(length), itself) },
  [DuckDBTypeId.INTEGER]: { type: new Int32(), fill: numbers((length) => new Int32Array(length), itself) },
  [DuckDBTypeId.BIGINT]: { type: new Int64(), fill: numbers((length) => new BigInt64Array(length), itself) },
  [DuckDBTypeId.FLOAT]: { type: new Float32(), fill: numbers((length) => new Float32Array(length), itself) },
  [DuckDBTypeId.DOUBLE]: { type: new Float64(), fill: numbers((length) => new Float64Array(length), itself) },
  [DuckDBTypeId.DATE]: {
    type: new DateDay(),
    fill: numbers(
      (length) => new Int32Array(length),
      ({ days }: DuckDBDateValue) => days,
    ),
  },
  [DuckDBTypeId.TIMESTAMP_TZ]: {
    type: new TimestampMicrosecond('UTC'),
    fill: numbers(
      (length) => new BigInt64Array(length),
      ({ micros }: DuckDBTimestampTZValue) => micros,
    ),
  },
  [DuckDBTypeId.VARCHAR]: { type: new Utf8() },
}

function conversionOf(type: DuckDBType): Conversion | undefined {
  if (type.typeId !== DuckDBTypeId.DECIMAL) return conversions[type.typeId]
  const { scale, width } = type as DuckDBDecimalType
  return { type: new Decimal(scale, width, 128), fill: decimals }
}

/** Booleans are bits, the first row in the lowest bit. */
function bits(values: readonly DuckDBValue[]): Uint8Array {
  const packed = new Uint8Array(Math.ceil(values.length / 8))
  for (const [row, value] of values.entries()) if (value === true) packed[row >> 3]! |= 1 << (row & 7)
  return packed
}

/** Decimals are whole numbers of 128 bits, the lowest word first. */
function decimals(values: readonly DuckDBValue[]): Uint32Array {
  const words = new Uint32Array(values.length * WORDS_OF_DECIMAL)
  for (const [row, value] of values.entries()) {
    if (value === null) continue
    let rest = (value as DuckDBDecimalValue).value
    for (let word = 0; word < WORDS_OF_DECIMAL; word += 1) {
      words[row * WORDS_OF_DECIMAL + word] = Number(rest & WORD_MASK)
      rest >>= BITS_OF_WORD
    }
  }
  return words
}

/** `stream`: for pipes. `file`: with an index at the end, which is what Feather version 2 is. */
export type ArrowFormat = 'stream' | 'file'

/** Keeps what a writer has written until it is taken, so that no more than a batch waits. */
class TakenBytes extends AsyncByteQueue {
  #parts: Uint8Array[] = []

  override write(part: Uint8Array): void {
    if (part.byteLength > 0) this.#parts.push(part)
  }

  take(): Uint8Array[] {
    return this.#parts.splice(0)
  }
}

/**
 * Streams a query as the bytes of Arrow's IPC format: the schema first, then batches of some thousand rows, read as they
 * are asked for. Decimals stay decimals, dates days, instants microseconds in UTC; what has no counterpart here (lists,
 * structures, UUIDs, times of day) is written as text.
 *
 * @param query a select statement without a trailing semicolon
 */
export async function* writeArrow(
  connection: DuckDBConnection,
  query: string,
  format: ArrowFormat,
): AsyncGenerator<Uint8Array> {
  const { schema, batches } = await readBatches(connection, query)
  const writer = format === 'file' ? new RecordBatchFileWriter() : new RecordBatchStreamWriter()
  const bytes = new TakenBytes()
  writer.reset(bytes, schema)
  yield* bytes.take()
  for await (const batch of batches) {
    writer.write(batch)
    yield* bytes.take()
  }
  writer.finish()
  yield* bytes.take()
}

async function readBatches(connection: DuckDBConnection, query: string) {
  const described = await connection.prepare(query)
  const columns = Array.from({ length: described.columnCount }, (_, index) => ({
    name: described.columnName(index),
    conversion: conversionOf(described.columnType(index)),
  }))
  const selected = columns.map(({ name, conversion }) =>
    conversion === undefined ? `${identifier(name)}::varchar as ${identifier(name)}` : identifier(name),
  )
  const wanted = columns.map(({ conversion }) => conversion ?? { type: new Utf8() })
  const schema = new Schema(columns.map(({ name }, index) => new Field(name, wanted[index]!.type, true)))
  const result = await connection.stream(`select ${selected.join(', ')} from (${query})`)
  async function* batches(): AsyncGenerator<RecordBatch> {
    for (let isLast = false; !isLast; ) {
      const values: DuckDBValue[][] = wanted.map(() => [])
      for (let chunks = 0; chunks < BATCH_CHUNKS_MAX && !isLast; chunks += 1) {
        const chunk = await result.fetchChunk()
        isLast = !chunk || chunk.rowCount === 0
        if (chunk && !isLast)
          for (const [index, column] of values.entries()) append(column, chunk.getColumnValues(index))
      }
      const rows = values[0]?.length ?? 0
      if (rows > 0) yield batchOf(schema, wanted, values, rows)
    }
  }
  return { schema, batches: batches() }
}

function append(column: DuckDBValue[], values: readonly DuckDBValue[]): void {
  for (const value of values) column.push(value)
}

function batchOf(schema: Schema, wanted: readonly Conversion[], values: readonly DuckDBValue[][], length: number) {
  const children = wanted.map(({ type, fill }, index) => {
    const column = values[index]!
    if (fill === undefined) return textData(column as (string | null)[])
    const nullBitmap = bits(column.map((value) => value !== null))
    const nullCount = column.reduce((sum: number, value) => sum + (value === null ? 1 : 0), 0)
    return makeData({ type, length, nullCount, nullBitmap, data: fill(column) } as never) as Data
  })
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, children }))
}

function textData(values: readonly (string | null)[]): Data<Utf8> {
  const builder = makeBuilder({ type: new Utf8(), nullValues: [null] })
  for (const value of values) builder.append(value)
  return builder.finish().flush()
}

/**
 * Appends an Arrow stream, several of one schema after each other, or a file (Feather version 2) to a new temporary table, a batch at a time.
 *
 * @param source the bytes, as they come
 * @returns the rows
 * @throws naming the column whose type has no counterpart, or that the bytes are not Arrow
 */
export async function loadArrow(
  connection: DuckDBConnection,
  table: string,
  source: AsyncIterable<Uint8Array>,
): Promise<number> {
  const readers = RecordBatchReader.readAll(source) as AsyncIterable<RecordBatchReader>
  let target: Target | undefined
  let rows = 0
  for await (const reader of readers) {
    target ??= await createTarget(connection, table, reader.schema)
    for await (const batch of reader) {
      appendBatch(target, batch)
      rows += batch.numRows
    }
  }
  target?.appender.closeSync()
  return rows
}

/** A table that batches are appended to. */
interface Target {
  columns: readonly Counterpart[]
  appender: DuckDBAppender
}

async function createTarget(connection: DuckDBConnection, table: string, { fields }: Schema): Promise<Target> {
  const columns = fields.map(({ name, type }) => counterpartOf(name, type))
  const definitions = fields.map(({ name }, index) => `${identifier(name)} ${columns[index]!.type}`)
  await connection.run(`create or replace temp table ${identifier(table)} (${definitions.join(', ')})`)
  return { columns, appender: await connection.createAppender(table) }
}

function appendBatch({ columns, appender }: Target, batch: RecordBatch): void {
  const types = columns.map(({ type }) => type)
  for (let from = 0; from < batch.numRows; from += CHUNK_ROWS) {
    const count = Math.min(CHUNK_ROWS, batch.numRows - from)
    const chunk = DuckDBDataChunk.create(types, count)
    for (const [index, { convert }] of columns.entries()) {
      const vector = batch.getChildAt(index)!
      chunk.setColumnValues(
        index,
        Array.from({ length: count }, (_, row) => read(vector, from + row, convert)),
      )
    }
    appender.appendDataChunk(chunk)
  }
}

const read = (vector: Vector, row: number, convert: (value: never) => DuckDBValue): DuckDBValue => {
  const value = vector.get(row) as never
  return value === null || value === undefined ? null : convert(value)
}

interface Counterpart {
  type: DuckDBType
  convert: (value: never) => DuckDBValue
}

const MICROS_OF_MS = 1_000

/** How a column of Arrow becomes one of DuckDB. Whole numbers keep their value, decimals their scale. */
function counterpartOf(name: string, type: DataType): Counterpart {
  switch (type.typeId) {
    case Type.Utf8:
    case Type.LargeUtf8:
      return { type: VARCHAR, convert: (value: string) => value }
    case Type.Dictionary:
      return counterpartOf(name, (type as Dictionary).dictionary)
    case Type.Bool:
      return { type: BOOLEAN, convert: (value: boolean) => value }
    case Type.Int:
      return { type: BIGINT, convert: (value: number | bigint) => BigInt(value) }
    case Type.Float:
      return { type: DOUBLE, convert: (value: number) => value }
    case Type.Decimal: {
      const { precision, scale } = type as Decimal
      const convert = (words: Uint32Array) => new DuckDBDecimalValue(wholeNumber(words), precision, scale)
      return { type: DECIMAL(precision, scale), convert }
    }
    case Type.Date:
      return { type: DATE, convert: (value: number) => new DuckDBDateValue(Math.round(value / DAY_MS)) }
    case Type.Timestamp: {
      if ((type as Timestamp).unit === TimeUnit.NANOSECOND) break
      const convert = (value: number) => new DuckDBTimestampTZValue(BigInt(Math.round(value * MICROS_OF_MS)))
      return { type: TIMESTAMPTZ, convert }
    }
  }
  throw new Error(`column ${name} is ${type}, which has no counterpart; write it as text`)
}

/** A whole number of 128 bits in two's complement, the lowest word first. */
function wholeNumber(words: Uint32Array): bigint {
  const unsigned = words.reduceRight((sum, word) => (sum << BITS_OF_WORD) | BigInt(word), 0n)
  return BigInt.asIntN(WORDS_OF_DECIMAL * Number(BITS_OF_WORD), unsigned)
}
