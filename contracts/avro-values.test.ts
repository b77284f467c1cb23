import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { avroType, contractType, fromAvro, toAvro } from './avro-values.ts'
import { topicNames } from './topics.ts'

const envelope = {
  event_id: 'e1',
  source: 'erp',
  schema_version: 1,
  store_id: 'S1',
  product_id: 'P1',
  reason: 'regular',
}

/** As the contract has prices: up to 9 digits before the point and 6 after it, none of them a zero at the end. */
const price = fc
  .tuple(fc.integer({ min: 0, max: 999_999_999 }), fc.stringMatching(/^(\d{0,5}[1-9])?$/))
  .map(([whole, part]) => `${whole}${part === '' ? '' : `.${part}`}`)

const instant = fc
  .tuple(
    fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
    fc.constantFrom('Z', '+05:45', '-03:00'),
  )
  .map(([date, offset]) => date.toISOString().replace('Z', `123${offset}`))

describe('an event', () => {
  test('comes back from Avro as it went in, to the last digit', () => {
    fc.assert(
      fc.property(price, price, instant, (old, now, eventAt) => {
        const event = { ...envelope, event_at: eventAt, old_price: old, new_price: now }
        expect(fromAvro(contractType('price_changes'), toAvro('price_changes', event))).toEqual(event)
      }),
    )
  })

  test('without what is optional has nothing there', () => {
    const event = { ...envelope, event_at: '2017-03-01T12:00:00Z', new_price: '1' }
    expect(fromAvro(contractType('price_changes'), toAvro('price_changes', event))).toEqual(event)
  })

  test.each([
    ['more than six decimals', { new_price: '1.2345678' }],
    ['no decimal', { new_price: 'cheap' }],
    ['a field that is missing', { new_price: undefined }],
  ])('with %s is refused', (_, change) => {
    const event = { ...envelope, event_at: '2017-03-01T12:00:00Z', ...change }
    expect(() => toAvro('price_changes', event)).toThrow()
  })
})

test('every contract has a type', () => {
  for (const topic of topicNames) expect(contractType(topic).typeName).toBe('record')
})

describe("another writer's schema", () => {
  const of = (type: object | string, value: unknown) => {
    const plain = avroTypeWithout(type)
    return fromAvro(avroType(record(type)), plain.toBuffer({ field: value }))
  }
  const record = (type: object | string) => ({ type: 'record', name: 'written', fields: [{ name: 'field', type }] })
  /** The same without what its numbers mean: bytes and longs are written as they are. */
  const avroTypeWithout = (type: object | string) =>
    avroType(record(typeof type === 'string' ? type : { ...type, logicalType: undefined }))

  test.each([
    [
      'microseconds',
      { type: 'long', logicalType: 'timestamp-micros' },
      1_488_377_100_123_456,
      '2017-03-01T14:05:00.123456Z',
    ],
    ['milliseconds', { type: 'long', logicalType: 'timestamp-millis' }, 1_488_377_100_123, '2017-03-01T14:05:00.123Z'],
    ['before the epoch', { type: 'long', logicalType: 'timestamp-micros' }, -1, '1969-12-31T23:59:59.999999Z'],
    ['a day', { type: 'int', logicalType: 'date' }, 17_226, '2017-03-01'],
    [
      'a decimal of another scale',
      { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 },
      Buffer.from([0xff, 0x85]),
      '-1.23',
    ],
    [
      'a decimal without decimals',
      { type: 'bytes', logicalType: 'decimal', precision: 10 },
      Buffer.from([0x01, 0x00]),
      '256',
    ],
    ['no bytes of a decimal', { type: 'bytes', logicalType: 'decimal', precision: 10, scale: 2 }, Buffer.alloc(0), '0'],
  ])('%s becomes the text of the contract', (_, type, value, expected) => {
    expect(of(type, value)).toEqual({ field: expected })
  })

  test('bytes that are not of it are refused, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const read = fromAvro(contractType('price_changes'), Buffer.from(bytes))
          expect(typeof read).toBe('object')
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})
