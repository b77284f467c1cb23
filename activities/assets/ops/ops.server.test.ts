import { afterAll, beforeAll, expect, test } from 'vitest'
import { materializePartition, openTestAssets, type TestAssets } from '../framework/testing.ts'
import { opsDecisions } from './decisions.ts'
import { opsState } from './state.ts'

const DAY = '2024-05-01'

let world: TestAssets
beforeAll(async () => {
  world = await openTestAssets()
  for (const statement of [
    `insert into ops.clock values (true, '2024-05-02T09:00:00Z', 1, 'test', 1)`,
    `insert into state.stock values ('s1', 'tea', 4.5)`,
    `insert into ref.shelves values ('s1', 'tea', 'A1', 10, null, 'w1', now())`,
    `insert into state.shelf (store_id, product_id, refilled) values ('s1', 'tea', 3)`,
    `insert into state.warehouse (warehouse_id, product_id, received, shipped) values ('w1', 'tea', 9, 2)`,
    `insert into state.price values ('s1', 'tea', '2024-04-01', 'e1', 2, 'regular', null), ('s1', 'tea', '2024-04-20', 'e2', 3, 'regular', null),
       ('s1', 'tea', '2024-06-01', 'e3', 9, 'regular', null)`,
    `insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, planned_at, closed_at, status)
     values ('open', 's1', 'tea', 'w1', 7, 3, 10, '2024-04-01', null, 'open'),
       ('of the day', 's1', 'tea', 'w1', 7, 3, 10, '2024-05-01 10:00Z', '2024-05-01 11:00Z', 'refilled'),
       ('long over', 's1', 'tea', 'w1', 7, 3, 10, '2024-04-01', '2024-04-30', 'refilled')`,
    `insert into ref.policy (kind, policy_id, effective_at, event_id, place_id, changed_by, reason, restock_below)
     values ('shelf', 'half', '2024-01-01', 'e', 's1', 'ann', 'test', 0.5)`,
  ]) {
    await world.context.pool.query(statement)
  }
})
afterAll(() => world.close())

const state = () => world.lakeRows('ops/state', DAY, 'kind, store_id, quantity')

test("a morning's state is copied once, and stays what it was", async () => {
  await materializePartition(world.context, opsState, DAY)
  const copied = [
    { kind: 'price', store_id: 's1', quantity: 3 },
    { kind: 'shelf', store_id: 's1', quantity: 3 },
    { kind: 'stock', store_id: 's1', quantity: 4.5 },
    { kind: 'warehouse', store_id: 'w1', quantity: 7 },
  ]
  expect(await state()).toEqual(copied)
  const [stock] = await world.lakeRows('ops/state', DAY, `state->>'on_hand' as on_hand`)
  expect(stock).toBeDefined()
  await world.context.pool.query('update state.stock set on_hand = 0')
  await materializePartition(world.context, opsState, DAY)
  expect(await state()).toEqual(copied)
  const missed = await materializePartition(world.context, opsState, '2024-04-30')
  expect(missed.checks).toMatchObject([{ check: 'taken_on_its_morning', passed: false, severity: 'warn' }])
})

test('what was decided is kept while it is open and when it ends', async () => {
  await materializePartition(world.context, opsDecisions, DAY)
  expect(await world.lakeRows('ops/decisions', DAY, `kind, decision_id, decision->>'status' as status`)).toEqual([
    { kind: 'policy', decision_id: 'shelf/half', status: null },
    { kind: 'restock_plan', decision_id: 'of the day', status: 'refilled' },
    { kind: 'restock_plan', decision_id: 'open', status: 'open' },
  ])
})
