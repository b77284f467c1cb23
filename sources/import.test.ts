import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, describe, expect, test } from 'vitest'
import type { FootTraffic, PosTransaction } from '../contracts/events.ts'
import type { TopicName } from '../contracts/topics.ts'
import { writeArrow } from '../platform/duckdb/arrow.ts'
import { createLocalDuckDb, literal, withConnection } from '../platform/duckdb/duckdb.ts'
import { SourceError } from './errors.ts'
import { importFile, type Preview } from './import.ts'
import { profileFile } from './profile-file.ts'
import { silent, sinkTo, temporarySettings } from './testing.ts'

const { settings, folder, remove } = temporarySettings()
afterAll(remove)
const examples = join(import.meta.dirname, '..', 'data', 'examples')

async function imported(
  file: string,
  map: string,
  more: { dryRun?: boolean; rejects?: string; maxRejects?: number } = {},
) {
  const events: { topic: TopicName; event: PosTransaction & FootTraffic }[] = []
  const result = await importFile({
    file,
    map,
    settings,
    logger: silent,
    sink: sinkTo(({ topic, value }) => events.push({ topic, event: JSON.parse(value) })),
    maxRejects: 10,
    ...more,
  })
  return { result, events: events.map(({ event }) => event), topics: events.map(({ topic }) => topic) }
}

/** Writes a file and a map into the test's folder. */
function written(name: string, content: string, map: string): [string, string] {
  const file = join(folder, name)
  writeFileSync(file, content)
  writeFileSync(`${file}.yaml`, map)
  return [file, `${file}.yaml`]
}

const priceMap = (file: string) => `
topic: price_changes
source: prices
time_zone: Europe/Berlin
${file}
columns: { event_at: since, store_id: shop, product_id: sku, new_price: price }
constants: { reason: regular }
`

describe("a till's lines", () => {
  const till = () => imported(join(examples, 'till.csv'), join(examples, 'till.yaml'))

  test('become sale lines with the decimals, instants and words of the contract', async () => {
    const { events } = await till()
    expect(events.find((event) => event.transaction_id === '70002')).toEqual({
      event_id: expect.stringMatching(/^corner-shop-[0-9a-f]{32}$/),
      source: 'corner-shop',
      schema_version: 1,
      event_at: '2024-05-02T08:17:40+02:00',
      store_id: 'Mitte',
      transaction_id: '70002',
      line_no: 1,
      product_id: '2000017004502',
      quantity: '0.450',
      unit_price: '12.90',
      discount: '0.00',
      payment_method: 'card',
      is_promoted: false,
    })
  })

  test('are sent in the order of their instants; a local time that no clock showed is the next hour', async () => {
    const { events } = await till()
    expect(events[0]).toMatchObject({ transaction_id: '70004', event_at: '2024-03-31T03:30:00+02:00' })
    const instants = events.map((event) => Date.parse(event.event_at))
    expect(instants).toEqual([...instants].sort((a, b) => a - b))
  })

  test('are counted, also those that repeat a key and those that are rejected', async () => {
    const rejects = join(folder, 'rejects.jsonl')
    const { result } = await imported(join(examples, 'till.csv'), join(examples, 'till.yaml'), { rejects })
    expect(result).toMatchObject({
      rows: 12,
      repeated: 1,
      rejected: 4,
      rejectedByProblem: { broken_row: 1, schema_violation: 2, negative_price: 1 },
      sent: { pos_transactions: 8 },
    })
    const lines = readFileSync(rejects, 'utf8').trim().split('\n')
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual([
      {
        row: 11,
        problem: 'broken_row',
        error: expect.stringMatching(/Columns: 11 Found: 6/),
        text: '70009;1;Hafen;03.05.2024;09:07:30;4311501043271',
      },
      expect.objectContaining({
        row: 8,
        error: expect.stringMatching(/^event_at "31\.04\.2024 18:20:59" does not fit the date format of the map$/),
      }),
      expect.objectContaining({
        row: 9,
        problem: 'negative_price',
        error: expect.stringMatching(/^unit_price must not be negative; found "-1\.29"$/),
      }),
      expect.objectContaining({
        row: 10,
        error: expect.stringMatching(/^quantity must be a decimal number .*found "viele"$/),
      }),
    ])
  })

  test('have the same ids when the file comes again', async () => {
    const [first, second] = [await till(), await till()]
    expect(second.events).toEqual(first.events)
  })

  test('are not sent when more of them are rejected than may be', async () => {
    const till = [join(examples, 'till.csv'), join(examples, 'till.yaml')] as const
    const refused = await imported(...till, { maxRejects: 3 })
    expect(refused.events).toEqual([])
    expect(refused.result).toMatchObject({ rejected: 4, maxRejects: 3, isRefused: true, sent: {} })
    const sent = await imported(...till, { maxRejects: 4 })
    expect(sent.events).toHaveLength(8)
    expect(sent.result).toMatchObject({ rejected: 4, maxRejects: 4, isRefused: false })
  })

  test('are shown and not sent on a dry run', async () => {
    let shown: Preview | undefined
    const result = await importFile({
      file: join(examples, 'till.csv'),
      map: join(examples, 'till.yaml'),
      dryRun: true,
      maxRejects: 4,
      settings,
      logger: silent,
      sink: sinkTo(() => {
        throw new Error('sent')
      }),
      onPreview: (preview) => {
        shown = preview
      },
    })
    expect(result).toMatchObject({ dryRun: true, sent: { pos_transactions: 8 } })
    expect(shown?.events).toHaveLength(5)
  })
})

describe('daily sales', () => {
  test('are profiled as the file has them, numbers as numbers', async () => {
    const file = join(examples, 'till.csv')
    const { rows, broken, columns } = await profileFile({ file, settings })
    expect({ rows, broken }).toEqual({ rows: 11, broken: 1 })
    expect(columns.map(({ type }) => type)).toContain('DOUBLE')
    expect(columns.every(({ distinct }) => distinct > 0)).toBe(true)
    await expect(profileFile({ file: `${file}x`, settings })).rejects.toThrow('till.csvx')
  })

  test('become one synthetic line a row at noon, and the customers of a store once a day', async () => {
    const { events, topics, result } = await imported(join(examples, 'daily.jsonl'), join(examples, 'daily.yaml'))
    expect(result.sent).toEqual({ pos_transactions: 6, foot_traffic: 4 })
    expect(result.rejected).toBe(2)
    expect(events[topics.indexOf('pos_transactions')]).toMatchObject({
      event_at: '2024-05-02T12:00:00+01:00',
      transaction_id: 'day-20240502-north',
      quantity: '41',
      unit_price: '1.09',
      is_promoted: false,
      synthetic: true,
    })
    expect(events.map(({ quantity }) => quantity)).toContain('0.3')
    expect(events.find((event) => event.product_id === 'bread')).toMatchObject({ unit_price: '0', is_promoted: null })
    const visits = events.filter((_, index) => topics[index] === 'foot_traffic')
    expect(visits.map(({ event_at, store_id, entries }) => [event_at, store_id, entries]).sort()).toEqual([
      ['2024-05-02T00:00:00+01:00', 'north', 212],
      ['2024-05-02T00:00:00+01:00', 'south', 148],
      ['2024-05-03T00:00:00+01:00', 'north', 205],
      ['2024-05-03T00:00:00+01:00', 'south', 131],
    ])
  })
})

describe('rejected rows', () => {
  const rejected = async (name: string, content: string, more = '') => {
    const { result } = await imported(...written(name, content, priceMap(more)))
    return result.examples.map(({ row, text, event }) => [row, text ?? (event as { product_id: string }).product_id])
  }

  test('have the number that they have in the file, before and after a row that can not be split', async () => {
    const row = (product: string, price: string) => `2024-07-01T10:00:00Z,7,${product},${price}\n`
    const lines = [
      'since,shop,sku,price\n',
      row('first', 'cheap'),
      row('good', '1'),
      'only this\n',
      row('fourth', 'cheap'),
      '\n',
      '"2024-07-01T10:00:00Z","7","of\n\ntwo ""lines""","1"\n',
      '\n',
      row('sixth', 'dear'),
      'too,many,of,them,all\n',
      row('eighth', 'dear'),
    ]
    const wanted = {
      1: 'first',
      3: 'only this',
      4: 'fourth',
      5: 'of\n\ntwo "lines"',
      6: 'sixth',
      7: 'too,many,of,them,all',
      8: 'eighth',
    }
    expect(Object.fromEntries(await rejected('numbers.csv', lines.join('')))).toEqual(wanted)
    const crlf = lines.map((line) => line.replaceAll('\n', '\r\n')).join('')
    expect(Object.keys(Object.fromEntries(await rejected('numbers-crlf.csv', crlf)))).toEqual(Object.keys(wanted))
  })

  test('are numbered alike in JSON lines', async () => {
    const row = (sku: string, price: string) => JSON.stringify({ since: '2024-07-01T10:00:00Z', shop: '7', sku, price })
    const content = [row('first', 'cheap'), '', '{"sku": "cut of', row('good', '1'), '["no", "row"]', row('fifth', 'x')]
    expect(await rejected('numbers.jsonl', content.join('\n'))).toEqual([
      [2, '{"sku": "cut of'],
      [4, '["no", "row"]'],
      [1, 'first'],
      [5, 'fifth'],
    ])
  })
})

describe('other files', () => {
  test('reads Parquet with numbers, instants and dates of its own', async () => {
    const file = join(folder, 'prices.parquet')
    const instance = await createLocalDuckDb(settings)
    await withConnection(instance, (connection) =>
      connection.run(`copy (select timestamptz '2024-07-01 10:00:00+00' as since, 7 as shop, 'x' as sku, 0.1::double + 0.2 as price)
        to ${literal(file)} (format parquet)`),
    )
    instance.closeSync()
    writeFileSync(`${file}.yaml`, priceMap(''))
    const { events } = await imported(file, `${file}.yaml`)
    expect(events).toEqual([
      expect.objectContaining({ event_at: '2024-07-01T12:00:00+02:00', store_id: '7', new_price: '0.3' }),
    ])
  })

  test.each(['stream', 'file'] as const)('reads an Arrow %s with decimals and instants of its own', async (format) => {
    const file = join(folder, `prices-${format}.arrow`)
    const instance = await createLocalDuckDb(settings)
    await withConnection(instance, async (connection) => {
      const query = `select timestamptz '2024-07-01 10:00:00+00' as since, 7 as shop, 'x' as sku, 0.30::decimal(9,2) as price`
      writeFileSync(file, await buffer(writeArrow(connection, query, format)))
    })
    instance.closeSync()
    writeFileSync(`${file}.yaml`, priceMap(''))
    const { events } = await imported(file, `${file}.yaml`)
    expect(events).toEqual([
      expect.objectContaining({ event_at: '2024-07-01T12:00:00+02:00', store_id: '7', new_price: '0.30' }),
    ])
  })

  test('reads a sheet: days and times, long numbers as they are written, and rows after an empty one', async () => {
    const file = join(folder, 'prices.xlsx')
    const instance = await createLocalDuckDb(settings)
    await withConnection(instance, async (connection) => {
      await connection.run('load excel')
      await connection.run(`copy (
        select * from (values
          (timestamp '2024-07-01 10:00:30', 12, '4311501043271', 0.1::double + 0.2),
          (null, null, null, null),
          (timestamp '2024-12-01', 13, 'köln 7', 1234.5)
        ) as cell (since, shop, sku, price)
      ) to ${literal(file)} (format xlsx, header true, sheet 'Prices')`)
    })
    instance.closeSync()
    writeFileSync(`${file}.yaml`, priceMap('file: { sheet: Prices }'))
    const { result, events } = await imported(file, `${file}.yaml`)
    expect(result).toMatchObject({ rows: 2, rejected: 0 })
    expect(events).toEqual([
      expect.objectContaining({
        event_at: '2024-07-01T10:00:30+02:00',
        store_id: '12',
        product_id: '4311501043271',
        new_price: '0.3',
      }),
      expect.objectContaining({ event_at: '2024-12-01T00:00:00+01:00', product_id: 'köln 7', new_price: '1234.5' }),
    ])
    writeFileSync(`${file}.yaml`, priceMap('file: { sheet: Other }'))
    await expect(imported(file, `${file}.yaml`)).rejects.toThrow(/prices\.xlsx: can't be read as xlsx: .*Other/)
  })

  test('reads latin-1, a comma as decimal point and instants with an offset', async () => {
    const text = 'since|shop|sku|price\n2024-07-01T10:00:00Z|K\u00f6ln|x|1.234,50\n2024-07-01 10:00|Bonn|x|2,5\n'
    const [file, map] = written(
      'prices.txt',
      '',
      priceMap("file: { decimal: ',', thousands: '.', delimiter: '|', encoding: latin-1 }"),
    )
    writeFileSync(file, Buffer.from(text, 'latin1'))
    const { events } = await imported(file, map)
    const at = (event_at: string, store_id: string, new_price: string) =>
      expect.objectContaining({ event_at: `2024-07-01T${event_at}`, store_id, new_price })
    expect(events.toSorted((a, b) => a.store_id!.localeCompare(b.store_id!))).toEqual([
      at('10:00:00+02:00', 'Bonn', '2.5'),
      at('12:00:00+02:00', 'Köln', '1234.50'),
    ])
  })

  test.each([
    ['a file that is not there', 'absent.csv', undefined, priceMap(''), /absent\.csv: the file does not exist/],
    ['an empty file', 'empty.csv', '', priceMap(''), /empty\.csv: is empty/],
    ['an unknown ending', 'file.dat', 'a', priceMap(''), /file\.dat: its extension does not define.*file\.format/],
    ['what is not Arrow', 'fake.arrow', 'since,shop', priceMap(''), /fake\.arrow: is not an Arrow stream/],
    ['what is not a workbook', 'fake.xlsx', 'since,shop', priceMap(''), /fake\.xlsx: can't be read as xlsx/],
    ['what is not Parquet', 'fake.parquet', 'since,shop', priceMap(''), /fake\.parquet: is not a Parquet file/],
    [
      'a missing column',
      'short.csv',
      'since,shop,sku\n1,2,3\n',
      priceMap(''),
      /new_price refers to column "price", which .*short\.csv does not have: its columns are since, shop, sku/,
    ],
    [
      'a format that can not be',
      'format.csv',
      'since,shop,sku,price\n1,2,3,4\n',
      priceMap('').replace('event_at: since', "event_at: { column: since, format: '%Q' }"),
      /columns\.event_at\.format "%Q" is not valid/,
    ],
  ])('refuses %s and sends nothing', async (_what, name, content, map, message) => {
    const [file, mapFile] = written(name, content ?? '', map)
    const wanted = content === undefined ? join(folder, 'gone', name) : file
    const attempt = imported(wanted, mapFile)
    await expect(attempt).rejects.toThrow(SourceError)
    await expect(attempt).rejects.toThrow(message)
  })
})
