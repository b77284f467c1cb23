import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import {
  alreadyMade,
  featuresMade,
  forecastsMade,
  modelMade,
  ordersMade,
  reportsMade,
  salesMade,
  usedWorkers,
} from './made.ts'

const days = { from: '2017-01-01', to: '2017-01-28' }
let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

test('an instance that has made nothing reports it', async () => {
  expect(await salesMade(pool, days)).toBe('Live state: nothing was sold from 2017-01-01 to 2017-01-28.')
  expect(await reportsMade(pool, days)).toBe('Reports: no day from 2017-01-01 to 2017-01-28 has sales.')
  expect(await featuresMade(pool, days)).toContain('0 rows for 0 days')
  expect(await modelMade(pool)).toContain('none was trained')
  expect(await forecastsMade(pool, days)).toBe('Forecasts: none from 2017-01-28, since there is no model.')
  expect(await alreadyMade(pool, days.to)).toEqual({ isTrained: false, isForecast: false })
  expect(await ordersMade(pool, '2017-01-29')).toBe('Orders: nothing has to be ordered on 2017-01-29.')
})

test('figures are those of the database', async () => {
  await pool.query(
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ('367', 'Store 367', 'North', 'America/New_York', 'United States', 'USD', now())`,
  )
  await pool.query(
    `insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
     select '367', product, date '2017-01-05', 3, 600.50, 0, 0, 2 from unnest(array['milk', 'tea']) as product
     union all select '367', 'milk', date '2017-02-05', 3, 6.50, 0, 0, 2`,
  )
  expect(await salesMade(pool, days)).toBe(
    'Live state: 4 sale lines worth 1,201 USD counted, of 2 products in 1 store; the stock of each is known.',
  )
  await pool.query(
    `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, currency, total_value, status, created_at, updated_at)
     values ('PO-dairy-DC-1-20170129', 'dairy', 'DC-1', '2017-01-29', 'USD', 900, 'awaiting_approval', now(), now())`,
  )
  await pool.query(
    `insert into ops.purchase_order_line (purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation)
     select 'PO-dairy-DC-1-20170129', line, 'p' || line, 10, 10, 45, '{}' from generate_series(1, 2) as line`,
  )
  expect(await ordersMade(pool, '2017-01-29')).toBe(
    'Orders: 1 order to 1 supplier with 2 lines worth 900 USD proposed for 2017-01-29; 1 needs an approval. ' +
      'For the reasons: `./shelfline orders explain PO-dairy-DC-1-20170129/1`.',
  )
})

test('workers are started for what is registered, and for what the settings name', async () => {
  expect(await usedWorkers(pool, { avroTopics: [], predictToken: '' })).toEqual([])
  await pool.query(
    `insert into ref.file_feed (feed_id, place, topic, map, rejects_max, bytes_max, changed_by)
     values ('tills', '/files/tills', 'pos_transactions', 'topic: pos_transactions', 0, 1000, 'test')`,
  )
  expect(await usedWorkers(pool, { avroTopics: ['price_changes'], predictToken: 'secret' })).toEqual([
    'files',
    'avro',
    'predict',
  ])
})
