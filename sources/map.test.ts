import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SourceError } from './errors.ts'
import { parseMap, readMap } from './map.ts'

const good = `
source: till
time_zone: Europe/London
columns:
  store_id: shop
  transaction_id: receipt
  product_id: sku
  quantity: sold
  unit_price: price
  event_at: { columns: [day, time], format: '%d/%m/%Y %H:%M' }
`
const changed = (from: string, to: string) => () => parseMap(good.replace(from, to), 'm.yaml')

describe('parseMap', () => {
  test('takes a map and fills in what it leaves open', () => {
    expect(parseMap(good, 'm.yaml')).toMatchObject({
      topic: 'pos_transactions',
      granularity: 'line',
      timeZone: 'Europe/London',
      file: { decimal: '.', encoding: 'utf-8' },
      columns: { event_at: { columns: ['day', 'time'], format: '%d/%m/%Y %H:%M' } },
    })
  })

  test.each([
    ['a missing field', '  quantity: sold\n', '', /no column and no constant for quantity/],
    ['an unknown field', 'quantity: sold', 'amount: sold', /field "amount" is not one of pos_transactions: event_id/],
    [
      'an unknown time zone',
      'Europe/London',
      'Europe/Lndn',
      /time_zone "Europe\/Lndn" is not UTC or an IANA time zone/,
    ],
    ['an abbreviated time zone', 'Europe/London', 'PST', /time_zone "PST" is not UTC/],
    ['an offset as time zone', 'Europe/London', '"+01:00"', /time_zone "\+01:00" is not UTC or an IANA time zone/],
    ['an unknown topic', 'source: till', 'source: till\ntopic: sales', /topic "sales" is unknown: it is one of pos_/],
    ['an unknown granularity', 'source: till', 'source: till\ngranularity: week', /granularity "week" is unknown/],
    [
      'an unknown format',
      'source: till',
      'source: till\nfile: { format: xls }',
      /file\.format "xls" is unknown: .*csv/,
    ],
    ['an unknown key', 'source: till', 'source: till\ncolums: {}', /colums is not a key: the keys are topic/],
    ['an unknown key of a column', 'columns: [day, time]', 'colunms: [day]', /columns\.event_at is neither/],
    ['a source with a blank', 'source: till', 'source: my till', /source must be 1 to 24 letters.*found "my till"/],
    ['no source', 'source: till\n', '', /source is missing/],
    ['a field given twice', 'columns:', "constants: { store_id: '1' }\ncolumns:", /store_id" is both/],
    [
      'days of another topic',
      'source: till',
      'source: till\ntopic: foot_traffic\ngranularity: day',
      /granularity day is/,
    ],
    ['what is not YAML', 'source: till', 'source: [till', /is not YAML/],
  ])('refuses %s', (_what, from, to, message) => {
    expect(changed(from, to)).toThrow(SourceError)
    expect(changed(from, to)).toThrow(message)
  })

  test('reads the maps of the replays and of the examples', () => {
    for (const folder of [join(import.meta.dirname, 'maps'), join(import.meta.dirname, '..', 'data', 'examples')]) {
      const maps = readdirSync(folder).filter((name) => name.endsWith('.yaml'))
      expect(maps.length).toBeGreaterThan(1)
      for (const map of maps) expect(() => readMap(join(folder, map)), map).not.toThrow()
    }
  })
})
