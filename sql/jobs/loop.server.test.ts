import { afterAll, beforeAll, expect, test } from 'vitest'
import { inWarehouse, onShelf } from '../../streams/testing/shelves.ts'
import { createWorld, until, type World } from '../../streams/testing/world.ts'
import { minutes } from './testing.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.pool.query(`insert into ref.stores values ('s1', 'One', 'east', 'America/New_York', 'US', 'USD', now())`)
  await world.pool.query(
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, warehouse_id, recorded_at)
     values ('s1', 'tea', 'A1', 20, 'w1', now())`,
  )
})
afterAll(() => world?.close())

const rows = async (text: string) => (await world.pool.query(text)).rows

/** Runs every job as of this many minutes after noon and returns which changed what. */
async function runJobs(minute: number): Promise<Record<string, number>> {
  const { rows: runs } = await world.pool.query<{ job: string; changed: number; error: string | null }>(
    'select job, changed, error from ops.run_minute_jobs($1, 1000)',
    [minutes(minute)],
  )
  expect(runs.filter(({ error }) => error !== null)).toEqual([])
  return Object.fromEntries(runs.filter(({ changed }) => changed > 0).map(({ job, changed }) => [job, changed]))
}

test('a low shelf is filled up from the warehouse through Kafka, once', async () => {
  const { topics } = world
  await world.start(['shelf_state', 'warehouse_state'])
  await topics.send('warehouse_events', [inWarehouse('in', '90', { batch_id: 'lot', expires_on: '2017-06-01' })])
  await topics.send('shelf_events', [onShelf('refill', '4', { batch_id: 'first', expires_on: '2017-05-01' })])
  await world.consumed('warehouse_state', 1)
  await world.consumed('shelf_state', 1)

  expect(await runJobs(0)).toMatchObject({ plan_restock: 1, pick_restock: 2 })
  await world.consumed('warehouse_state', 2)
  expect(await runJobs(1)).toMatchObject({ confirm_events: 1 })
  expect(await runJobs(30)).toMatchObject({ refill_shelves: 1 })
  await world.consumed('shelf_state', 2)
  expect(await runJobs(31)).toMatchObject({ confirm_events: 2 })

  expect(await rows('select available::int, refilled::int from state.shelf')).toEqual([{ available: 20, refilled: 20 }])
  expect(await rows('select on_hand::int from state.warehouse_lot')).toEqual([{ on_hand: 74 }])
  expect(await rows('select status, picked_quantity::int from ops.restock_plan')).toEqual([
    { status: 'refilled', picked_quantity: 16 },
  ])
  expect(await rows(`select refilled::int, expires_on from state.shelf_lot where batch_id = 'lot'`)).toEqual([
    { refilled: 16, expires_on: '2017-06-01' },
  ])
  await until('the plan is told to be done', 10_000, async () => {
    const plan = (await topics.newest('shelf_restock_plan')).get('s1/tea')
    return plan?.status === 'refilled' && plan.quantity === '16'
  })
  expect(await rows('select from ops.dead_letters')).toEqual([])
  const again = await runJobs(32)
  expect(again).not.toHaveProperty('plan_restock')
  expect(await topics.count('shelf_events')).toBe(2)
})
