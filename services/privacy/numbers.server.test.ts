import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findCustomer, messagePattern } from '../../activities/privacy/customer.ts'
import { rewriteCustomer } from '../../activities/privacy/rewriting.ts'
import { searchCustomer } from '../../activities/privacy/search.ts'
import type { Lake } from '../../lake/lake.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { literal } from '../../platform/duckdb/duckdb.ts'
import { dayPseudonym, isPseudonym } from '../../streams/privacy/pseudonyms.ts'
import { createWorld, type World } from '../../streams/testing/world.ts'
import { named } from '../access/testing.ts'
import { type ErasureDependencies, eraseCustomer } from './erasure.ts'
import { readMappedFields } from './mapped-fields.ts'
import { openErasing } from './testing.ts'

/** Also the number of a product and of a receipt, and a part of a barcode. */
const NUMBER = '481516'
const BARCODE = `5${NUMBER}2342108`
const dayBefore = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10)
const [DAY, EARLIER] = [dayBefore(1), dayBefore(5)]

let world: World
let erasing: Awaited<ReturnType<typeof openErasing>>
let dependencies: ErasureDependencies
beforeAll(async () => {
  world = await createWorld({ lakePrefix: `test/numbers-${process.pid}`, secretKeys: [] })
  erasing = await openErasing(world)
  dependencies = erasing.dependencies
  await world.pool.query(`insert into ref.stores values ('s1', 'S', 'r', 'UTC', 'UK', 'GBP', now())`)
  await world.pool.query(`insert into ref.products (product_id, name, recorded_at) values ($1, 'Tea', now())`, [NUMBER])
  await world.start(['enriched_sales', 'raw_sink'])
})
afterAll(async () => {
  await erasing?.close()
  await world?.close()
})

const sale = (id: string, customer_id: string, change: object = {}) => ({
  event_id: id,
  source: 'test',
  schema_version: 1,
  event_at: `${DAY}T10:00:00+00:00`,
  store_id: 's1',
  transaction_id: id,
  line_no: 1,
  product_id: NUMBER,
  quantity: '2',
  unit_price: '3',
  discount: '0',
  customer_id,
  payment_method: 'card',
  ...change,
})

async function raw(columns: string): Promise<unknown[]> {
  const { lake, connection } = dependencies
  const table = await (await lake.table(rawTableName('pos_transactions'))).scan()
  return (
    await connection.runAndReadAll(`select ${columns} from ${table} order by event_id, payload`)
  ).getRowObjectsJson()
}

test('a customer whose id is a number is erased, without keys too, and what else has that number stays', async () => {
  const { topics, pool } = world
  await topics.send('pos_transactions', [
    sale('a1', NUMBER, { transaction_id: NUMBER }),
    // Both break their contract: one has the customer, the other one has the number in a barcode.
    sale('a2', NUMBER, { quantity: 'two' }),
    sale('a3', 'bob', { quantity: 'three', note: BARCODE }),
  ])
  await world.consumed('enriched_sales', 3)
  await world.consumed('raw_sink', 3)
  const erasure = await eraseCustomer(
    dependencies,
    NUMBER,
    { by: named('admin'), why: 'asked by letter' },
    { waitMs: 30_000 },
  )
  expect(erasure).toMatchObject({
    waitsFor: [],
    finishedAt: expect.any(Date),
    found: { 'lake raw/pos_transactions': 1, 'lake raw/pos_transactions, payload': 1, 'ops.dead_letters': 1 },
  })
  const letters = await pool.query<{ message: string | null }>(
    `select convert_from(payload, 'UTF8') as message from ops.dead_letters order by payload is null`,
  )
  expect(letters.rows.map(({ message }) => message?.includes(BARCODE))).toEqual([true, undefined])
  const [valid] = (await raw('event_id, customer_id, product_id, transaction_id')) as Record<string, string>[]
  expect(valid).toMatchObject({ event_id: 'a1', product_id: NUMBER, transaction_id: NUMBER })
  expect(isPseudonym(valid!.customer_id!)).toBe(true)
  const payloads = (await raw('payload')) as { payload: string | null }[]
  expect(payloads.filter(({ payload }) => payload?.includes(BARCODE))).toHaveLength(1)
})

test('a row of a day that comes while rows are changed keeps its customer until the next run', async () => {
  const { topics, pool } = world
  const { lake, connection, vault } = dependencies
  const customers = async () =>
    ((await raw('event_id, customer_id')) as { event_id: string; customer_id: string }[])
      .filter(({ event_id }) => event_id?.startsWith('c'))
      .map(({ customer_id }) => customer_id)
  await topics.send('pos_transactions', [sale('c1', 'carol')])
  await world.consumed('raw_sink', 4)
  let lists = 0
  const late: Lake = {
    ...lake,
    // First for the days, then for the rows.
    async list() {
      lists += 1
      if (lists === 2) {
        await topics.send('pos_transactions', [sale('c2', 'carol', { event_at: `${EARLIER}T10:00:00+00:00` })])
        await world.consumed('raw_sink', 5)
      }
      return lake.list()
    },
  }
  const subject = { ...(await findCustomer(pool, vault, 'carol')), mapped: [] }
  const key = randomBytes(16)
  const order = { by: 'admin', why: 'asked by letter', isSettled: true }
  await rewriteCustomer({ pool, lake: late, connection }, subject, key, order)
  expect(await customers()).toEqual([dayPseudonym(key, DAY), subject.names.at(-1)])
  await rewriteCustomer({ pool, lake, connection }, subject, key, order)
  expect(await customers()).toEqual([dayPseudonym(key, DAY), dayPseudonym(key, EARLIER)])
})

test('a captured row loses a customer by the name that its map has for them, and keeps what has the same number by chance', async () => {
  const { pool, topics } = world
  const text = 'loyalty-2205-dora'
  await pool.query(
    `insert into ref.cdc_map (map_id, change_topic, topic, map, changed_by) values ('sales', 'erp.public.sales', 'pos_transactions', $1, 'ann')`,
    [
      `{ from: erp.public.sales, topic: pos_transactions, source: erp, time_zone: UTC, deletes: ignore, columns:
        { store_id: shop, transaction_id: id, product_id: barcode, quantity: quantity, unit_price: price, customer_id: card } }`,
    ],
  )
  const row = `insert into ops.cdc_row (map_id, row_id, row_key, image, before_image, before_at_us, at_us, seen_at, slice)
    values ('sales', gen_random_uuid(), $1, $2, $3, 0, 0, 0, 0)`
  await pool.query(row, ['{"id":1}', { loyalty: text, quantity: '2' }, { loyalty: text, quantity: '1' }])
  await pool.query(row, ['{"id":2}', { card: '481516', barcode: '481516' }, null])
  await pool.query(row, [`{"loyalty":"${text}"}`, { quantity: '5' }, null])
  await pool.query(row, ['{"id":4}', { loyalty: 'another' }, null])
  // A change that has become no event: it is sent as it is, under the names of its own system.
  await topics.send('pos_transactions', [
    { before: null, after: { card: 481516, barcode: 'tea' }, op: 'c' },
    { before: null, after: { card: 'bob', barcode: '481516' }, op: 'c' },
  ])
  await world.consumed('raw_sink', 7)
  await world.consumed('enriched_sales', 7)
  const order = { by: 'admin', why: 'asked by letter', isSettled: true }
  const { lake, connection, vault } = dependencies
  const mapped = await readMappedFields(pool)
  for (const customerId of [text, '481516']) {
    const subject = { ...(await findCustomer(pool, vault, customerId)), mapped }
    if (customerId === '481516') {
      const { found } = await searchCustomer(dependencies, subject)
      expect(found).toMatchObject({ 'ops.cdc_row': 1, 'ops.dead_letters': 1 })
      expect(Object.keys(found).filter((key) => key.endsWith('.parquet'))).toHaveLength(1)
    }
    await rewriteCustomer({ pool, lake, connection }, subject, randomBytes(16), order)
  }
  const { rows } = await pool.query('select row_key, image, before_image from ops.cdc_row order by row_key')
  expect(rows).toEqual([
    { row_key: '{"id":1}', image: { loyalty: null, quantity: '2' }, before_image: { loyalty: null, quantity: '1' } },
    { row_key: '{"id":2}', image: { card: null, barcode: '481516' }, before_image: null },
    { row_key: '{"id":4}', image: { loyalty: 'another' }, before_image: null },
  ])
  const subject = { ...(await findCustomer(pool, vault, '481516')), mapped }
  expect((await searchCustomer(dependencies, subject)).found).toEqual({})
  const letters = await pool.query<{ message: string }>(
    `select convert_from(payload, 'UTF8') as message from ops.dead_letters where payload is not null`,
  )
  expect(letters.rows.map(({ message }) => message.includes('"op"') && message)).toContain(
    JSON.stringify({ before: null, after: { card: 'bob', barcode: '481516' }, op: 'c' }),
  )
  const payloads = (await raw('payload')) as { payload: string | null }[]
  expect(payloads.filter(({ payload }) => payload?.includes('"op"'))).toHaveLength(1)
})

test('an escaped id is found alike in both databases', async () => {
  const { pool } = world
  const pattern = messagePattern({ customerIds: ['zoë/7'], names: [], reportNames: [] })
  const ways = [
    '{"customer_id":"zoë/7"}',
    '{"customer_id":"zo\\u00eb\\/7"}',
    JSON.stringify('{"customer_id":"zo\\u00EB/7"}'),
  ]
  for (const text of [...ways, '{"customer_id":"zoe/7"}']) {
    const { rows } = await pool.query<{ text: boolean; bytes: boolean }>(
      "select $1::text ~ $2 as text, encode(convert_to($1, 'UTF8'), 'escape') ~ $2 as bytes",
      [text, pattern],
    )
    const inDuckDb = await dependencies.connection.runAndReadAll(
      `select regexp_matches(${literal(text)}, ${literal(pattern)})`,
    )
    const found = ways.includes(text)
    expect({ ...rows[0]!, duckDb: inDuckDb.getRows()[0]![0] }, text).toEqual({
      text: found,
      bytes: found,
      duckDb: found,
    })
  }
})
