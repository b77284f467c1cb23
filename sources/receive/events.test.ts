import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalDuckDb } from '../../platform/duckdb/duckdb.ts'
import { temporarySettings } from '../testing.ts'
import { type BodyBounds, formatOf, splitBody } from './body.ts'
import { readEvents } from './events.ts'
import { BodyMapper, readSourceMap } from './mapper.ts'

const EXAMPLES = join(import.meta.dirname, '..', '..', 'data', 'examples')
const bounds: BodyBounds = { bodyBytesMax: 1_048_576, bodyEventsMax: 1_000, depthMax: 32 }
const temporary = temporarySettings()
let duckdb: DuckDBInstance
const mappers: BodyMapper[] = []

beforeAll(async () => {
  duckdb = await createLocalDuckDb(temporary.settings)
})
afterAll(async () => {
  for (const mapper of mappers) await mapper.close()
  duckdb.closeSync()
  temporary.remove()
})

async function mapperOf(file: string): Promise<BodyMapper> {
  const map = readSourceMap(readFileSync(join(EXAMPLES, file), 'utf8'), file)
  const mapper = await BodyMapper.open(duckdb, map, file)
  mappers.push(mapper)
  return mapper
}

const read = async (body: string | Buffer, type: string, mapper?: BodyMapper, limits = bounds) =>
  readEvents(splitBody(Buffer.from(body), formatOf(type), limits), {
    topic: 'pos_transactions',
    mapper,
    bounds: limits,
  })

const sale = {
  event_id: 'e1',
  source: 'till',
  schema_version: 1,
  event_at: '2024-03-01T12:00:00+00:00',
  store_id: 's1',
  transaction_id: 't1',
  line_no: 1,
  product_id: 'p1',
  quantity: '1',
  unit_price: '2.50',
  discount: '0',
  payment_method: 'cash',
}
const valuesOf = (messages: readonly { value: Buffer }[]) =>
  messages.map(({ value }) => JSON.parse(value.toString()) as Record<string, unknown>)

test('events of the contract are passed byte by byte, whatever the body is', async () => {
  const one = ` ${JSON.stringify(sale)}`
  const single = await read(one, 'application/json')
  expect(single.accepted).toEqual([{ topic: 'pos_transactions', key: 's1', value: Buffer.from(one) }])
  const many = await read(JSON.stringify([sale, { ...sale, event_id: 'e2' }]), 'application/json; charset=utf-8')
  expect(valuesOf(many.accepted)).toEqual([sale, { ...sale, event_id: 'e2' }])
  const lines = await read(`${JSON.stringify(sale)}\r\n\n${JSON.stringify(sale)}`, 'application/x-ndjson')
  expect(lines.accepted).toHaveLength(2)
})

test('each rejected line is named, with the rule and what was found', async () => {
  const { accepted, rejected } = await read(
    [JSON.stringify(sale), '{"half":', JSON.stringify({ ...sale, quantity: 'two' }), '[1]', '7'].join('\n'),
    'application/x-ndjson',
  )
  expect(accepted).toHaveLength(1)
  expect(rejected.map(({ line, problem }) => [line, problem])).toEqual([
    [2, 'invalid_json'],
    [3, 'schema_violation'],
    [4, 'schema_violation'],
    [5, 'schema_violation'],
  ])
  expect(rejected[1]!.error).toMatch(/^quantity must be a decimal number as text.*; found "two"$/)
})

test('a body that can not be read, is empty, or has too many events is refused as a whole', async () => {
  const small = { ...bounds, bodyEventsMax: 2 }
  await expect(read('[{}', 'application/json')).rejects.toMatchObject({ status: 400, code: 'invalid_json' })
  await expect(read('  ', 'application/json')).rejects.toMatchObject({ status: 400, code: 'empty' })
  await expect(read('[]', 'application/json')).rejects.toMatchObject({ status: 400, code: 'empty' })
  await expect(read('{}\n{}\n{}', 'application/jsonl', undefined, small)).rejects.toMatchObject({ status: 413 })
  await expect(read('[{},{},{}]', 'application/json', undefined, small)).rejects.toMatchObject({ status: 413 })
  await expect(read(`[${'['.repeat(40)}${']'.repeat(40)}]`, 'application/json')).rejects.toMatchObject({
    code: 'too_deep',
  })
  await expect(read('<xml/>', 'application/xml')).rejects.toMatchObject({ status: 415 })
})

test('an order becomes one sale for each element of its array; the lines of another order are counted separately', async () => {
  const mapper = await mapperOf('shop.yaml')
  const orders = readFileSync(join(EXAMPLES, 'shop.jsonl'), 'utf8').trim().split('\n')
  // Two requests at the same time are mapped together.
  const [first, again] = await Promise.all(orders.map((order) => read(order, 'application/json', mapper)))
  expect(valuesOf(first!.accepted)).toMatchObject([
    {
      transaction_id: '820982911946154508',
      line_no: 1,
      product_id: '47503J',
      quantity: '2',
      unit_price: '4.25',
      event_at: '2024-03-02T08:59:11+00:00',
      customer_id: '115310627314723954',
      store_id: 'online',
      source: 'shop',
    },
    { transaction_id: '820982911946154508', line_no: 2, product_id: '85123A', quantity: '1', discount: '0.50' },
  ])
  expect(valuesOf(again!.accepted)).toMatchObject([{ transaction_id: '820982911946154509', line_no: 1, quantity: '6' }])
  // The same body gives the same ids, alone or with others.
  const alone = await read(orders[0]!, 'application/json', mapper)
  expect(valuesOf(alone.accepted)).toEqual(valuesOf(first!.accepted))
  const [copy, twin] = await Promise.all([0, 0].map((index) => read(orders[index]!, 'application/json', mapper)))
  expect(valuesOf(copy!.accepted)).toEqual(valuesOf(twin!.accepted))
})

test('a document that a map can not read is rejected, and no other with it', async () => {
  const mapper = await mapperOf('shop.yaml')
  const [good] = readFileSync(join(EXAMPLES, 'shop.jsonl'), 'utf8').split('\n')
  const hostile = [
    '{"id":1}',
    '{"line_items":[]}',
    '{"line_items":{"sku":1}}',
    '7',
    '{"line_items":[null]}',
    '{"id":1e999,"line_items":[{}]}',
  ]
  const [accepted, ...refused] = await Promise.all(
    [good!, ...hostile].map((body) => read(body, 'application/json', mapper)),
  )
  expect(accepted!.accepted).toHaveLength(2)
  for (const [index, { accepted, rejected }] of refused.entries()) {
    expect([hostile[index], accepted.length, rejected.length]).toEqual([hostile[index], 0, 1])
  }
})

test('CSV is read by a map, with the broken rows named', async () => {
  const mapper = await mapperOf('till.yaml')
  const header = 'Bon;Pos;Filiale;Datum;Uhrzeit;Artikel;Menge;Preis;Rabatt;Zahlart;Aktion'
  const row = '4711;1;berlin;01.03.2024;12:00:00;p1;1.000,5;2,50;0;BAR;ja'
  const body = [header, row, 'too;few', row.replace('2,50', 'free')]
    .join('\n')
    .replaceAll(',', '.')
    .replaceAll(';', ',')
  const { accepted, rejected } = await read(body.replaceAll('1.000.5', '1000.5'), 'text/csv', mapper)
  expect(accepted.length + rejected.length).toBe(3)
  expect(rejected.map(({ line }) => line)).toEqual([3, 4])
})
