import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../testing/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const envelope = (id: string, event_at: string) => ({ event_id: id, source: 'test', schema_version: 1, event_at })
const product = (id: string, event_at: string, category: string | null) => ({
  ...envelope(id, event_at),
  product_id: 'tea',
  name: 'Tea',
  category,
})
const store = (id: string, event_at: string, region: string) => ({
  ...envelope(id, event_at),
  store_id: 's1',
  name: 'One',
  region,
  time_zone: 'Europe/London',
  country: 'United Kingdom',
  currency: 'GBP',
})

test('keeps the newest record and every version that differs, whatever the order', async () => {
  const { pool, topics } = world
  await world.start(['reference_data'])
  await topics.send('product_catalog', [
    product('p2', '2017-02-01T00:00:00Z', 'drinks'),
    product('p1', '2017-01-01T00:00:00Z', 'grocery'),
    product('p3', '2017-03-01T00:00:00+01:00', 'drinks'),
  ])
  await world.consumed('reference_data', 3)
  await topics.send('product_catalog', [
    product('p4', '2017-04-01T00:00:00Z', null),
    product('p1', '2017-01-01T00:00:00Z', 'grocery'),
  ])
  await topics.send('store_catalog', [
    store('s2', '2017-02-01T00:00:00Z', 'north'),
    store('s1', '2017-01-01T00:00:00Z', 'south'),
    { ...store('s3', '2017-02-01T00:00:00Z', 'north'), currency: undefined },
  ])
  expect(await world.consumed('reference_data', 8)).toMatchObject({ dead: 1, late: 0 })
  const versions = await pool.query(
    "select valid_from::date::text as valid_from, category from ref.product_versions where product_id = 'tea' order by valid_from",
  )
  expect(versions.rows).toEqual([
    { valid_from: '2017-01-01', category: 'grocery' },
    { valid_from: '2017-02-01', category: 'drinks' },
    { valid_from: '2017-04-01', category: null },
  ])
  const newest = await pool.query('select category, recorded_at from ref.products')
  expect(newest.rows).toEqual([{ category: null, recorded_at: new Date('2017-04-01T00:00:00Z') }])
  expect((await pool.query('select region from ref.stores')).rows).toEqual([{ region: 'north' }])
})

const supplier = (id: string, event_at: string, lead_time_days: string) => ({
  ...envelope(id, event_at),
  supplier_id: 'dairy',
  name: 'Dairy',
  adapter: 'file',
  order_weekdays: '5,1,1',
  cut_off: '16:30',
  time_zone: 'Europe/London',
  lead_time_days,
  currency: 'GBP',
})
const terms = (id: string, event_at: string, change: object) => ({
  ...envelope(id, event_at),
  terms_id: '*/milk/dairy',
  product_id: 'milk',
  supplier_id: 'dairy',
  unit_cost: '0.80',
  pack_size: '6',
  preference: 1,
  ...change,
})

test('takes in suppliers and terms, newest first, and sends what can not hold to the dead letters', async () => {
  const { pool, topics } = world
  const before = await world.counters('reference_data')
  await topics.send('supplier_catalog', [
    supplier('d2', '2017-02-01T00:00:00Z', '3'),
    supplier('d1', '2017-01-01T00:00:00Z', '2'),
    supplier('d3', '2017-03-01T00:00:00Z', '0'),
    { ...supplier('d4', '2017-03-01T00:00:00Z', '2'), time_zone: 'Europe/Atlantis' },
    { ...supplier('d5', '2017-03-01T00:00:00Z', '2'), adapter: 'webhook', endpoint: 'dairy' },
    { ...supplier('d6', '2017-03-01T00:00:00Z', '2'), adapter: 'file', endpoint: '../dairy' },
  ])
  await topics.send('supply_terms', [
    terms('t1', '2017-01-01T00:00:00Z', { minimum_quantity: '12', maximum_quantity: '600' }),
    terms('t1', '2017-01-01T00:00:00Z', { minimum_quantity: '12', maximum_quantity: '600' }),
    terms('t2', '2017-01-02T00:00:00Z', { pack_size: '0' }),
    terms('t3', '2017-01-03T00:00:00Z', { minimum_quantity: '700', maximum_quantity: '600' }),
    terms('t4', '2017-01-04T00:00:00Z', { terms_id: 'milk' }),
  ])
  expect(await world.consumed('reference_data', before.consumed + 11)).toMatchObject({ dead: before.dead + 7 })
  const suppliers = await pool.query('select lead_time_days, order_weekdays, minimum_order_value from ref.suppliers')
  expect(suppliers.rows).toEqual([{ lead_time_days: '3', order_weekdays: [1, 5], minimum_order_value: '0' }])
  const known = await pool.query('select terms_id, pack_size, minimum_quantity from ref.supply_terms')
  expect(known.rows).toEqual([{ terms_id: '*/milk/dairy', pack_size: '6', minimum_quantity: '12' }])
  const letters = await pool.query(
    `select error from ops.dead_letters where topic in ('supplier_catalog', 'supply_terms')`,
  )
  const errors = letters.rows.map(({ error }) => error)
  expect(errors).toHaveLength(7)
  expect(errors).toEqual(
    expect.arrayContaining([
      ...[
        'lead_time_days must be a decimal number above 0',
        'a_minimum_is_at_most_the_maximum',
        'pack_size must be a decimal number above 0',
        'terms_are_named_by_what_they_are_for',
        'Europe/Atlantis',
      ].map((told) => expect.stringContaining(told)),
      `endpoint "../dairy" can't be a folder for files: it has "." or ".." between slashes`,
      'endpoint "dairy" is not a URL that begins with http:// or https://',
    ]),
  )
})

const target = (id: string, event_at: string, change: object = {}) => ({
  ...envelope(id, event_at),
  ...{ store_id: 's1', target_id: 's1/2017-05-01', target_date: '2017-05-01', net_amount: '1200.5', ...change },
})

test('keeps the newest target of a store and day, and takes one back', async () => {
  const { pool, topics } = world
  const before = await world.counters('reference_data')
  await topics.send('sales_targets', [
    target('t2', '2017-02-01T00:00:00Z', { net_amount: '1300' }),
    target('t1', '2017-01-01T00:00:00Z'),
    target('t3', '2017-01-01T00:00:00Z', { target_id: 's1/2017-05-02', target_date: '2017-05-02' }),
    target('t4', '2017-02-01T00:00:00Z', { target_id: 's1/2017-05-02', target_date: '2017-05-02', is_removed: true }),
  ])
  await world.consumed('reference_data', before.consumed + 4)
  const { rows } = await pool.query(
    'select target_date::text, net_amount, is_removed from ref.sales_target order by target_date',
  )
  expect(rows).toEqual([
    { target_date: '2017-05-01', net_amount: '1300', is_removed: false },
    { target_date: '2017-05-02', net_amount: '1200.5', is_removed: true },
  ])
})

const layout = (id: string, event_at: string, change: object = {}) => ({
  ...envelope(id, event_at),
  ...{
    store_id: 's1',
    layout_id: 's1/A1',
    shelf_id: 'A1',
    x: '1.5',
    y: '0',
    width: '1.2',
    depth: '0.6',
    level: 1,
    ...change,
  },
})

test('keeps the newest place of a shelf; one without a width becomes a dead letter', async () => {
  const { pool, topics } = world
  const before = await world.counters('reference_data')
  await topics.send('store_layouts', [
    layout('l2', '2017-02-01T00:00:00Z', { x: '4.25', aisle: 'Dairy' }),
    layout('l1', '2017-01-01T00:00:00Z'),
    layout('l3', '2017-03-01T00:00:00Z', { width: '0' }),
  ])
  expect(await world.consumed('reference_data', before.consumed + 3)).toMatchObject({ dead: before.dead + 1 })
  const { rows } = await pool.query('select x, width, aisle, is_removed from ref.store_layout')
  expect(rows).toEqual([{ x: '4.25', width: '1.2', aisle: 'Dairy', is_removed: false }])
  const letters = await pool.query(`select error from ops.dead_letters where topic = 'store_layouts'`)
  expect(letters.rows).toEqual([
    { error: expect.stringMatching(/^width must be a decimal number above 0 .*found "0"$/) },
  ])
})
