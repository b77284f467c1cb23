import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { parseEvent } from './parse.ts'
import { protobufReader } from './protobuf-values.ts'

const SCHEMA = `
syntax = "proto3";
package erp;
import "google/protobuf/timestamp.proto";
import "google/protobuf/wrappers.proto";
enum PriceReason { PRICE_REASON_UNSPECIFIED = 0; PRICE_REASON_REGULAR = 1; PRICE_REASON_MARKDOWN = 2; }
message Other { string name = 1; }
message PriceChange {
  string event_id = 1;
  string source = 2;
  int64 schema_version = 3;
  google.protobuf.Timestamp event_at = 4;
  string store_id = 5;
  string product_id = 6;
  optional string old_price = 7;
  string new_price = 8;
  PriceReason reason = 9;
  google.protobuf.StringValue promotion_id = 10;
  message Line { bool synthetic = 1; int32 entries = 2; optional int32 exits = 3; repeated int32 many = 4; double weight = 5; }
  message Flat { bool synthetic = 1; int32 entries = 2; optional int32 exits = 3; double weight = 4; }
}
`
const { root } = protobuf.parse(SCHEMA, { keepCase: true })
for (const name of ['timestamp', 'wrappers'])
  root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)!.nested!)

/** As Confluent's serializers write it, behind the id of the schema. */
function written(name: string, indexes: readonly number[], value: object): Buffer {
  const head = protobuf.Writer.create()
  if (indexes.length === 1 && indexes[0] === 0) head.sint32(0)
  else {
    head.sint32(indexes.length)
    for (const index of indexes) head.sint32(index)
  }
  const type = root.lookupType(name)
  return Buffer.concat([head.finish(), type.encode(type.fromObject(value)).finish()])
}
const price = (change: object) => written('erp.PriceChange', [1], change)

describe('a message in Protobuf', () => {
  test('becomes an event of the contract: instants, enums and wrapped values, to the last digit', () => {
    const seconds = Date.parse('2024-05-02T06:00:00Z') / 1_000
    const bytes = price({
      event_id: 'e1',
      source: 'erp',
      schema_version: 1,
      event_at: { seconds, nanos: 123_456_000 },
      store_id: 's1',
      product_id: 'p1',
      new_price: '123456.789012',
      reason: 2,
      promotion_id: { value: 'P-7' },
    })
    const event = protobufReader(SCHEMA, 'Europe/Berlin')(bytes)
    expect(event).toEqual({
      event_id: 'e1',
      source: 'erp',
      schema_version: 1,
      event_at: '2024-05-02T08:00:00.123456+02:00',
      store_id: 's1',
      product_id: 'p1',
      new_price: '123456.789012',
      reason: 'markdown',
      promotion_id: 'P-7',
    })
    expect(parseEvent('price_changes', Buffer.from(JSON.stringify(event)), Date.now())).toMatchObject({ ok: true })
  })

  test('comes back as it went in, for any text, number and instant', () => {
    const read = protobufReader(SCHEMA)
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, unit: 'grapheme' }),
        fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
        fc.date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
        (text, number, instant) => {
          const ms = instant.getTime()
          const event_at = { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1_000_000 }
          const event = read(price({ event_id: text, schema_version: number, event_at, new_price: text }))
          expect(event).toEqual({
            event_id: text,
            ...(number > 0 ? { schema_version: number } : { schema_version: 0 }),
            event_at: instant.toISOString(),
            new_price: text,
          })
        },
      ),
    )
  })

  test('of a nested type is found by its indexes; what may not be absent is 0 or false', () => {
    const read = protobufReader(SCHEMA)
    expect(read(written('erp.PriceChange.Flat', [1, 1], {}))).toEqual({ synthetic: false, entries: 0, weight: 0 })
    expect(read(written('erp.PriceChange.Flat', [1, 1], { entries: 3, exits: 0 }))).toMatchObject({
      entries: 3,
      exits: 0,
    })
    expect(read(written('erp.Other', [0], { name: 'n' }))).toEqual({ name: 'n' })
  })

  test('that no event can be made of names what is wrong', () => {
    const read = protobufReader(SCHEMA)
    expect(() => read(written('erp.PriceChange.Line', [1, 0], { many: [1] }))).toThrow('many has several values')
    expect(() => read(written('erp.Other', [7], { name: 'n' }))).toThrow('its schema has no message 7')
    expect(() => read(price({ reason: 9 }))).toThrow('reason 9 is no value of its enum')
    expect(() => read(price({ event_at: { seconds: 1, nanos: 1 } }))).toThrow('has nanoseconds')
    expect(() => read(price({ event_id: 'e1' }).subarray(0, -1))).toThrow()
    expect(() => protobufReader('message {')).toThrow()
    expect(() => protobufReader('syntax = "proto3"; import "own.proto"; message A {}')).toThrow('it imports own.proto')
  })

  test('never ends anything but itself, whatever its bytes are', () => {
    const read = protobufReader(SCHEMA)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          expect(typeof read(Buffer.from(bytes))).toBe('object')
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})
