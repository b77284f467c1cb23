import { createHash, type Hash } from 'node:crypto'
import { crc32c } from '@node-rs/crc32'
import type { IHeaders } from 'kafkajs'
import { DAY_MS } from '../../contracts/calendar.ts'
import { codecs, unpack } from './codecs.ts'

/** A message as it came from Kafka. */
export interface StreamMessage {
  offset: number
  /** `known_at`: when it reached Kafka, milliseconds since the epoch. */
  knownAtMs: number
  key: Buffer | null
  value: Buffer | null
  headers: IHeaders
  /** Of a value that was too long to be kept: of the whole, of which `value` is the beginning. */
  whole?: { bytes: number; sha256: string }
}

/** A batch of records as it lies in Kafka's log, packed. `base` to `last` are its offsets. */
export interface RecordBatch {
  base: number
  last: number
  count: number
  /** Milliseconds since the epoch, of its first record. */
  firstTimestampMs: number
  /** The whole batch, from its first offset on. */
  bytes: Buffer
  /** Why it can't be read, when that can be seen from outside. */
  problem: string | undefined
}

/** A transaction that was aborted: its producer's records from here to the next marker are nothing. */
export interface AbortedTransaction {
  producerId: bigint
  firstOffset: number
}

export interface FetchedBatches {
  batches: RecordBatch[]
  /** One past the last offset that the bytes speak of, also when they hold nothing there. */
  next: number
}

/** A batch that can't be read: its bytes have changed, or are packed in an unknown way. */
export class UnreadableBatchError extends Error {
  override name = 'UnreadableBatchError'
}

/** The positions of a batch's fields: https://kafka.apache.org/documentation/#recordbatch */
const AT = {
  length: 8,
  magic: 16,
  checksum: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  firstTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
}
const MAGIC = 2
const ATTRIBUTE = { codec: 0x07, isLogAppendTime: 0x08, isTransactional: 0x10, isControl: 0x20 }
const ABORT_MARKER = 0

/**
 * Takes apart what a fetch has brought. Control records and the records of aborted transactions are left out; the last
 * batch is often cut off, and is fetched again.
 *
 * @param aborted the transactions that were aborted in this range, by their first offset
 * @param from the offset that was asked for
 */
export function splitBatches(bytes: Buffer, aborted: readonly AbortedTransaction[], from: number): FetchedBatches {
  const waiting = [...aborted].sort((one, other) => one.firstOffset - other.firstOffset)
  const abortedProducers = new Set<bigint>()
  const batches: RecordBatch[] = []
  let next = from
  for (let at = 0; at + AT.records <= bytes.length; ) {
    const end = at + AT.magic - 4 + bytes.readInt32BE(at + AT.length)
    if (end > bytes.length || end < at + AT.records) break
    const batch = bytes.subarray(at, end)
    at = end
    const base = Number(batch.readBigInt64BE(0))
    const problem = problemOf(batch)
    const last = base + offsetsBehindFirst(batch, problem)
    next = Math.max(next, last + 1)
    const count = batch.readInt32BE(AT.count)
    const firstTimestampMs = Number(batch.readBigInt64BE(AT.firstTimestamp))
    if (problem !== undefined) {
      batches.push({ base, last, count, firstTimestampMs, bytes: batch, problem })
      continue
    }
    while (waiting.length > 0 && waiting[0]!.firstOffset <= last) abortedProducers.add(waiting.shift()!.producerId)
    const attributes = batch.readInt16BE(AT.attributes)
    const producerId = batch.readBigInt64BE(AT.producerId)
    if (attributes & ATTRIBUTE.isControl) {
      if (markerOf(batch) === ABORT_MARKER) abortedProducers.delete(producerId)
      continue
    }
    const isAborted = (attributes & ATTRIBUTE.isTransactional) !== 0 && abortedProducers.has(producerId)
    if (isAborted || count === 0 || last < from) continue
    batches.push({ base, last, count, firstTimestampMs, bytes: batch, problem })
  }
  return { batches, next }
}

function problemOf(batch: Buffer): string | undefined {
  if (batch[AT.magic] !== MAGIC) return `message format ${batch[AT.magic]} is not ${MAGIC}`
  if (crc32c(batch.subarray(AT.attributes)) !== batch.readUInt32BE(AT.checksum)) return CHECKSUM_PROBLEM
  const codec = batch.readInt16BE(AT.attributes) & ATTRIBUTE.codec
  return codecs[codec] === undefined ? `compression ${codec} is unknown` : undefined
}

const CHECKSUM_PROBLEM = 'the checksum does not match the bytes'
/** No producer makes such a batch: the number itself has changed. */
const OFFSETS_MAX = 10_000_000

function offsetsBehindFirst(batch: Buffer, problem: string | undefined): number {
  const offsets = batch.readInt32BE(AT.lastOffsetDelta)
  return problem !== undefined && (offsets < 0 || offsets > OFFSETS_MAX) ? 0 : offsets
}

/** The kind of a control record: the second number of its key. It is never packed, and the only one of its batch. */
function markerOf(batch: Buffer): number | undefined {
  const record = new RecordCursor(batch, AT.records)
  record.varint() // its length
  record.skip(1) // its attributes
  record.varint() // its time
  record.varint() // its offset
  return record.bytes()?.readInt16BE(2)
}

export interface ReadBounds {
  /** Messages in the list, those included that are in it already. */
  messagesMax: number
  /** Reached with the message that goes beyond it, so that one message is always read. */
  bytesMax: number
}

/** Of a longer value only its beginning is kept: one byte more than the largest message that is ever parsed. */
export const VALUE_BYTES_MAX = 1024 * 1024 + 1
/** What is kept of a key, or of all headers together, that are longer than this: nothing. */
const EXTRAS_BYTES_MAX = 256 * 1024
const RECORD_HEAD_BYTES_MAX = 32

/**
 * Reads the records of one batch, as far as it is asked to: a batch of 1 MB may unpack to a thousand times as much, and
 * never has to be in memory whole.
 */
export class RecordReader {
  readonly #batch: RecordBatch
  readonly #from: number
  readonly #shift: number
  readonly #isLogAppendTime: boolean
  readonly #maxTimestampMs: number
  readonly #chunks: Iterator<Buffer> | AsyncIterator<Buffer>
  #left: number
  #cursor = new RecordCursor(Buffer.alloc(0), 0)

  /**
   * @param from records below this offset are passed over
   * @param shift what is added to the offsets of the batch
   * @throws UnreadableBatchError when it is known already that the batch can't be read
   */
  constructor(batch: RecordBatch, from: number, shift = 0) {
    const { bytes } = batch
    this.#batch = batch
    this.#from = from
    this.#shift = batch.base + shift
    this.#left = batch.count
    if (batch.problem !== undefined) throw new UnreadableBatchError(batch.problem)
    const attributes = bytes.readInt16BE(AT.attributes)
    const codec = codecs[attributes & ATTRIBUTE.codec]!
    this.#isLogAppendTime = (attributes & ATTRIBUTE.isLogAppendTime) !== 0
    this.#maxTimestampMs = Number(bytes.readBigInt64BE(AT.maxTimestamp))
    const chunks = unpack(codec, bytes.subarray(AT.records))
    this.#chunks = Symbol.iterator in chunks ? chunks[Symbol.iterator]() : chunks[Symbol.asyncIterator]()
  }

  /**
   * Adds messages to `into`, until the bounds are reached or the batch ends.
   *
   * @returns the bytes that were added, and whether the batch has ended
   * @throws UnreadableBatchError when the rest of it can't be read
   */
  async read(
    into: StreamMessage[],
    { messagesMax, bytesMax }: ReadBounds,
  ): Promise<{ bytes: number; isEnded: boolean }> {
    let bytes = 0
    try {
      while (this.#left > 0 && into.length < messagesMax && bytes < bytesMax) {
        const message = this.#whole() ?? (await this.#piecemeal())
        if (message === undefined) continue
        this.#left -= 1
        if (message.offset < this.#from) continue
        into.push(message)
        bytes += sizeOf(message)
      }
      return { bytes, isEnded: this.#left === 0 }
    } catch (error) {
      throw new UnreadableBatchError((error as Error).message, { cause: error })
    }
  }

  /** Releases what unpacking needs. */
  close(): void {
    void Promise.resolve(this.#chunks.return?.()).catch(() => undefined)
  }

  /** The next record, when all of it is here. */
  #whole(): StreamMessage | undefined {
    const cursor = this.#cursor
    const start = cursor.at
    if (cursor.left < RECORD_HEAD_BYTES_MAX && !cursor.hasVarint()) return undefined
    const length = cursor.varint()
    if (length > cursor.left || length > VALUE_BYTES_MAX) {
      cursor.at = start
      return undefined
    }
    const end = cursor.at + length
    cursor.skip(1) // attributes, which mean nothing yet
    const knownAtMs = this.#timeOf(cursor.varint())
    const offset = this.#shift + cursor.varint()
    const key = cursor.bytes()
    const value = cursor.bytes()
    const headers = cursor.headers()
    if (cursor.at !== end) throw new Error(`a record ends at ${cursor.at}, not at ${end}`)
    return { offset, knownAtMs, key, value, headers }
  }

  #timeOf(delta: number): number {
    return plausibleTime(
      this.#isLogAppendTime ? this.#maxTimestampMs : this.#batch.firstTimestampMs + delta,
      Date.now(),
    )
  }

  /** Gets more bytes, and reads a record that is too long to be kept; undefined: look again. */
  async #piecemeal(): Promise<StreamMessage | undefined> {
    const cursor = this.#cursor
    if (!cursor.hasVarint()) {
      await this.#more()
      return undefined
    }
    const start = cursor.at
    const length = cursor.varint()
    if (length < 0) throw new Error(`a record has the length ${length}`)
    if (length <= VALUE_BYTES_MAX) {
      const bytes = cursor.at - start + length
      cursor.at = start
      await this.#more(bytes)
      return undefined
    }
    return this.#cut(length)
  }

  /** A record whose value, or something else in it, is longer than what is kept. */
  async #cut(length: number): Promise<StreamMessage> {
    let left = length
    const field = async (): Promise<number> => {
      while (!this.#cursor.hasVarint()) await this.#more()
      const before = this.#cursor.at
      const value = this.#cursor.varint()
      left -= this.#cursor.at - before
      return value
    }
    while (this.#cursor.left < 1) await this.#more()
    this.#cursor.skip(1)
    left -= 1
    const knownAtMs = this.#timeOf(await field())
    const offset = this.#shift + (await field())
    const keyLength = await field()
    const key = keyLength < 0 ? null : await this.#take(keyLength, EXTRAS_BYTES_MAX)
    left -= Math.max(0, keyLength)
    const valueLength = await field()
    const hash = createHash('sha256')
    const value = valueLength < 0 ? null : await this.#take(valueLength, VALUE_BYTES_MAX, hash)
    left -= Math.max(0, valueLength)
    if (left < 0) throw new Error(`a record is longer than its ${length} bytes`)
    const extras = await this.#take(left, EXTRAS_BYTES_MAX)
    const headers = extras.length === left ? new RecordCursor(extras, 0).headers() : {}
    const isCut = value !== null && value.length < valueLength
    return {
      offset,
      knownAtMs,
      key,
      value,
      headers,
      ...(isCut && { whole: { bytes: valueLength, sha256: hash.digest('hex') } }),
    }
  }

  /** Advances by this many bytes, of which the first are returned. */
  async #take(length: number, keptMax: number, hash?: Hash): Promise<Buffer> {
    const kept: Buffer[] = []
    let keptBytes = 0
    for (let left = length; left > 0; ) {
      if (this.#cursor.left === 0) await this.#more()
      const some = this.#cursor.take(Math.min(left, this.#cursor.left))
      left -= some.length
      hash?.update(some)
      if (keptBytes < keptMax) kept.push(Buffer.from(some.subarray(0, keptMax - keptBytes)))
      keptBytes = Math.min(keptMax, keptBytes + some.length)
    }
    return Buffer.concat(kept)
  }

  /** Unpacks further, until this many bytes are here that were not read yet. */
  async #more(bytes = this.#cursor.left + 1): Promise<void> {
    const parts = [this.#cursor.rest()]
    for (let have = this.#cursor.left; have < bytes; ) {
      const { done, value } = await this.#chunks.next()
      if (done) throw new Error(`${this.#left} records are missing`)
      parts.push(value)
      have += value.length
    }
    this.#cursor = new RecordCursor(parts[0]!.length === 0 && parts.length === 2 ? parts[1]! : Buffer.concat(parts), 0)
  }
}

/** What a message takes in memory, roughly. */
const sizeOf = ({ key, value }: StreamMessage): number => (value?.length ?? 0) + (key?.length ?? 0)

const NO_HEADERS: IHeaders = Object.freeze({})
const HEADERS_MAX = 100
const HEADER_NAME_BYTES_MAX = 1_000
const VARINT_FACTOR_MAX = 128 ** 9

function addHeader(headers: Record<string, Buffer | (Buffer | string)[]>, name: string, value: Buffer): void {
  const earlier = headers[name]
  if (earlier === undefined) headers[name] = value
  else if (Array.isArray(earlier)) earlier.push(value)
  else headers[name] = [earlier, value]
}

const EARLIEST_MS = Date.UTC(2000, 0)

/**
 * When a message reached Kafka, milliseconds since the epoch. Producers may write any time; what is no time of Kafka's,
 * because it lies before the year 2000 or more than a day ahead, is taken for now.
 */
export const plausibleTime = (timestampMs: number, nowMs: number): number =>
  timestampMs >= EARLIEST_MS && timestampMs <= nowMs + DAY_MS ? timestampMs : nowMs

/** Reads the fields of a record, one after another. */
class RecordCursor {
  readonly #bytes: Buffer
  at: number

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.at)
  }

  hasVarint(): boolean {
    for (let at = this.at; at < this.#bytes.length; at += 1) if (this.#bytes[at]! < 128) return true
    return false
  }

  /** A number in zigzag coding. */
  varint(): number {
    let value = 0
    for (let factor = 1, byte = 128; byte >= 128; factor *= 128) {
      byte = this.#bytes[this.at++]!
      // Ten bytes hold 64 bits. Numbers that large are not exact here, and are only times that no one means.
      if (byte === undefined || factor > VARINT_FACTOR_MAX) throw new Error('a number does not end')
      value += (byte & 127) * factor
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  skip(bytes: number): void {
    this.at += bytes
  }

  take(length: number): Buffer {
    if (length > this.left) throw new Error(`${length} bytes are needed, ${this.left} are left`)
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  bytes(): Buffer | null {
    const length = this.varint()
    return length < 0 ? null : this.take(length)
  }

  headers(): IHeaders {
    const count = this.varint()
    if (count === 0) return NO_HEADERS
    const headers: Record<string, Buffer | (Buffer | string)[]> = Object.create(null)
    for (let index = 0; index < count; index += 1) {
      const name = this.bytes()
      const value = this.bytes() ?? Buffer.alloc(0)
      // The others are passed over: a record of 1 MB may have 300,000 of them.
      if (index < HEADERS_MAX) addHeader(headers, name?.toString('utf8', 0, HEADER_NAME_BYTES_MAX) ?? '', value)
    }
    return headers
  }
}
