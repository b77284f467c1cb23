/** The statements of the cleansing on hand-made rows, in a DuckDB without servers. */
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { rawTable } from '../../../lake/raw-table.ts'
import { duckDbType } from '../../../lake/schema.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { shardCondition } from './lake-input.ts'

let database: DuckDBInstance
let connection: DuckDBConnection
beforeAll(async () => {
  database = await DuckDBInstance.create(':memory:')
  connection = await database.connect()
  await connection.run("set TimeZone = 'UTC'")
})
afterAll(() => {
  connection.closeSync()
  database.closeSync()
})
beforeEach(async () => {
  const columns = rawTable('pos_transactions').schema.map(({ name, type }) => `"${name}" ${duckDbType(type)}`)
  await connection.run(`create or replace table raw (${columns.join(', ')})`)
  await connection.run("create or replace temp table unknown_stores as select 'ghost' as store_id")
  await connection.run("create or replace temp table unknown_products as select 'new' as product_id")
})

let offset = 0
async function addLine(change: Record<string, string | number | null>): Promise<void> {
  const row = {
    event_id: `event ${offset}`,
    source: 'test',
    schema_version: 1,
    event_at: '2024-05-01 10:00:00+00',
    store_id: 's1',
    transaction_id: 't1',
    line_no: offset,
    product_id: 'p1',
    quantity: '1',
    unit_price: '2',
    discount: '0',
    payment_method: 'card',
    topic: 'pos_transactions',
    partition: 0,
    offset: offset++,
    known_at: '2024-05-02 00:00:00+00',
    date: '2024-05-01',
    ...change,
  }
  const names = Object.keys(row).map((name) => `"${name}"`)
  const values = Object.values(row).map((value) => (value === null ? 'null' : `'${value}'`))
  await connection.run(`insert into raw (${names.join(', ')}) values (${values.join(', ')})`)
}

async function cleanse(columns: string, shard = { index: 0, count: 1 }): Promise<unknown[][]> {
  await connection.run(statement('cleansed/read_raw.sql', { raw: 'raw', keep: shardCondition(shard) }))
  await connection.run(statement('cleansed/link_returns.sql', { history: '(from raw where false)' }))
  await connection.run(statement('cleansed/cleanse_sales.sql'))
  const reader = await connection.runAndReadAll(`select ${columns} from cleansed order by all`)
  return reader.getRowsJson()
}

const counts = async () => (await connection.runAndReadAll(statement('cleansed/count_raw.sql'))).getRowsJson()[0]

test('of copies the one counts that Kafka got first; at the same instant the lower offset', async () => {
  await addLine({ event_id: 'a', known_at: '2024-05-02 00:00:02+00', source: 'later' })
  await addLine({ event_id: 'a', known_at: '2024-05-02 00:00:01+00', source: 'first' })
  await addLine({ event_id: 'b', source: 'first' })
  await addLine({ event_id: 'b', source: 'second' })
  await addLine({ event_id: 'b', source: 'third' })
  expect(await cleanse('event_id, source')).toEqual([
    ['a', 'first'],
    ['b', 'first'],
  ])
  expect(await counts()).toEqual(['0', '3'])
})

test('an event of which a copy names another store counts once, also where the stores are in different shards', async () => {
  for (let store = 0; store < 30; store += 1) {
    await addLine({ event_id: 'a', store_id: `s${store}`, known_at: `2024-05-02 00:00:${59 - store}+00` })
  }
  const found: unknown[] = []
  let duplicates = 0
  for (let index = 0; index < 4; index += 1) {
    found.push(...(await cleanse('store_id', { index, count: 4 })))
    duplicates += Number((await counts())![1])
  }
  expect(found).toEqual([['s29']])
  expect(duplicates).toBe(29)
})

test('a broken message is no event and no copy of one', async () => {
  await addLine({ event_id: 'a', problem: 'schema_violation' })
  await addLine({ event_id: 'a' })
  await addLine({ event_id: null, store_id: null, problem: 'invalid_json', payload: '{' })
  expect(await cleanse('event_id')).toEqual([['a']])
  expect(await counts()).toEqual(['2', '0'])
})

test('an empty partition is empty', async () => {
  expect(await cleanse('*')).toEqual([])
  expect(await counts()).toEqual(['0', '0'])
})

test('unknown stores and products are kept and flagged', async () => {
  await addLine({ store_id: 'ghost', product_id: 'p1' })
  await addLine({ store_id: 's1', product_id: 'new' })
  expect(await cleanse('store_id, is_unknown_store, is_unknown_product')).toEqual([
    ['ghost', true, false],
    ['s1', false, true],
  ])
})

test('each row is in one shard, broken ones too', async () => {
  for (let store = 0; store < 30; store += 1) await addLine({ store_id: `s${store}` })
  await addLine({ event_id: null, store_id: null, problem: 'invalid_json' })
  const seen: unknown[] = []
  let rejected = 0
  for (let index = 0; index < 4; index += 1) {
    seen.push(...(await cleanse('store_id', { index, count: 4 })).flat())
    rejected += Number((await counts())![0])
  }
  expect(seen).toHaveLength(30)
  expect(new Set(seen).size).toBe(30)
  expect(rejected).toBe(1)
})

test('a return finds a sale of the same day only when it came before', async () => {
  const customer = { customer_id: 'c1' }
  await addLine({ ...customer, transaction_id: 'before', event_at: '2024-05-01 09:00:00+00' })
  await addLine({ ...customer, transaction_id: 'after', event_at: '2024-05-01 11:00:00+00' })
  await addLine({ ...customer, transaction_id: 'return', quantity: '-1' })
  await addLine({ transaction_id: 'anonymous return', quantity: '-1' })
  expect(
    (await cleanse('transaction_id, original_transaction_id, is_return')).filter(([, , isReturn]) => isReturn),
  ).toEqual([
    ['anonymous return', null, true],
    ['return', 'before', true],
  ])
})

test('a sale that the stock system repeats is counted once, and everything that is no delivery is an adjustment', async () => {
  const sales = `(select 's1' as store_id, 'p1' as product_id, 2.5::decimal(18, 6) as quantity, false as is_synthetic,
    timestamptz '2024-05-01 10:00:00+00' as event_at)`
  const inventory = `(select 's1' as store_id, 'p1' as product_id, quantity::decimal(18, 6) as quantity_change, reason,
    true as is_synthetic, timestamptz '2024-05-01 08:00:00+00' as event_at
    from (values (10, 'delivery'), (-1, 'transfer'), (-2.5, 'sale'), (-0.5, 'waste'), (1, 'count')) as t(quantity, reason))`
  const select = statement('star/stage_inventory.sql', { sales, inventory, keep: 'true' })
  const reader = await connection.runAndReadAll(`select received, sold, adjusted, is_synthetic from (${select})`)
  expect(reader.getRowsJson()).toEqual([['9.000000', '2.500000', '0.500000', true]])
})
