import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createReaderDatabase, loginOf, processUrl, type ReaderDatabase } from '../../sql/testing.ts'
import { readReview, type WeekReview } from './review.ts'
import { reviewPdf, reviewXlsx } from './review-files.ts'
import { changeText, figureText, missingDays } from './review-texts.ts'

let database: ReaderDatabase
let pool: Pool
/** Of the store s alone. */
let reader: Pool

const MONDAY = '2024-03-04'

beforeAll(async () => {
  const settings = loadSettings()
  const logger = createLogger({ logLevel: 'error' }, 'test')
  database = await createReaderDatabase(settings)
  pool = createPool(database.settings, logger)
  const version = "'1900-01-01+00', '9999-12-31+00', true"
  for (const statement of [
    `select analytics.ensure_partitions('2023-03-01', '2024-03-31')`,
    `insert into ref.stores select id, 'Store ' || id, 'east', 'UTC', 'US', 'USD', now() from unnest(array['s', 't']) as id`,
    `insert into analytics.dim_store
     select key, id, 'Store ' || id, 'east', 'US', 'USD', 'UTC', ${version} from (values (1, 's'), (2, 't')) as known (key, id)`,
    `insert into analytics.dim_product
     select key, 'p' || key, 'Product ' || key, 'Fruit', 'Food', null, null, ${version} from generate_series(10, 11) as key`,
    `insert into analytics.sales_by_store_day (
       sale_date, store_key, transactions, lines, customers, quantity, gross_amount, discount_amount, net_amount, promoted_net_amount,
       return_lines, returned_quantity, returned_amount, cost_amount, margin_amount, costed_net_amount
     )
     values
       ('2024-03-04', 1, 10, 20, 5, 48, 110, 10, 100, 0, 0, 0, 0, 60, 40, 100),
       ('2024-03-10', 1, 10, 20, 5, 48, 100, 0, 100, 0, 0, 0, 0, 70, 30, 100),
       ('2024-03-05', 2, 5, 9, 5, 20, 50, 0, 50, 0, 0, 0, 0, null, null, null),
       ('2024-02-26', 1, 5, 9, 5, 20, 160, 0, 160, 0, 0, 0, 0, null, null, null),
       ('2023-03-06', 1, 5, 9, 5, 20, 80, 0, 80, 0, 0, 0, 0, null, null, null)`,
    `insert into ref.sales_target (store_id, target_date, net_amount, is_removed, is_synthetic, recorded_at)
     values ('s', '2024-03-04', 80, false, false, now()), ('t', '2024-03-05', 100, false, false, now())`,
    `insert into analytics.fact_stockout (stockout_date, store_key, product_key, out_of_stock_minutes, is_observed, lost_quantity, lost_amount)
     values ('2024-03-04', 1, 10, 720, false, 3, 15), ('2024-03-05', 2, 10, 60, false, 1, 5), ('2024-03-05', 2, 11, 60, false, 9, 30),
       ('2024-02-26', 1, 11, 60, false, 1, 99)`,
    `insert into analytics.fact_stock_movement (
       movement_date, store_key, product_key, reason, movements, quantity, unit_cost, list_price, is_synthetic, first_moved_at, last_moved_at
     )
     values ('2024-03-05', 1, 10, 'waste', 1, -2, 3, 5, false, now(), now())`,
    'select analytics.sum_changed_days()',
    `insert into ops.partition_ledger (
       asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at
     )
     values ('fact_sales', '2024-03-09', 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now())`,
  ]) {
    await pool.query(statement)
  }
  const url = await database.createReader('manager')
  await pool.query(`insert into ref.user_scope (user_name, scope, store_id) values ($1, 'store', 's')`, [loginOf(url)])
  reader = createPool({ ...database.settings, postgresUrl: url }, logger)
})
afterAll(async () => {
  await reader?.end()
  await pool?.end()
  await database?.drop()
})

const figureOf = ({ groups }: WeekReview, wanted: string) =>
  groups.flatMap(({ figures }) => figures).find(({ name }) => name === wanted)!

test('the review of some stores is what a reader with these stores sees', async () => {
  const ofStores = await readReview(pool, MONDAY, ['s'])
  expect(await readReview(reader, MONDAY)).toEqual(ofStores)
  expect(figureOf(ofStores, 'revenue')).toMatchObject({ value: '200', weekBefore: '160', yearBefore: '80' })
  expect(figureOf(ofStores, 'lost_sales').value).toBe('15.000000')
  expect(ofStores.stores.map(({ storeId }) => storeId)).toEqual(['s'])
})

test('the batch worker may read all of it', async () => {
  const own = createPool(
    { ...database.settings, postgresUrl: processUrl(database.settings, database.url, 'batch') },
    createLogger({ logLevel: 'error' }, 'test'),
  )
  try {
    expect(await readReview(own, MONDAY, ['s'])).toEqual(await readReview(pool, MONDAY, ['s']))
  } finally {
    await own.end()
  }
})

test('all stores together', async () => {
  const review = await readReview(pool, MONDAY)
  expect(figureOf(review, 'revenue').value).toBe('250')
  expect(Number(figureOf(review, 'margin_rate').value)).toBeCloseTo(70 / 200)
  // 250 of 180: the day without a target does not count.
  expect(Number(figureOf(review, 'attainment').value)).toBeCloseTo(150 / 180)
  expect(review).toMatchObject({ from: MONDAY, through: '2024-03-10', dataUpTo: '2024-03-09', currency: 'USD' })
  expect(review.days).toHaveLength(7)
  expect(review.days[0]).toEqual({ day: MONDAY, revenue: '100', weekBefore: '160' })
  expect(review.stores).toMatchObject([
    { storeId: 's', revenue: '200', weekBefore: '160', target: '80', lostSales: '15.000000', waste: '6.000000000000' },
    { storeId: 't', revenue: '50', weekBefore: null, target: '100', lostSales: '35.000000', waste: null },
  ])
  expect(review.lostSales.map(({ productId, stores, amount }) => [productId, stores, Number(amount)])).toEqual([
    ['p11', 1, 30],
    ['p10', 2, 20],
  ])
  expect(review.waste).toMatchObject([{ productId: 'p10', name: 'Product 10', quantity: '2.000000' }])
})

test('changes are growth, and of shares the difference in points; what is missing is named', async () => {
  const review = await readReview(pool, MONDAY)
  const revenue = figureOf(review, 'revenue')
  expect(changeText(revenue, revenue.weekBefore, 'en-GB')).toBe('+56.3%')
  expect(changeText({ ...revenue, unit: 'share', value: '0.5' }, '0.625', 'en-GB')).toBe('−12.5 points')
  expect(changeText(revenue, '0', 'en-GB')).toBeUndefined()
  expect(figureText('1234.5', revenue, 'en-GB', 'USD')).toBe('US$1,235')
  expect(missingDays(review, 'en-GB')).toBe('Sales are built up to Sat 9 Mar only: later days are missing.')
  expect(missingDays({ ...review, dataUpTo: '2024-03-10' }, 'en-GB')).toBeUndefined()
})

/** The file of that name in a ZIP archive, as text. */
function unzipped(archive: Uint8Array, wanted: RegExp): string {
  const bytes = Buffer.from(archive)
  for (let at = bytes.indexOf('PK\x03\x04'); at >= 0; at = bytes.indexOf('PK\x03\x04', at + 4)) {
    const [nameBytes, extraBytes] = [bytes.readUInt16LE(at + 26), bytes.readUInt16LE(at + 28)]
    const name = bytes.toString('utf8', at + 30, at + 30 + nameBytes)
    const content = bytes.subarray(at + 30 + nameBytes + extraBytes)
    if (wanted.test(name))
      return (bytes.readUInt16LE(at + 8) === 0 ? content : inflateRawSync(content)).toString('utf8')
  }
  return expect.fail(`no ${wanted}`)
}

test('its files have the figures: pages to read, and sheets of numbers', async () => {
  const review = await readReview(pool, MONDAY)
  const pdf = Buffer.from(await reviewPdf(review)).toString('latin1')
  expect(pdf.slice(0, 5)).toBe('%PDF-')
  expect(pdf.match(/\/Type \/Page\b/g)!.length).toBeGreaterThan(1)
  const xlsx = await reviewXlsx(review)
  expect(unzipped(xlsx, /workbook\.xml$/)).toMatch(/Figures.*Days.*Stores.*Lost sales.*Waste/s)
  expect(unzipped(xlsx, /sheet3\.xml$/)).toMatch(/<v>200<\/v>.*<v>160<\/v>/s)
})
