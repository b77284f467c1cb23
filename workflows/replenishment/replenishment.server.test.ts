import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createPurchaseOrderActivities } from '../../activities/purchase-orders/purchase-order.ts'
import { createReplenishmentActivities } from '../../activities/replenishment/replenishment.ts'
import { createJobsDatabase, type JobsDatabase, seedShelf } from '../../sql/jobs/testing.ts'
import { type Activities, createWorkflowBench, type WorkflowBench } from '../../workers/testing.ts'

const DATE = '2017-03-01'

let bench: WorkflowBench
let jobs: JobsDatabase
let activities: Activities
beforeAll(async () => {
  ;[bench, jobs] = await Promise.all([createWorkflowBench(), createJobsDatabase()])
  const { pool } = jobs
  activities = {
    ...createReplenishmentActivities({ pool, settings: { timeZone: 'UTC' } }),
    ...createPurchaseOrderActivities({ pool }),
  } as Activities
})
afterAll(async () => {
  await bench?.close()
  await jobs?.close()
})

/** Two suppliers who deliver one product each to w1, so dear that a person has to approve the orders. */
beforeEach(async () => {
  await jobs.asOwner(
    `truncate ref.suppliers, ref.supply_terms, ref.shelves, state.shelf, state.sales_rate, ops.clock, ops.purchase_order,
       ops.replenishment_skip cascade`,
  )
  await jobs.rows(`insert into ops.clock values (true, '2017-03-01T08:00:00Z', 1, 'test', 1)`)
  await jobs.rows(
    `insert into ref.suppliers (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     select id, id, 'simulator', '{1,2,3,4,5,6,7}', '16:00', 'UTC', 2, 'USD', now() from unnest(array['acme', 'dear']) as id`,
  )
  await jobs.rows(
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
     values ('*/tea/acme', 'tea', 'acme', 100, 1, 1, now()), ('*/milk/dear', 'milk', 'dear', 100, 1, 1, now())`,
  )
  await seedShelf(jobs)
  await seedShelf(jobs, { product: 'milk' })
})

const orders = () =>
  jobs.rows<{ id: string; lines: number }>(
    `select purchase_order_id as id, count(*)::integer as lines
     from ops.purchase_order join ops.purchase_order_line using (purchase_order_id) group by 1 order by 1`,
  )
const drafted = (date: string) =>
  ['acme', 'dear'].map((supplier) => ({ id: `PO-${supplier}-w1-${date.replaceAll('-', '')}`, lines: 1 }))

/** Until every order's workflow has asked for an approval. */
const begun = (count: number) =>
  expect
    .poll(() => jobs.rows(`select from ops.purchase_order where status = 'awaiting_approval'`), { timeout: 10_000 })
    .toHaveLength(count)

test('drafts what a location needs, one order a supplier, and begins each order once', async () => {
  await bench.withActivities(activities, async (start) => {
    const output = await (await start('replenishment', { date: DATE })).result()
    expect(output).toMatchObject({ date: DATE, locations: 1, orders: 2, lines: 2, ordersStarted: 2, skipped: {} })
    expect(Number(output.value.USD)).toBeGreaterThan(500)
    await begun(2)
    expect(await (await start('replenishment', { date: DATE })).result()).toMatchObject({ orders: 2, ordersStarted: 0 })
  })
  expect(await orders()).toEqual(drafted(DATE))
})

test('without a date it plans for today, by the business clock; with a supplier only their order', async () => {
  await jobs.rows(`update ops.clock set simulated_now = '2017-02-20T08:00:00Z'`)
  await bench.withActivities(activities, async (start) => {
    const output = await (await start('replenishment', { supplier: 'dear' })).result()
    expect(output).toMatchObject({ date: '2017-02-20', orders: 1, ordersStarted: 1 })
    await begun(1)
  })
})

test('writes and begins no order twice when two plan the same day at once', async () => {
  const date = '2017-03-02'
  await bench.withActivities(activities, async (start) => {
    const runs = await Promise.all([1, 2, 3].map(() => start('replenishment', { date })))
    const outputs = await Promise.all(runs.map((run) => run.result()))
    expect(outputs.reduce((sum, { ordersStarted }) => sum + ordersStarted, 0)).toBe(2)
    await begun(2)
  })
  expect(await orders()).toEqual(drafted(date))
})

test('begins what a killed worker had drafted, in the same run and in a later one', async () => {
  const date = '2017-03-03'
  let calls = 0
  const dying: Activities = {
    ...activities,
    async draftOrder(request) {
      const draft = await activities.draftOrder(request)
      calls += 1
      if (calls === 1) throw new Error('the worker was killed after it had written the draft')
      return draft
    },
  }
  await bench.withActivities(dying, async (start) => {
    expect(await (await start('replenishment', { date })).result()).toMatchObject({ ordersStarted: 2 })
    await begun(2)
  })
  expect(calls).toBe(3)
  expect(await orders()).toEqual(drafted(date))

  await jobs.rows(
    `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, currency, total_value, created_at, updated_at)
     values ('PO-acme-w1-orphan', 'acme', 'w1', '2017-02-01', 'USD', 900, now(), now())`,
  )
  await bench.withActivities(activities, async (start) => {
    expect(await (await start('replenishment', { date: '2017-03-04' })).result()).toMatchObject({ ordersStarted: 1 })
    await begun(3)
  })
})

test('plans the other locations when one fails, and names it', async () => {
  const failing: Activities = {
    ...activities,
    dueLocations: async (_scope, after) => ['broken', 'w1'].filter((location) => location > after),
    async openLocation(request) {
      if (request.locationId === 'broken') throw ApplicationFailure.nonRetryable('the roof is off', 'InvalidInput')
      return activities.openLocation(request)
    },
  }
  await bench.withActivities(failing, async (start) => {
    const result = (await start('replenishment', { date: '2017-03-05' })).result()
    const error = await result.then(
      () => expect.fail('it should have failed'),
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(WorkflowFailedError)
    expect((error as WorkflowFailedError).cause?.message).toBe(
      'replenishment 2017-03-05: 1 of 2 locations were not planned: broken failed (the roof is off)',
    )
    await begun(2)
  })
})

test.each(['2017-02-30', 'tomorrow', 5])('date %j ends it at once, with a fix', async (date) => {
  await bench.withActivities(activities, async (start) => {
    const result = (await start('replenishment', { date: date as string })).result()
    await expect(result).rejects.toMatchObject({ cause: { message: expect.stringContaining('YYYY-MM-DD') } })
  })
})
