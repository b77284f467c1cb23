import { afterAll, beforeAll, expect, it } from 'vitest'
import { createWorld, type World } from './testing/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const envelope = (id: string, event_at: string) => ({ event_id: id, source: 'test', schema_version: 1, event_at })
const product = (id: string, event_at: string, category: string | null) => ({
  ...envelope(id, event_at),
  ...{ product_id: 'tea', name: 'Tea', category },
})
const store = (id: string, event_at: string, region: string) => ({
  ...envelope(id, event_at),
  ...{ store_id: 's1', name: 'One', region, time_zone: 'Europe/London', country: 'United Kingdom', currency: 'GBP' },
})

it('keeps the newest record and every version that differs, whatever the order', async () => {
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
