import { describe, expect, test } from 'vitest'
import type { Column } from './schema.ts'
import { type ColumnStatistics, mayContain, statisticsText } from './statistics.ts'

const textOf = (type: string, statistics: ColumnStatistics) =>
  statisticsText(3, [{ name: 'x', type } as Column], new Map([['x', { null_count: '1', ...statistics }]]))

describe('the statistics of a file', () => {
  test.each([
    ['long', '-9007199254740993', '9007199254740993', '-9007199254740993', '9007199254740993'],
    [
      'decimal(38,10)',
      '0.0000000001',
      '12345678901234567890.1234567890',
      '0.0000000001',
      '12345678901234567890.1234567890',
    ],
    ['double', '-1e+30', '1e-07', '-1e+30', '1e-07'],
    ['date', '2024-01-01', '2024-12-31', '"2024-01-01"', '"2024-12-31"'],
    ['string', 'it"s', 'ü', '"it\\"s"', '"ü"'],
    [
      'timestamp',
      '2024-01-01 10:00:00.123456+00',
      '2024-01-01 10:00:00.999001+00',
      '"2024-01-01T10:00:00.123Z"',
      '"2024-01-01T10:00:01.000Z"',
    ],
  ])('%s from %s to %s', (type, min, max, minimum, maximum) => {
    expect(textOf(type, { min, max })).toBe(
      `{"numRecords":3,"minValues":{"x":${minimum}},"maxValues":{"x":${maximum}},"nullCount":{"x":1}}`,
    )
  })

  test.each([
    ['boolean', { min: '0', max: '1' }],
    ['binary', { min: 'a', max: 'b' }],
    ['double', { min: '1.0', max: '2.0', has_nan: 'true' }],
    ['double', { min: '-inf', max: 'inf' }],
    ['timestamp', { min: '2024-01-01 10:00:00+02', max: '2024-01-01 11:00:00+02' }],
    ['long', {}],
  ])('%s without bounds for %j', (type, statistics) => {
    expect(JSON.parse(textOf(type, statistics))).toEqual({
      numRecords: 3,
      minValues: {},
      maxValues: {},
      nullCount: { x: 1 },
    })
  })

  test('a long text is cut to bounds that hold', () => {
    const long = 'z'.repeat(100)
    const { minValues, maxValues } = JSON.parse(textOf('string', { min: long, max: long }))
    expect(minValues.x).toBe('z'.repeat(32))
    expect(Buffer.compare(Buffer.from(maxValues.x), Buffer.from(long))).toBe(1)
  })
})

describe('whether a file may hold a value', () => {
  const between = (minimum: unknown, maximum: unknown) => ({ minValues: { x: minimum }, maxValues: { x: maximum } })
  const column = (type: string) => ({ name: 'x', type }) as Column

  test.each([
    ['long', 10, 20, { from: 20 }, true],
    ['long', 10, 20, { from: 21 }, false],
    ['long', 10, 20, { to: 9 }, false],
    ['long', 10, 20, { from: 12, to: 13 }, true],
    ['date', '2024-01-01', '2024-01-31', { from: '2024-02-01' }, false],
    ['timestamp', '2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z', { from: '2024-01-02T01:00:00+02:00' }, true],
    ['timestamp', '2024-01-01T00:00:00.000Z', '2024-01-02T00:00:00.000Z', { from: '2024-01-02T01:00:00+00:00' }, false],
    // By their bytes, as Parquet and every other reader sorts: U+FF01 comes before U+1F600, in UTF-16 it doesn't.
    ['string', 'a', '\u{ff01}', { from: '\u{1f600}' }, false],
    ['string', 'a', '\u{1f600}', { from: '\u{ff01}' }, true],
  ])('%s from %s to %s, asked for %j: %s', (type, minimum, maximum, range, expected) => {
    expect(mayContain(between(minimum, maximum), column(type), range)).toBe(expected)
  })

  test('a file without statistics may hold anything', () => {
    expect(mayContain({}, column('long'), { from: 5, to: 6 })).toBe(true)
  })

  test('numbers that a double rounds together are not ruled out', () => {
    const statistics = JSON.parse('{"minValues":{"x":9007199254740992},"maxValues":{"x":9007199254740992}}')
    expect(mayContain(statistics, column('long'), { from: '9007199254740993' })).toBe(true)
  })
})
