import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { type BacktestPage, readBacktestPages, readBacktestStores } from './backtest-series.ts'

let database: TestDatabase
let pool: Pool

const range = { historyFrom: '2024-01-01', from: '2024-01-15', to: '2024-02-11' }
const request = {
  ...range,
  minimumSaleDays: 10,
  assumptions: { leadTimeDays: 3, margin: 0.25 },
  costs: { orderingCost: 2 },
}
const forever = `'1900-01-01 00:00:00+00', '9999-12-31 00:00:00+00', true`

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger(database.settings, 'test'))
  await pool.query(`select analytics.ensure_partitions('2024-01-01', '2024-02-29')`)
  await pool.query(
    `insert into analytics.dim_store (store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current)
     select key, 'S' || key, 'S', 'east', 'United States', 'USD', 'UTC', ${forever} from unnest(array[1, 2]) as key`,
  )
  await pool.query(
    `insert into analytics.dim_product (product_key, product_id, name, category, valid_from, valid_to, is_current)
     select key, 'P' || key, 'P', 'dairy', ${forever} from generate_series(1, 3) as key`,
  )
  // P1 sells 2 a day in two lines, and twice that on Saturdays; P2 by weight; P3 on a few days only. A return is no demand.
  await pool.query(
    `insert into analytics.fact_sales (
       sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount,
       net_amount, is_return, payment_method, source, sold_at, known_at
     )
     select day, 1, product, concat_ws('-', day, product, line), line, concat_ws('-', day, product, line), quantity, 4, 0,
       4 * quantity, 4 * quantity, quantity < 0, 'card', 'test', day, day
     from generate_series('2024-01-01'::date, '2024-02-11', '1 day') as day
     cross join (values (1, 1), (1, 2), (1, 3), (2, 1), (3, 1)) as lines (product, line)
     cross join lateral (
       select case
         when product = 1 and line = 3 then -1
         when product = 1 then case when extract(isodow from day) = 6 then 2 else 1 end
         when product = 2 then 0.35
         when extract(day from day) = 1 then 5
       end as quantity
     ) as amount
     where quantity is not null`,
  )
  await pool.query(
    `insert into analytics.fact_inventory (inventory_date, store_key, product_key, opening_quantity, sold_quantity, closing_quantity)
     select day, 1, 1, 2, case when day = '2024-01-17' then 2 else 1 end, case when day = '2024-01-17' then 0 else 1 end
     from generate_series('2024-01-10'::date, '2024-01-20', '1 day') as day`,
  )
  await pool.query(
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     values ('SUP', 'S', 'file', '{1}', '12:00', 'UTC', 1.5, 'USD', now())`,
  )
  await pool.query(
    `insert into ref.supply_terms (terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, shelf_life_days, preference, recorded_at)
     values ('*/P1/SUP', null, 'P1', 'SUP', 3.5, 6, 9, 1, now()), ('S1/P1/SUP', 'S1', 'P1', 'SUP', 3, 6, 9, 1, now())`,
  )
})

afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

test('finds the stores that sold, and among those asked for only them', async () => {
  expect(await readBacktestStores(pool, range, undefined)).toEqual(['S1'])
  expect(await readBacktestStores(pool, range, ['S1', 'S2', 'S9'])).toEqual(['S1'])
})

test('reads dense days, days without stock, terms of the store, and assumptions where no supplier has terms', async () => {
  const pages: BacktestPage[] = []
  for await (const page of readBacktestPages(pool, 'S1', request)) pages.push(page)
  expect(pages).toHaveLength(1)
  const [{ series, withTerms, censoredDays }] = pages as [BacktestPage]
  expect({ withTerms, censoredDays, names: series.map(({ name }) => name) }).toEqual({
    withTerms: 1,
    censoredDays: 1,
    names: ['S1/P1', 'S1/P2'],
  })
  const [first, second] = series
  expect([...first!.sold.subarray(0, 7)]).toEqual([2, 2, 2, 2, 2, 4, 2])
  expect(first!.ranOut.indexOf(1)).toBe(16)
  expect(first!.terms).toMatchObject({ unitCost: 3, price: 4, packSize: 6, shelfLifeDays: 9, isCounted: true })
  expect(first!.leadTime.days[0]).toBe(2)
  // No product has a policy of its own: the values are the defaults, but for the cost that was asked for.
  expect(first!.policy).toMatchObject({ method: 'base_stock', serviceTarget: 0.95, orderingCost: 2 })
  expect(second!.terms).toMatchObject({ unitCost: 3, packSize: 1, isCounted: false })
  expect(second!.leadTime.days[0]).toBe(3)
  // Saturday is the sixth day, and so are all that follow.
  expect(first!.factors).toHaveLength(42)
  expect(first!.factors[5]).toBeGreaterThan(1.5 * first!.factors[4]!)
  expect(first!.factors[40]).toBe(first!.factors[5])
})
