import { afterAll, beforeAll, expect, test } from 'vitest'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { query, type Row } from './testing.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
})
afterAll(async () => {
  await database?.drop()
})

interface Terms {
  product: string
  location?: string
  supplier?: string
  cost: string
  preference?: number
  delisted?: string
}

/** Takes in terms as the streams do: each with the day from which it applies. */
const takeIn = (...records: [from: string, terms: Terms][]) => {
  const messages = records.map(([from, { product, location, supplier = 'dairy', cost, preference = 1, delisted }]) => ({
    event_id: 'e',
    event_at: `${from}T00:00:00Z`,
    terms_id: `${location ?? '*'}/${product}/${supplier}`,
    product_id: product,
    location_id: location ?? null,
    supplier_id: supplier,
    unit_cost: cost,
    pack_size: '1',
    preference,
    delisted_on: delisted ?? null,
  }))
  return query(database.url, statement('streams/merge_supply_terms.sql'), [JSON.stringify(messages)])
}

async function costs(product: string): Promise<string[]> {
  const rows = await query(
    database.url,
    `select location_id, valid_from::date as since, valid_to::date as until, supplier_id, unit_cost
     from ref.unit_cost where product_id = $1 order by location_id, valid_from`,
    [product],
  )
  return rows.map((row: Row) => Object.values(row).join(' '))
}

test('terms are kept with every change of cost, in whatever order they come and once', async () => {
  const milk = (cost: string): Terms => ({ product: 'milk', cost })
  expect(await takeIn(['2024-03-01', milk('3')], ['2024-01-01', milk('1')])).toEqual([{ new: '2' }])
  expect(await takeIn(['2024-02-01', milk('1')])).toEqual([{ new: '0' }])
  expect(await takeIn(['2024-03-01', milk('3')])).toEqual([{ new: '0' }])
  expect(await costs('milk')).toEqual([
    '* 2024-01-01 2024-03-01 dairy 1',
    '* 2024-03-01 9999-12-31 dairy 3',
  ])
  await takeIn(['2024-02-15', milk('2')])
  expect(await costs('milk')).toEqual([
    '* 2024-01-01 2024-02-15 dairy 1',
    '* 2024-02-15 2024-03-01 dairy 2',
    '* 2024-03-01 9999-12-31 dairy 3',
  ])
})

test('a location with terms of its own has a cost of its own; others have that of the preferred supplier', async () => {
  await takeIn(
    ['2024-01-01', { product: 'tea', cost: '5' }],
    ['2024-01-01', { product: 'tea', supplier: 'bazaar', cost: '4', preference: 2 }],
    ['2024-02-01', { product: 'tea', location: 'w1', cost: '4.5' }],
    ['2024-03-01', { product: 'tea', cost: '6', delisted: '2024-04-01' }],
  )
  expect(await costs('tea')).toEqual([
    '* 2024-01-01 2024-03-01 dairy 5',
    '* 2024-03-01 2024-04-01 dairy 6',
    '* 2024-04-01 9999-12-31 bazaar 4',
    'w1 2024-01-01 2024-02-01 dairy 5',
    'w1 2024-02-01 2024-03-01 dairy 4.5',
    'w1 2024-03-01 2024-04-01 dairy 4.5',
    'w1 2024-04-01 9999-12-31 dairy 4.5',
  ])
})

test('fiscal years begin in the month that is set, and are named by the year in which they end', async () => {
  const fiscal = () =>
    query(
      database.url,
      `select calendar_date, fiscal_year, fiscal_quarter, fiscal_month, same_weekday_last_year, same_date_last_year
       from bi.dim_date where calendar_date in ('2024-02-29', '2024-04-01') order by 1`,
    )
  expect(await fiscal()).toMatchObject([
    { fiscal_year: '2024', fiscal_quarter: '1', fiscal_month: '2', same_date_last_year: '2023-02-28' },
    { fiscal_year: '2024', fiscal_quarter: '2', fiscal_month: '4', same_weekday_last_year: '2023-04-03' },
  ])
  await query(database.url, 'update ref.fiscal_year set first_month = 4')
  expect(await fiscal()).toMatchObject([
    { fiscal_year: '2024', fiscal_quarter: '4', fiscal_month: '11' },
    { fiscal_year: '2025', fiscal_quarter: '1', fiscal_month: '1' },
  ])
})
