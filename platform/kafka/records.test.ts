import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { crc32c } from '@node-rs/crc32'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RecordReader, type StreamMessage, splitBatches, VALUE_BYTES_MAX } from './records.ts'

const FIRST_MS = Date.UTC(2020, 0)
const LAST_MS = FIRST_MS + 8_000

/** A number in zigzag coding, as records have them. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value < 0 ? -value * 2 - 1 : value * 2
  while (left >= 128) {
    bytes.push((left % 128) + 128)
    left = Math.floor(left / 128)
  }
  return Buffer.from([...bytes, left])
}

const sized = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1) : Buffer.concat([varint(bytes.length), bytes])

interface TestRecord {
  offset: number
  value: Buffer | null
  key?: Buffer | null
  timeMs?: number
  headers?: [string, Buffer][]
}

function encodeRecord({ offset, value, key = null, timeMs = 0, headers = [] }: TestRecord): Buffer {
  return sized(
    Buffer.concat([
      Buffer.from([0]),
      varint(timeMs),
      varint(offset),
      sized(key),
      sized(value),
      varint(headers.length),
      ...headers.flatMap(([name, text]) => [sized(Buffer.from(name)), sized(text)]),
    ]),
  )
}

interface TestBatch {
  base: number
  records: TestRecord[]
  /** Of the last offset; of compacted batches it is not a record's. */
  last?: number
  isPacked?: boolean
  attributes?: number
  producerId?: bigint
}

function encodeBatch({ base, records, last, isPacked = false, attributes = 0, producerId = -1n }: TestBatch): Buffer {
  const plain = Buffer.concat(records.map((record) => encodeRecord({ ...record, offset: record.offset - base })))
  const bytes = Buffer.concat([Buffer.alloc(61), isPacked ? gzipSync(plain) : plain])
  bytes.writeBigInt64BE(BigInt(base), 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes[16] = 2
  bytes.writeInt16BE(attributes | (isPacked ? 1 : 0), 21)
  bytes.writeInt32BE((last ?? records.at(-1)!.offset) - base, 23)
  bytes.writeBigInt64BE(BigInt(FIRST_MS), 27)
  bytes.writeBigInt64BE(BigInt(LAST_MS), 35)
  bytes.writeBigInt64BE(producerId, 43)
  bytes.writeInt32BE(records.length, 57)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

const text = (offset: number): TestRecord => ({ offset, value: Buffer.from(`message ${offset}`) })
const texts = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => text(from + index))
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

const marker = (base: number, producerId: bigint, kind: 'abort' | 'commit'): Buffer =>
  encodeBatch({
    base,
    producerId,
    attributes: TRANSACTIONAL | CONTROL,
    records: [{ offset: base, key: Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]), value: Buffer.alloc(6) }],
  })

async function readAll(bytes: Buffer, from: number, messagesMax = 1_000, bytesMax = 10_000_000) {
  const slices: StreamMessage[][] = []
  for (const batch of splitBatches(bytes, [], from).batches) {
    const reader = new RecordReader(batch, from)
    for (let isEnded = false; !isEnded; ) {
      const slice: StreamMessage[] = []
      isEnded = (await reader.read(slice, { messagesMax, bytesMax })).isEnded
      slices.push(slice)
    }
  }
  return slices
}

test('any records are read as they were written, from any offset on, in slices of any size', async () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)))
  const record = fc.record({
    gap: fc.nat(1_000),
    key: bytes,
    value: bytes,
    timeMs: fc.integer({ min: -1e6, max: 1e9 }),
  })
  const log = fc.record({
    base: fc.nat(1_000_000_000),
    records: fc.array(record, { minLength: 1, maxLength: 20 }),
    isPacked: fc.boolean(),
    skipped: fc.nat(25),
    messagesMax: fc.integer({ min: 1, max: 25 }),
  })
  await fc.assert(
    fc.asyncProperty(log, async ({ base, records, isPacked, skipped, messagesMax }) => {
      let offset = base - 1
      const written = records.map(({ gap, ...rest }) => {
        offset += 1 + gap
        return { ...rest, offset }
      })
      const from = written[Math.min(skipped, written.length - 1)]!.offset
      const slices = await readAll(encodeBatch({ base, records: written, isPacked }), from, messagesMax)
      expect(slices.every(({ length }) => length <= messagesMax)).toBe(true)
      expect(slices.flat().map(({ offset, key, value, knownAtMs }) => ({ offset, key, value, knownAtMs }))).toEqual(
        written
          .filter((one) => one.offset >= from)
          .map(({ timeMs, ...rest }) => ({ ...rest, knownAtMs: FIRST_MS + timeMs })),
      )
    }),
  )
})

describe.each([false, true])('records, packed: %s', (isPacked) => {
  test('are read as they were written', async () => {
    const headers: [string, Buffer][] = [
      ['a', Buffer.from('1')],
      ['__proto__', Buffer.from('2')],
      ['a', Buffer.from('3')],
    ]
    const records = [
      { offset: 7, value: Buffer.from('ü'), key: Buffer.from('k'), timeMs: 5, headers },
      { offset: 9, value: null, timeMs: -700 },
      { offset: 2_000_000_000, value: Buffer.alloc(0), timeMs: 5_000_000_000 },
    ]
    const [slice] = await readAll(encodeBatch({ base: 7, records, isPacked }), 0)
    expect(slice).toMatchObject([
      { offset: 7, knownAtMs: FIRST_MS + 5, key: Buffer.from('k'), value: Buffer.from('ü') },
      { offset: 9, knownAtMs: FIRST_MS - 700, key: null, value: null },
      { offset: 2_000_000_000, knownAtMs: FIRST_MS + 5_000_000_000, value: Buffer.alloc(0) },
    ])
    expect(Object.entries(slice![0]!.headers)).toEqual([
      ['a', [Buffer.from('1'), Buffer.from('3')]],
      ['__proto__', Buffer.from('2')],
    ])
  })

  test('are known since the broker appended them, when the topic is set so', async () => {
    const bytes = encodeBatch({ base: 0, records: texts(0, 2), isPacked, attributes: 0x08 })
    expect((await readAll(bytes, 0))[0]).toMatchObject([{ knownAtMs: LAST_MS }, { knownAtMs: LAST_MS }])
  })

  test('are known since now, when a producer wrote a time that cannot be', async () => {
    const records = [
      { ...text(0), timeMs: -FIRST_MS },
      { ...text(1), timeMs: 1e14 },
    ]
    const before = Date.now()
    const [slice] = await readAll(encodeBatch({ base: 0, records, isPacked }), 0)
    for (const { knownAtMs } of slice!) expect(knownAtMs).toSatisfy((at: number) => at >= before && at <= Date.now())
  })

  test('come in slices, from the offset that is asked for', async () => {
    const slices = await readAll(encodeBatch({ base: 0, records: texts(0, 10), isPacked }), 3, 4)
    expect(slices.map((slice) => slice.map(({ offset }) => offset))).toEqual([
      [3, 4, 5, 6],
      [7, 8, 9],
    ])
    const byBytes = await readAll(encodeBatch({ base: 0, records: texts(0, 4), isPacked }), 0, 1_000, 10)
    expect(byBytes.map(({ length }) => length)).toEqual([2, 2])
  })

  test('that are too long to be kept are kept in part, and what follows is read', async () => {
    const long = randomBytes(3_000_000)
    const records = [
      text(0),
      { ...text(1), value: long, headers: [['h', Buffer.from('1')]] as [string, Buffer][] },
      text(2),
    ]
    const messages = (await readAll(encodeBatch({ base: 0, records, isPacked }), 0)).flat()
    expect(messages.map(({ offset }) => offset)).toEqual([0, 1, 2])
    expect(messages[1]!.value!.equals(long.subarray(0, VALUE_BYTES_MAX))).toBe(true)
    expect(messages[1]).toMatchObject({ whole: { bytes: long.length }, headers: { h: Buffer.from('1') } })
    expect([messages[0]!.whole, messages[2]!.whole]).toEqual([undefined, undefined])
    const keyed = [{ ...text(0), key: randomBytes(2_000_000) }, text(1)]
    const [first, second] = (await readAll(encodeBatch({ base: 0, records: keyed, isPacked }), 0)).flat()
    expect([first!.value, second!.value]).toEqual([text(0).value, text(1).value])
    expect(first!.key!.length).toBeLessThan(2_000_000)
  })

  test('can not be read when fewer are there than the batch states', async () => {
    const batch = encodeBatch({ base: 0, records: texts(0, 10), isPacked })
    batch.writeInt32BE(11, 57)
    batch.writeUInt32BE(crc32c(batch.subarray(21)), 17)
    await expect(readAll(batch, 0)).rejects.toThrow('1 records are missing')
  })
})

describe('batches', () => {
  test('end where the fetch was cut off', () => {
    const bytes = Buffer.concat([0, 10, 20].map((base) => encodeBatch({ base, records: texts(base, base + 10) })))
    const found = splitBatches(bytes.subarray(0, -1), [], 0)
    expect(found.batches.map(({ base, last }) => [base, last])).toEqual([
      [0, 9],
      [10, 19],
    ])
    expect(found.next).toBe(20)
    expect(splitBatches(bytes.subarray(0, 30), [], 5)).toEqual({ batches: [], next: 5 })
  })

  test('that compaction has emptied are passed', () => {
    const bytes = Buffer.concat([
      encodeBatch({ base: 0, records: [text(3)], last: 9 }),
      encodeBatch({ base: 10, records: [], last: 19 }),
    ])
    expect(splitBatches(bytes, [], 0)).toMatchObject({ batches: [{ base: 0, last: 9, count: 1 }], next: 20 })
    expect(splitBatches(bytes, [], 10)).toMatchObject({ batches: [], next: 20 })
  })

  test('of aborted transactions are passed, and those of others between them are not', () => {
    const transactional = (base: number, producerId: bigint) =>
      encodeBatch({ base, records: texts(base, base + 5), attributes: TRANSACTIONAL, producerId })
    const bytes = Buffer.concat([
      transactional(0, 1n),
      transactional(5, 2n),
      marker(10, 1n, 'abort'),
      marker(11, 2n, 'commit'),
      transactional(12, 1n),
      marker(17, 1n, 'commit'),
      // The same producer again, in a transaction that is aborted behind this fetch.
      transactional(18, 1n),
    ])
    const aborted = [
      { producerId: 1n, firstOffset: 18 },
      { producerId: 1n, firstOffset: 0 },
    ]
    const found = splitBatches(bytes, aborted, 0)
    expect(found.batches.map(({ base }) => base)).toEqual([5, 12])
    expect(found.next).toBe(23)
  })

  test('show what is wrong with them, and where they end', () => {
    const changed = encodeBatch({ base: 10, records: texts(10, 20) })
    changed[80] = changed[80]! ^ 1
    const old = encodeBatch({ base: 20, records: texts(20, 25) })
    old[16] = 1
    const unknown = encodeBatch({ base: 25, records: texts(25, 30), attributes: 7 })
    const bytes = Buffer.concat([encodeBatch({ base: 0, records: texts(0, 10) }), changed, old, unknown])
    expect(splitBatches(bytes, [], 0).batches.map(({ last, problem }) => [last, problem])).toEqual([
      [9, undefined],
      [19, 'the checksum does not match the bytes'],
      [24, 'message format 1 is not 2'],
      [29, 'compression 7 is unknown'],
    ])
  })
})
