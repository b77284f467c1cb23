import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { brokenLine, eventLine } from '../../lake/raw-table.ts'
import { isDataError, isPassing } from './database-errors.ts'
import { deadMessage, readableHeaders } from './dead-letters.ts'
import { sampleKnownAt } from './metrics.ts'
import { lostData } from './positions.ts'
import { jsonArray, type StreamMessage } from './processor.ts'
import { textColumns } from './text-columns.ts'

const failure = (code?: string, message = 'failed') => Object.assign(new Error(message), code && { code })

describe('jsonArray', () => {
  test('puts messages together byte for byte', () => {
    expect(jsonArray([]).toString()).toBe('[]')
    expect(jsonArray([Buffer.from('{"a":1}')]).toString()).toBe('[{"a":1}]')
    expect(jsonArray(['1', '"ü"', 'null'].map((text) => Buffer.from(text))).toString()).toBe('[1,"ü",null]')
  })
})

describe('textColumns', () => {
  test('makes a line an event, empty where a field is absent', () => {
    const events = [
      { event_id: 'a', net_amount: '1.5' },
      { event_id: 'b', line_no: 2 },
      { event_id: 'c', net_amount: null },
    ]
    expect(textColumns('pos_transactions', ['event_id', 'net_amount', 'line_no'])(events)).toEqual([
      'a\nb\nc',
      '1.5\n\n',
      '\n2\n',
    ])
  })

  test('rejects a field that is unknown, or that may contain a line feed', () => {
    expect(() => textColumns('pos_transactions', ['nothing'])).toThrow('pos_transactions has no field "nothing"')
    expect(() => textColumns('product_catalog', ['name'])).toThrow('product_catalog.name may contain a line feed')
  })
})

describe('database errors', () => {
  test.each(['22P02', '23505', '22021', '54001', 'P0001'])('%s is the data, and is not retried', (code) => {
    expect([isDataError(failure(code)), isPassing(failure(code))]).toEqual([true, false])
  })

  test.each(['40P01', '40001', '57P01', '08006', '53300', 'ECONNREFUSED', 'ECONNRESET'])('%s passes', (code) => {
    expect([isDataError(failure(code)), isPassing(failure(code))]).toEqual([false, true])
  })

  test("neither when it is a programmer's mistake", () => {
    for (const code of ['42P01', '42601', '42501']) {
      expect([isDataError(failure(code)), isPassing(failure(code))]).toEqual([false, false])
    }
    expect(isPassing(new TypeError('x is not a function'))).toBe(false)
    // What a message holds may be in the error that it causes.
    expect(isPassing(new SyntaxError('Unexpected token in "connection timeout"'))).toBe(false)
    expect(isPassing(failure(undefined, 'Connection terminated unexpectedly'))).toBe(true)
  })
})

describe('lostData', () => {
  test('distinguishes a hole from a place in the log', () => {
    const log = { start: 10, end: 20 }
    expect([10, 15, 20].map((position) => lostData(position, log))).toEqual([undefined, undefined, undefined])
    expect(lostData(9, log)).toMatch(/Kafka deleted offsets 9 to 9/)
    expect(lostData(21, log)).toMatch(/beyond the log's end 20/)
  })
})

describe('raw lines', () => {
  const at = { partition: 1, offset: 2, knownAtMs: Date.UTC(2017, 2, 1, 23) }
  test("dates an event by the store's day, a broken message by the day it came", () => {
    expect(JSON.parse(eventLine('pos_transactions', at, { event_at: '2017-02-28T23:00:00-05:00' }))).toMatchObject({
      d: '2017-02-28',
      o: 2,
    })
    expect(JSON.parse(brokenLine(at, Buffer.from('a\u0000"\n'), 'invalid_json'))).toEqual({
      p: 1,
      o: 2,
      k: at.knownAtMs,
      d: '2017-03-01',
      t: 'a\ufffd"\n',
      x: 'invalid_json',
    })
    expect(eventLine('pos_transactions', at, { event_at: '2017-02-28T23:00:00Z' }).split('\n')).toHaveLength(2)
  })
})

describe('raw lines of events', () => {
  test('hold the fields of the contract and no others', () => {
    const at = { partition: 1, offset: 2, knownAtMs: 0 }
    const event = JSON.parse('{"event_at":"2017-03-01T10:00:00Z","EVENT_AT":1,"__proto__":{"a":1},"more":[[1]]}')
    expect(JSON.parse(eventLine('pos_transactions', at, event)).e).toEqual({ event_at: '2017-03-01T10:00:00Z' })
  })
})

describe('a message that becomes a dead letter', () => {
  const from = { origin: 'contract', topic: 'pos_transactions', partition: 3 } as const
  const why = { reason: 'invalid_json', error: 'no JSON' } as const
  const message = { offset: 7, knownAtMs: 1, key: Buffer.from('store-1'), value: Buffer.from('broken'), headers: {} }

  test('is kept whole when it is small, apart from what it was fetched with', () => {
    const kept = deadMessage(from, message, why, 100)
    expect(kept).toMatchObject({ payloadBytes: 6, isCut: false, offset: 7, key: message.key, payload: message.value })
    expect(kept.payloadSha256).toBe(createHash('sha256').update('broken').digest('hex'))
    message.value.fill(0)
    expect(kept.payload!.toString()).toBe('broken')
  })

  test('is cut when it is not, with its size and hash', () => {
    const value = Buffer.alloc(1_000, 'x')
    const kept = deadMessage(from, { ...message, value }, why, 100)
    expect(kept).toMatchObject({ payloadBytes: 1_000, isCut: true })
    expect(kept.payload).toHaveLength(100)
    expect(kept.payloadSha256).toBe(createHash('sha256').update(value).digest('hex'))
    const whole = { bytes: 40_000_000, sha256: 'abc' }
    expect(deadMessage(from, { ...message, whole }, why, 100)).toMatchObject({
      payloadBytes: 40_000_000,
      payloadSha256: 'abc',
      isCut: true,
    })
    expect(deadMessage(from, { ...message, key: value }, why, 100).isCut).toBe(true)
    expect(deadMessage(from, { ...message, value: null }, why, 100)).toMatchObject({
      payload: null,
      payloadBytes: null,
      payloadSha256: null,
      isCut: false,
    })
  })
})

describe('sampleKnownAt', () => {
  test('takes all of a few and a hundred of many', () => {
    const messages = (count: number) =>
      Array.from({ length: count }, (_, knownAtMs) => ({ knownAtMs }) as StreamMessage)
    expect(sampleKnownAt(messages(3))).toEqual([0, 1, 2])
    expect(sampleKnownAt(messages(10_000))).toHaveLength(100)
  })
})

describe('headers', () => {
  test('become text that PostgreSQL can hold', () => {
    expect(readableHeaders({ a: Buffer.from('x\u0000'), b: ['1', '2'], c: undefined })).toEqual({
      a: 'x\ufffd',
      b: '1',
      c: '',
    })
  })

  test('are few and short, however many there are', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`h${index}`, Buffer.from('x')]))
    expect(Object.keys(readableHeaders(many))).toHaveLength(64)
    const long = readableHeaders({ a: Buffer.alloc(1_000_000, '😀'), [`${'b'.repeat(999)}😀`]: 'x' })
    expect(JSON.stringify(long).length).toBeLessThan(4_000)
    expect(
      Object.entries(long)
        .flat()
        .every((text) => text.isWellFormed()),
    ).toBe(true)
  })
})
