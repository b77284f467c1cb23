import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { query, type Row, withClient } from './testing.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  const version = "'1900-01-01+00', '9999-12-31+00', true"
  await run(
    `insert into analytics.dim_store values (1, '1', 'One', 'east', 'US', 'USD', 'America/New_York', ${version})`,
  )
  await run(`insert into analytics.dim_store values (2, '2', 'Two', 'east', 'US', 'USD', 'UTC', ${version})`)
  await run(`insert into analytics.dim_product values (10, 'apple', 'Apple', 'Fruit', 'Food', null, null, ${version})`)
  await run(`insert into analytics.dim_product values (11, 'x', 'x', null, null, null, null, ${version}, true)`)
  await run(`select analytics.ensure_partitions('2017-03-01', '2017-03-31')`)
})

afterAll(async () => {
  await database?.drop()
})

beforeEach(async () => {
  for (const table of [
    'fact_sales',
    'sales_by_store_day',
    'sales_by_store_hour',
    'sales_by_category_day',
    'stock_cover',
  ]) {
    await run(`truncate analytics.${table}`)
  }
  await run('truncate analytics.aggregated_dates, ops.partition_ledger, state.stock, state.sales_day')
})

const run = (text: string, values: unknown[] = []): Promise<Row[]> => query(database.url, text, values)

interface Line {
  store?: number
  product?: number
  transaction?: string
  quantity?: number
  isReturn?: boolean
  isPromoted?: boolean
  customer?: string | null
  soldAt?: string
}

let ledgerRun = 0

/** What the daily load does: the date replaced whole, then its row in the ledger. */
async function load(date: string, lines: readonly Line[]): Promise<void> {
  await run('delete from analytics.fact_sales where sale_date = $1', [date])
  for (const [number, line] of lines.entries()) {
    const { store = 1, product = 10, transaction = 't', quantity = 1, isReturn = false, isPromoted = false } = line
    const values = [date, store, product, transaction, number, `${date}/${number}`, quantity, isReturn, isPromoted]
    await run(
      `insert into analytics.fact_sales (
         sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount,
         gross_amount, net_amount, is_return, is_promoted, customer_id, payment_method, source, sold_at, known_at
       )
       values ($1, $2, $3, $4, $5, $6, $7, 2, 0.5, 2 * $7::numeric, 2 * $7::numeric - 0.5, $8, $9, $10, 'card', 'till', $11, now())`,
      [...values, line.customer ?? null, line.soldAt ?? `${date}T12:30:00Z`],
    )
  }
  ledgerRun += 1
  await run(
    `insert into ops.partition_ledger (
       asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at
     )
     values ('fact_sales', $1, 'succeeded', $2, 'w', 'r', 'scheduled', now(), now(), $2, now())
     on conflict (asset, date) do update set run = excluded.run, succeeded_run = excluded.succeeded_run`,
    [date, ledgerRun],
  )
}

async function refresh(): Promise<Record<string, unknown>> {
  const rows = await run('select aggregate, dates, rows_written from analytics.refresh_bi()')
  return { dates: rows[0]!.dates, coverRows: rows[1]!.rows_written }
}

describe('refresh_bi', () => {
  test('sums the lines of a date by store, hour of the store and category', async () => {
    await load('2017-03-01', [
      { transaction: 'a', quantity: 3, customer: 'c', soldAt: '2017-03-01T23:30:00Z' },
      { transaction: 'a', quantity: 1, customer: 'c', soldAt: '2017-03-01T23:30:00Z', product: 11, isPromoted: true },
      { transaction: 'b', quantity: -1, isReturn: true, soldAt: '2017-03-02T01:30:00Z' },
      { store: 2 },
    ])
    expect(await refresh()).toEqual({ dates: '1', coverRows: '0' })
    expect(await run('select * from bi.sales_by_store_day where store_key = 1')).toMatchObject([
      {
         sale_date: '2017-03-01', transactions: '2', lines: '3', customers: '1', quantity: '3.000000' ,
         gross_amount: '6.000000', discount_amount: '1.500000', net_amount: '4.500000' ,
        
          promoted_net_amount: '1.500000',
          return_lines: '1',
          returned_quantity: '1.000000',
          returned_amount: '2.500000',
      },
    ])
    expect(
      await run('select hour_of_day, transactions, lines from bi.store_hour where store_key = 1 order by 1'),
    ).toEqual([
      { hour_of_day: '18', transactions: '1', lines: '2' },
      { hour_of_day: '20', transactions: '1', lines: '1' },
    ])
    expect(await run('select category, lines from bi.sales_by_category_day where store_key = 1 order by 1')).toEqual([
      { category: 'Fruit', lines: '2' },
      { category: 'Unknown', lines: '1' },
    ])
  })

  test('does a date again when its partition was replaced, also by an empty one, and no other', async () => {
    await load('2017-03-01', [{}])
    await load('2017-03-02', [{}, {}])
    expect(await refresh()).toMatchObject({ dates: '2' })
    expect(await refresh()).toMatchObject({ dates: '0' })
    const before = await run("select * from analytics.sales_by_store_day where sale_date = '2017-03-01'")
    await load('2017-03-02', [])
    expect(await refresh()).toMatchObject({ dates: '1' })
    expect(await run('select * from analytics.sales_by_store_day')).toEqual(before)
  })

  test('does a date again when the catalogue may have got a product that it did not have', async () => {
    await load('2017-03-01', [{ product: 11 }])
    await load('2017-03-02', [{ product: 10 }])
    await run("update analytics.dim_product set updated_at = now() - interval '1 day'")
    await refresh()
    expect(await refresh()).toMatchObject({ dates: '0' })
    await run(
      "update analytics.dim_product set category = 'Late', is_unknown = false, updated_at = now() where product_key = 11",
    )
    try {
      expect(await refresh()).toMatchObject({ dates: '1' })
      expect(await run("select category from bi.sales_by_category_day where sale_date = '2017-03-01'")).toEqual([
        { category: 'Late' },
      ])
    } finally {
      await run('update analytics.dim_product set category = null, is_unknown = true where product_key = 11')
    }
  })

  test('may run twice at once', async () => {
    await load('2017-03-01', [{}])
    const both = await Promise.all([refresh(), refresh(), refresh()])
    expect(both.map(({ dates }) => dates).sort()).toEqual(['0', '0', '1'])
    expect(await run('select lines from bi.sales_by_store_day')).toEqual([{ lines: '1' }])
  })

  test('waits for no reader', async () => {
    await load('2017-03-01', [{}])
    await refresh()
    await load('2017-03-01', [{}, {}])
    await withClient(database.url, async (reader) => {
      await reader.query('begin isolation level repeatable read')
      const lines = async () => (await reader.query('select lines from bi.sales_by_store_day')).rows
      expect(await lines()).toEqual([{ lines: '1' }])
      expect(await refresh()).toMatchObject({ dates: '1' })
      expect(await lines()).toEqual([{ lines: '1' }])
      await reader.query('commit')
      expect(await lines()).toEqual([{ lines: '2' }])
    })
  })
})

describe('stock_cover', () => {
  const sell = (store: string, product: string, date: string, units: number) =>
    run('insert into state.sales_day values ($1, $2, $3, $4, 0, 0, 0, 1)', [store, product, date, units])
  const stock = (store: string, product: string, onHand: number) =>
    run('insert into state.stock values ($1, $2, $3) on conflict (store_id, product_id) do update set on_hand = $3', [
      store, product, onHand,
    ])
  const cover = () =>
    run(
      'select store_key, product_key, on_hand_quantity, sold_quantity, days_of_cover, measured_on from bi.stock_cover order by 1, 2',
    )

  test('divides what is on hand by the pace of the last 28 days', async () => {
    await sell('1', 'apple', '2017-03-28', 14)
    await sell('1', 'apple', '2017-03-01', 14)
    await sell('1', 'apple', '2017-02-28', 1000)
    await sell('2', 'apple', '2017-03-10', -2)
    await stock('1', 'apple', 10)
    await stock('1', 'x', -3)
    await stock('2', 'apple', 7)
    await stock('2', 'not in the dimension yet', 7)
    expect(await refresh()).toMatchObject({ coverRows: '3' })
    const measured = { measured_on: '2017-03-28' }
    const measuredEarlier = { measured_on: '2017-03-10' }
    expect(await cover()).toEqual([
      {
        store_key: '1',
        product_key: '10',
        on_hand_quantity: '10',
        sold_quantity: '28',
        days_of_cover: '10.0',
        ...measured,
      },
      {
        store_key: '1',
        product_key: '11',
        on_hand_quantity: '-3',
        sold_quantity: '0',
        days_of_cover: null,
        ...measured,
      },
      {
        store_key: '2',
        product_key: '10',
        on_hand_quantity: '7',
        sold_quantity: '-2',
        days_of_cover: null,
        ...measuredEarlier,
      },
    ])
  })

  test('measures each store up to its own last sale, and one that has never sold up to the last of any', async () => {
    await sell('1', 'apple', '2017-03-28', 14)
    await sell('2', 'apple', '2017-01-15', 28)
    await stock('1', 'apple', 7)
    await stock('2', 'apple', 7)
    await refresh()
    const both = await run(
      'select store_name, product_name, sold_quantity, days_of_cover, measured_on from bi.stock_cover order by 1',
    )
    expect(both).toEqual([
      { store_name: 'One', product_name: 'Apple', sold_quantity: '14', days_of_cover: '14.0', measured_on: '2017-03-28' },
      { store_name: 'Two', product_name: 'Apple', sold_quantity: '28', days_of_cover: '7.0', measured_on: '2017-01-15' },
    ])
    await run("delete from state.sales_day where store_id = '2'")
    await refresh()
    expect(await cover()).toMatchObject([{}, { sold_quantity: '0', days_of_cover: null, measured_on: '2017-03-28' }])
  })

  test('writes only rows that changed, and forgets what is no longer kept', async () => {
    await sell('1', 'apple', '2017-03-28', 14)
    await stock('1', 'apple', 10)
    await stock('2', 'apple', 7)
    await refresh()
    expect(await refresh()).toMatchObject({ coverRows: '0' })
    await stock('1', 'apple', 0)
    await run("delete from state.stock where store_id = '2'")
    expect(await refresh()).toMatchObject({ coverRows: '2' })
    expect(await cover()).toMatchObject([{ store_key: '1', on_hand_quantity: '0', days_of_cover: '0.0' }])
  })
})
