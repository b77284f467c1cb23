import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes, NOON, seedShelf } from '../../sql/jobs/testing.ts'
import { SimulatedClock } from './clock.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
})
afterAll(() => jobs?.close())

test('leaves stores alone of which it was read what happens after a run begins, and their warehouses', async () => {
  await seedShelf(jobs, { store: 's1', onShelf: 0 })
  await seedShelf(jobs, { store: 's2', onShelf: 0 })
  await jobs.rows(`update ref.shelves set warehouse_id = 'w2' where store_id = 's2'`)
  await jobs.rows(`select state.ensure_days('{sales_hour}', '{2017-03-01,2017-03-02}')`)
  await jobs.rows(
    `insert into state.sales_hour
     select store_id, '', at, at at time zone 'America/New_York', 1, 2, 0, 0, 1, 1, 0, 0
     from (values ('s1', $1::timestamptz), ('s2', $2::timestamptz)) as window_hour (store_id, at)`,
    [minutes(24 * 60), minutes(-60)],
  )
  // A markdown of the run before, of a lot that is gone by the time that the next run begins.
  await jobs.rows(
    `insert into ops.discount (store_id, product_id, batch_id, discount_date, expires_on, percent, on_hand, started_at)
     select store_id, 'tea', 'lot', '2017-03-02', '2017-03-02', 30, 1, $1 from ref.stores`,
    [minutes(23 * 60)],
  )
  await jobs.rows(
    `insert into ops.markdown (store_id, product_id, regular_price, price, percent, changed_at)
     select store_id, 'tea', 2, 1.4, 30, $1 from ref.stores`,
    [minutes(23 * 60)],
  )
  const run = { name: 'next', seed: 1, speed: 'max', nowMs: Date.parse(NOON) } as const
  const clock = await SimulatedClock.hold(jobs.pool, run)
  try {
    expect(await jobs.rows('select ops.places_ahead() as place order by 1')).toEqual([{ place: 's1' }, { place: 'w1' }])
    await jobs.run('discount_near_expiry')
    await jobs.run('observe_alerts')
  } finally {
    await clock.release()
  }
  expect(await jobs.sent('price_changes')).toMatchObject([{ store_id: 's2', new_price: '2', reason: 'regular' }])
  expect(await jobs.rows('select store_id, alert_type from ops.alert')).toEqual([
    { store_id: 's2', alert_type: 'stock_out' },
  ])
  await jobs.run('observe_alerts', minutes(1))
  expect(await jobs.rows('select store_id from ops.alert order by 1')).toEqual([{ store_id: 's1' }, { store_id: 's2' }])
})
