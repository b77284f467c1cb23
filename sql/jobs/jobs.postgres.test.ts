import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes, NOON, seedShelf, seedWarehouse } from './testing.ts'

let jobs: JobsDatabase
beforeEach(async () => {
  jobs = await createJobsDatabase()
})
afterEach(() => jobs?.close())

const basket = (customer: string, picked: number, sold: number, minute: number, date = '2017-03-01') =>
  jobs.rows(
    `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at)
     values ($1, 's1', 'tea', $2, $3, $4, $5, $5)`,
    [date, customer, picked, sold, minutes(minute)],
  )

describe('settle_holds', () => {
  test('takes what was held for longer than the policy allows, at the instant at which it did', async () => {
    await seedShelf(jobs)
    await basket('fast', 1, 0, -0.5)
    await basket('slow', 1, 0, -2)
    await basket('paid', 1, 1, -2)
    expect(await jobs.run('settle_holds')).toBe(1)
    expect(await jobs.run('settle_holds')).toBe(0)
    expect(await jobs.rows('select customer_id, taken_at from state.basket where taken_at is not null')).toEqual([
      { customer_id: 'slow', taken_at: new Date(minutes(-1)) },
    ])
  })

  test('follows the policy of the store', async () => {
    await seedShelf(jobs)
    await jobs.rows(
      `insert into ref.policy (kind, policy_id, effective_at, event_id, place_id, changed_by, reason, hold_seconds)
       values ('shelf', 's1', now(), 'e', 's1', 'maria', 'test', 600)`,
    )
    await basket('slow', 1, 0, -2)
    expect(await jobs.run('settle_holds')).toBe(0)
    expect(await jobs.run('settle_holds', minutes(8))).toBe(1)
  })

  test('does at most this many at once, and leaves those that a stream holds', async () => {
    await seedShelf(jobs)
    for (let customer = 0; customer < 5; customer += 1) await basket(`c${customer}`, 1, 0, -10)
    expect(await jobs.run('settle_holds', NOON, 2)).toBe(2)
    const client = await jobs.pool.connect()
    try {
      await client.query('begin')
      await client.query(`select from state.basket where taken_at is null order by customer_id limit 1 for update`)
      expect(await jobs.run('settle_holds')).toBe(2)
    } finally {
      await client.query('rollback')
      client.release()
    }
    expect(await jobs.run('settle_holds')).toBe(1)
  })
})

describe('declare_shrinkage', () => {
  test('waits for the end of the visit; of what no one is known to hold, for the end of the day', async () => {
    await seedShelf(jobs)
    await basket('thief', 3, 1, -130)
    await basket('shopper', 3, 1, -30)
    await basket('', 2, 0, -600)
    expect(await jobs.run('declare_shrinkage')).toBe(1)
    expect(await jobs.run('declare_shrinkage')).toBe(0)
    const lost = `select customer_id, lost from state.basket where lost > 0 order by customer_id`
    expect(await jobs.rows(lost)).toEqual([{ customer_id: 'thief', lost: '2' }])
    expect(await jobs.run('declare_shrinkage', minutes(12 * 60 + 119))).toBe(1)
    expect(await jobs.run('declare_shrinkage', minutes(12 * 60 + 120))).toBe(1)
    expect(await jobs.rows(lost)).toHaveLength(3)
  })
})

describe('plan_restock and pick_restock', () => {
  test('plan a low shelf once, and pick what expires first', async () => {
    await seedShelf(jobs, { onShelf: 4 })
    await seedShelf(jobs, { product: 'milk', onShelf: 15 })
    await seedWarehouse(jobs, {
      late: { units: 50, expires: '2017-06-01' },
      soon: { units: 6, expires: '2017-04-01' },
      today: { units: 9, expires: '2017-03-01' },
    })
    expect(await jobs.run('plan_restock')).toBe(1)
    expect(await jobs.run('plan_restock', minutes(1))).toBe(0)
    expect(await jobs.sent('shelf_restock_plan')).toMatchObject([{ quantity: '16', status: 'open', product_id: 'tea' }])
    expect(await jobs.run('pick_restock', minutes(1))).toBe(3)
    expect(await jobs.run('pick_restock', minutes(2))).toBe(0)
    const [plan] = await jobs.sent('shelf_restock_plan')
    expect(plan).toMatchObject({ status: 'picked', picked_quantity: '16', is_short: false })
    expect(await jobs.sent('warehouse_events')).toMatchObject([
      { batch_id: 'soon', quantity: '6', direction: 'out', reason: 'store_refill', destination_store_id: 's1' },
      { batch_id: 'late', quantity: '10', plan_id: plan!.plan_id, store_id: 'w1', schema_version: 2 },
    ])
  })

  test('share what the warehouse has between the shelves, the older plan first, and take nothing twice', async () => {
    await seedShelf(jobs, { onShelf: 4 })
    await seedShelf(jobs, { store: 's2', onShelf: 0 })
    await seedWarehouse(jobs, { only: { units: 20 } })
    await jobs.run('plan_restock')
    await jobs.run('pick_restock')
    const picks = `select store_id, sum(quantity)::int as quantity from ops.restock_pick group by store_id order by store_id`
    const first = await jobs.rows<{ store_id: string; quantity: number }>(picks)
    expect(first.reduce((sum, { quantity }) => sum + quantity, 0)).toBe(20)
    await seedShelf(jobs, { product: 'milk' })
    await jobs.run('pick_restock', minutes(1))
    expect(await jobs.rows(picks)).toEqual(first)
  })

  test('leave a plan open that finds nothing, report it once, and pick it when goods have come', async () => {
    await seedShelf(jobs)
    await jobs.run('plan_restock')
    await jobs.sent('shelf_restock_plan')
    await jobs.run('pick_restock')
    await jobs.run('pick_restock', minutes(1))
    expect(await jobs.sent('shelf_restock_plan')).toMatchObject([{ status: 'open', is_short: true }])
    await seedWarehouse(jobs, { new: { units: 7 } })
    await jobs.run('pick_restock', minutes(2))
    expect(await jobs.sent('shelf_restock_plan')).toMatchObject([{ status: 'picked', is_short: true, picked_quantity: '7' }])
  })

  test('cancel a plan whose shelf was filled', async () => {
    await seedShelf(jobs)
    await jobs.run('plan_restock')
    await jobs.rows('update state.shelf set refilled = 20')
    await seedWarehouse(jobs, { lot: { units: 50 } })
    await jobs.run('pick_restock', minutes(1))
    expect(await jobs.rows('select status from ops.restock_plan')).toEqual([{ status: 'cancelled' }])
    expect(await jobs.sent('warehouse_events')).toEqual([])
  })

  test('stay within their limit', async () => {
    for (const product of ['a', 'b', 'c']) await seedShelf(jobs, { product })
    expect(await jobs.run('plan_restock', NOON, 2)).toBe(2)
    expect(await jobs.run('plan_restock', NOON, 2)).toBe(1)
  })
})

describe('refill_shelves and confirm_events', () => {
  test('put goods on the shelf after the delay, when they have left the warehouse, and close the plan when they are there', async () => {
    await seedShelf(jobs, { onShelf: 4 })
    await seedWarehouse(jobs, { lot: { units: 50, expires: '2017-06-01' } })
    await jobs.run('plan_restock')
    await jobs.run('pick_restock')
    const [out] = await jobs.sent('warehouse_events')
    expect(await jobs.run('refill_shelves', minutes(31))).toBe(0)
    await jobs.cameBack('warehouse_state', 'warehouse_events', String(out!.event_id))
    expect(await jobs.run('confirm_events', minutes(31))).toBe(1)
    expect(await jobs.run('refill_shelves', minutes(29))).toBe(0)
    expect(await jobs.run('refill_shelves', minutes(31))).toBe(1)
    expect(await jobs.run('refill_shelves', minutes(32))).toBe(0)
    const [refill] = await jobs.sent('shelf_events')
    expect(refill).toMatchObject({
       event_type: 'refill', quantity: '16', batch_id: 'lot', expires_on: '2017-06-01', shelf_id: 'A1' ,
       event_at: '2017-03-01T12:31:00.000-05:00', store_id: 's1' ,
    })
    expect(await jobs.run('plan_restock', minutes(33))).toBe(0)
    await jobs.cameBack('shelf_state', 'shelf_events', String(refill!.event_id))
    await jobs.rows('update state.shelf set refilled = 20')
    expect(await jobs.run('confirm_events', minutes(34))).toBe(2)
    expect(await jobs.rows('select status, closed_at from ops.restock_plan')).toEqual([
      { status: 'refilled', closed_at: new Date(minutes(34)) },
    ])
  })
})

describe('plan_supply', () => {
  test('orders up to the level in whole packs, once, and again only what a late or short delivery left open', async () => {
    await seedShelf(jobs)
    await seedWarehouse(jobs, { lot: { units: 10 } })
    await jobs.rows(
      `insert into ref.policy (kind, policy_id, effective_at, event_id, category, changed_by, reason, reorder_point, order_up_to, pack_size)
       values ('warehouse', 'drinks', now(), 'e', 'drinks', 'maria', 'test', 12, 40, 12)`,
    )
    expect(await jobs.run('plan_supply')).toBe(1)
    expect(await jobs.run('plan_supply', minutes(10))).toBe(0)
    const [plan] = await jobs.sent('supplier_plan')
    expect(plan).toMatchObject({ quantity: '36', status: 'open', warehouse_id: 'w1' })
    await seedWarehouse(jobs, { new: { units: 1 } })
    expect(await jobs.run('plan_supply', minutes(60))).toBe(0)
    // Two days of lead time, and as long again.
    expect(await jobs.run('plan_supply', minutes(4 * 24 * 60 + 1))).toBe(2)
    expect(await jobs.sent('supplier_plan')).toMatchObject([
      { status: 'short', received_quantity: '1' },
      { status: 'open', quantity: '36' },
    ])
    await seedWarehouse(jobs, { full: { units: 36 } })
    expect(await jobs.run('plan_supply', minutes(4 * 24 * 60 + 2))).toBe(1)
    expect(await jobs.sent('supplier_plan')).toMatchObject([{ status: 'received' }])
  })

  test('leaves what has terms with a supplier for this warehouse to the replenishment', async () => {
    await seedShelf(jobs)
    await seedShelf(jobs, { product: 'milk' })
    await jobs.rows(
      `insert into ref.supply_terms (terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
       values ('*/tea/a', null, 'tea', 'a', 1, 1, 1, now()), ('w2/milk/a', 'w2', 'milk', 'a', 1, 1, 1, now())`,
    )
    await jobs.run('plan_supply')
    expect(await jobs.rows('select product_id from ops.supplier_plan')).toEqual([{ product_id: 'milk' }])
  })

  test('makes a reorder point from the shelves and their sales where no policy has one', async () => {
    await seedShelf(jobs, { capacity: 20, perDay: 8 })
    await jobs.run('plan_supply')
    expect(await jobs.rows('select reorder_point::float8, order_up_to::float8 from ops.supplier_plan')).toEqual([
      { reorder_point: 32, order_up_to: 64 },
    ])
  })
})

const lot = (batch: string, refilled: number, expires: string) =>
  jobs.rows(
    `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
     values ('s1', 'tea', $1, $2, 0, $3, '2017-02-20', '2017-02-20')`,
    [batch, refilled, expires],
  )

describe('discount_near_expiry', () => {
  test('marks a lot down once a day, and the price goes back when it is gone', async () => {
    await seedShelf(jobs, { onShelf: 10 })
    await lot('old', 4, '2017-03-02')
    await lot('new', 6, '2017-03-20')
    expect(await jobs.run('discount_near_expiry')).toBe(2)
    expect(await jobs.run('discount_near_expiry', minutes(10))).toBe(0)
    expect(await jobs.sent('daily_discounts')).toMatchObject([{ batch_id: 'old', percent: '30', ended_at: null }])
    expect(await jobs.sent('price_changes')).toMatchObject([
      { old_price: '2', new_price: '1.4', reason: 'markdown', product_id: 'tea', schema_version: 1 },
    ])
    await jobs.rows('update state.shelf set picked = 4')
    expect(await jobs.run('discount_near_expiry', minutes(20))).toBe(2)
    expect(await jobs.sent('price_changes')).toMatchObject([{ old_price: '1.4', new_price: '2', reason: 'regular' }])
    expect(await jobs.sent('daily_discounts')).toMatchObject([{ batch_id: 'old', ended_at: expect.any(String) }])
    expect(await jobs.run('discount_near_expiry', minutes(30))).toBe(0)
  })

  test('continues over midnight with the same price', async () => {
    await seedShelf(jobs, { onShelf: 10 })
    await lot('old', 10, '2017-03-02')
    await jobs.run('discount_near_expiry')
    await jobs.sent('price_changes')
    await jobs.run('discount_near_expiry', minutes(24 * 60))
    expect(await jobs.rows('select discount_date, ended_at is null as runs from ops.discount order by 1')).toEqual([
      { discount_date: '2017-03-01', runs: false },
      { discount_date: '2017-03-02', runs: true },
    ])
    expect(await jobs.sent('price_changes')).toEqual([])
  })
})

describe('remove_expired', () => {
  test('takes expired lots off shelves and out of warehouses, once', async () => {
    await seedShelf(jobs, { onShelf: 10 })
    await lot('old', 4, '2017-02-28')
    await lot('new', 8, '2017-03-20')
    await jobs.rows('update state.shelf set refilled = 12, picked = 2')
    await seedWarehouse(jobs, { old: { units: 5, expires: '2017-02-28' }, new: { units: 5, expires: '2017-04-01' } })
    expect(await jobs.run('remove_expired')).toBe(2)
    expect(await jobs.run('remove_expired', minutes(1))).toBe(0)
    const [removal] = await jobs.sent('shelf_events')
    expect(removal).toMatchObject({ event_type: 'removal', batch_id: 'old', quantity: '2' })
    const [waste] = await jobs.sent('warehouse_events')
    expect(waste).toMatchObject({ reason: 'waste', direction: 'out', batch_id: 'old', quantity: '5' })
    await jobs.cameBack('shelf_state', 'shelf_events', String(removal!.event_id))
    await jobs.cameBack('warehouse_state', 'warehouse_events', String(waste!.event_id))
    await jobs.rows(`update state.shelf_lot set removed = 2 where batch_id = 'old'`)
    await jobs.rows(`update state.shelf set removed = 2`)
    await jobs.rows(`update state.warehouse_lot set shipped = 5 where batch_id = 'old'`)
    await jobs.rows(`update state.warehouse set shipped = 5`)
    expect(await jobs.run('confirm_events', minutes(2))).toBe(2)
    expect(await jobs.run('remove_expired', minutes(3))).toBe(0)
  })
})

describe('refresh_sales_rates', () => {
  test('counts the four weeks before the day, once a day, for the store and for its warehouse', async () => {
    await seedShelf(jobs)
    await jobs.rows(
      `insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
       select 's1', 'tea', day::date, case day when '2017-03-01' then 1000 else 3 end, 6, 0, 0, 1
       from generate_series(timestamp '2017-02-27', '2017-03-01', interval '1 day') as day`,
    )
    expect(await jobs.run('refresh_sales_rates')).toBe(1)
    expect(await jobs.run('refresh_sales_rates', minutes(60))).toBe(0)
    expect(await jobs.rows('select units_per_day::float8, unit_price::float8 from state.sales_rate')).toEqual([
      { units_per_day: 3, unit_price: 2 },
    ])
    const ofWarehouse = () =>
      jobs.rows('select warehouse_id, product_id, units_per_day::float8 from state.warehouse_sales_rate')
    expect(await ofWarehouse()).toEqual([{ warehouse_id: 'w1', product_id: 'tea', units_per_day: 3 }])
    expect(await jobs.run('refresh_sales_rates', minutes(24 * 60))).toBe(1)
  })
})

describe('prune', () => {
  test('forgets what is old and done, and nothing that is open', async () => {
    await seedShelf(jobs)
    await basket('old', 1, 1, 0, '2017-02-20')
    await basket('new', 1, 1, 0)
    await jobs.rows(
      `insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, status, planned_at, closed_at)
       values ('done', 's1', 'tea', 'w1', 1, 0, 1, 'refilled', '2017-02-01', '2017-02-01'),
         ('open', 's1', 'tea', 'w1', 1, 0, 1, 'open', '2017-02-01', null)`,
    )
    expect(await jobs.run('prune')).toBe(2)
    expect(await jobs.run('prune')).toBe(0)
    expect(await jobs.rows('select plan_id from ops.restock_plan')).toEqual([{ plan_id: 'open' }])
    expect(await jobs.rows('select customer_id from state.basket')).toEqual([{ customer_id: 'new' }])
  })
})

describe('run_minute_jobs', () => {
  interface JobRun {
    job: string
    changed: number
    ms: string
    error: string | null
  }
  const runAll = (asOf: string) => jobs.rows<JobRun>('select * from ops.run_minute_jobs($1, 1000)', [asOf])

  test('runs every job, reports what each changed, and a second time changes nothing', async () => {
    await seedShelf(jobs, { onShelf: 4 })
    await seedWarehouse(jobs, { lot: { units: 500 } })
    const first = await runAll(NOON)
    expect(first.filter(({ error }) => error !== null)).toEqual([])
    expect(first.map(({ job }) => job)).toContain('observe_alerts')
    expect(first.find(({ job }) => job === 'plan_restock')).toMatchObject({ changed: 1 })
    const second = await runAll(minutes(1))
    expect(second.reduce((sum, { changed }) => sum + changed, 0)).toBe(0)
  })

  test('continues after a job that fails, reports why, and runs it again the next minute', async () => {
    await seedShelf(jobs, { onShelf: 4 })
    await jobs.rows(`insert into ops.minute_job (job, position) values ('no_such_job', 5)`)
    const runs = await runAll(NOON)
    expect(runs[0]).toMatchObject({ job: 'no_such_job', error: expect.stringMatching(/no_such_job/) })
    expect(runs.find(({ job }) => job === 'plan_restock')).toMatchObject({ changed: 1, error: null })
    expect(await jobs.rows(`select failures, last_error from ops.minute_job where failures > 0`)).toEqual([
      { failures: 1, last_error: expect.stringMatching(/no_such_job/) },
    ])
  })

  test('does nothing twice when two run at once', async () => {
    for (let product = 0; product < 50; product += 1) await seedShelf(jobs, { product: `p${product}`, onShelf: 4 })
    for (let product = 0; product < 50; product += 1) await seedWarehouse(jobs, { lot: { units: 30 } }, `p${product}`)
    await Promise.all([runAll(NOON), runAll(NOON), runAll(minutes(1)), jobs.run('pick_restock', minutes(1))])
    await runAll(minutes(2))
    expect(await jobs.rows('select count(*), sum(quantity)::int as units from ops.restock_pick')).toEqual([
      { count: 50, units: 800 },
    ])
    expect(await jobs.sent('warehouse_events')).toHaveLength(50)
    expect(await jobs.rows('select count(*) from ops.restock_plan')).toEqual([{ count: 50 }])
  })
})
