import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createWorld, type World } from '../../streams/testing/world.ts'
import { named } from '../access/testing.ts'
import { listPolicyVersions, type PolicyChange, preparePolicy, readPolicy, setPolicy } from './policies.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
  await world.pool.query(`insert into ref.stores values ('s1', 'One', 'east', 'UTC', 'US', 'USD', now())`)
  await world.pool.query(
    `insert into ref.products (product_id, name, category, recorded_at)
     values ('tea', 'Tea', 'drinks', now()), ('milk', 'Milk', 'dairy', now())`,
  )
  await world.pool.query(
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, warehouse_id, recorded_at)
     select 's1', product_id, 'A1', 20, 'w1', now() from ref.products`,
  )
  await world.start(['policies'])
})
afterAll(() => world?.close())

const change = (scope: Partial<PolicyChange>, values: Record<string, string>): PolicyChange => ({
  kind: 'shelf',
  by: named('maria'),
  why: 'test',
  ...scope,
  values,
})

/** By the producer of the test, to its own copy of the topic. */
const set = (wanted: PolicyChange) => {
  const { producer, suffix } = world.topics
  const send: typeof producer.send = (record) => producer.send({ ...record, topic: `${record.topic}${suffix}` })
  return setPolicy({ pool: world.pool, producer: { send } }, wanted)
}

const valuesFor = async (product: string) =>
  Object.fromEntries(
    (await readPolicy(world.pool, { kind: 'shelf', place: 's1', product })).map(({ name, value, policy_id }) => [
      name,
      `${value} ${policy_id ?? 'default'}`,
    ]),
  )

describe('policy', () => {
  test('comes from the most specific policy that has the value, here and for the jobs', async () => {
    const values = await set(change({}, { restock_below: '0.4', hold_seconds: '90' }))
    expect(values.find(({ name }) => name === 'hold_seconds')).toMatchObject({ value: '90', changed_by: 'maria' })
    await set(change({ category: 'dairy' }, { near_expiry_days: '5', restock_below: '0.5' }))
    await set(change({ place: 's1', product: 'milk' }, { restock_below: '0.6' }))
    expect(await valuesFor('milk')).toMatchObject({
      restock_below: '0.6 store=s1/product=milk',
      near_expiry_days: '5 category=dairy',
      hold_seconds: '90 everything',
      markdown_percent: '30.0 default',
    })
    expect(await valuesFor('tea')).toMatchObject({ restock_below: '0.4 everything', near_expiry_days: '2 default' })
    const { rows } = await world.pool.query(
      'select product_id, restock_below, near_expiry_days, hold_seconds, markdown_percent from ref.shelf_policy order by 1',
    )
    expect(rows).toEqual([
      { product_id: 'milk', restock_below: '0.6', near_expiry_days: 5, hold_seconds: 90, markdown_percent: '30.0' },
      { product_id: 'tea', restock_below: '0.4', near_expiry_days: 2, hold_seconds: 90, markdown_percent: '30.0' },
    ])
  })

  test('keeps what a change does not name, gives a value back, and remembers who and why', async () => {
    await set(change({ place: 's1' }, { hold_seconds: '120', visit_seconds: '600' }))
    await set({ ...change({ place: 's1' }, { hold_seconds: 'inherit' }), by: named('omar'), why: 'too long' })
    expect(await valuesFor('tea')).toMatchObject({ hold_seconds: '90 everything', visit_seconds: '600 store=s1' })
    const { items } = await listPolicyVersions(world.pool, { kind: 'shelf', policy: 'store=s1' })
    expect(items).toMatchObject([
      { version: 2, changed_by: 'omar', reason: 'too long', values: { visit_seconds: 600 } },
      { version: 1, changed_by: 'maria', values: { hold_seconds: 120, visit_seconds: 600 } },
    ])
  })

  test('is dated by the clock of a run, and holds all the same when it replaces one from after it', async () => {
    await set(change({ place: 's1', product: 'milk' }, { hold_seconds: '60' }))
    const at = "'2024-05-01T10:00:00Z'::timestamptz"
    await world.pool.query(`insert into ops.clock (simulated_now, speed, run_id, seed) values (${at}, 1, 'run', 1)`)
    try {
      await set(change({ place: 's1', product: 'tea' }, { hold_seconds: '70' }))
      await set(change({ place: 's1', product: 'tea' }, { hold_seconds: '80' }))
      await set(change({ place: 's1', product: 'milk' }, { hold_seconds: '90' }))
    } finally {
      await world.pool.query('delete from ops.clock')
    }
    expect(await valuesFor('milk')).toMatchObject({ hold_seconds: '90 store=s1/product=milk' })
    expect(await valuesFor('tea')).toMatchObject({ hold_seconds: '80 store=s1/product=tea' })
    const page = { policy: 'store=s1/product=tea', limit: 1 }
    const { items, next } = await listPolicyVersions(world.pool, page)
    const older = await listPolicyVersions(world.pool, { ...page, cursor: next! })
    expect([...items, ...older.items].map(({ version }) => version)).toEqual([2, 1])
    expect(items[0]!.effective_at.toISOString()).toBe('2024-05-01T10:00:00.001Z')
  })

  test('of warehouses holds for each product that fills shelves', async () => {
    await set(change({ kind: 'warehouse', place: 'w1' }, { reorder_point: '40', order_up_to: '100.5' }))
    const { rows } = await world.pool.query('select product_id, reorder_point, order_up_to from ref.warehouse_policy')
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({ reorder_point: '40', order_up_to: '100.5' })
  })

  test('of orders holds for each product of a location', async () => {
    await set(change({ kind: 'replenishment' }, { service_target: '0.97', method: 's_s' }))
    await set(change({ kind: 'replenishment', place: 'w1' }, { budget_per_day: '5000' }))
    await set(change({ kind: 'replenishment', category: 'dairy' }, { review_days: '2', service_measure: 'fill' }))
    const { rows } = await world.pool.query(
      `select product_id, is_warehouse, method, service_target, service_measure, review_days, budget_per_day, waste_cost_ratio
       from ref.replenishment_policy where location_id = 'w1' order by 1`,
    )
    const common = {
      is_warehouse: true,
      method: 's_s',
      service_target: '0.97',
      budget_per_day: '5000',
      waste_cost_ratio: '1.0',
    }
    expect(rows).toEqual([
      { product_id: 'milk', ...common, service_measure: 'fill', review_days: 2 },
      { product_id: 'tea', ...common, service_measure: 'cycle', review_days: 1 },
    ])
    const values = await readPolicy(world.pool, { kind: 'replenishment', place: 'w1', product: 'milk' })
    expect(values.find(({ name }) => name === 'method')).toMatchObject({ value: 's_s', policy_id: 'everything' })
  })

  test.each([
    ['a part of the capacity', {}, { restock_below: '1.5' }],
    ['not a number', {}, { restock_below: 'much' }],
    ['not a whole number', {}, { hold_seconds: '1.5' }],
    ['the first must be less', { category: 'drinks' }, { restock_to: '0.3' }],
    ['unknown store "s9", product "beer"', { place: 's9', product: 'beer' }, { restock_to: '0.9' }],
    ['is not one of base_stock', { kind: 'replenishment' }, { method: 'guess' }],
    ['service_target is between 0 and 1', { kind: 'replenishment' }, { service_target: '1' }],
    ['not of a category or product', { kind: 'replenishment', product: 'tea' }, { budget_per_day: '10' }],
    ['review_days would be 90', { kind: 'replenishment' }, { review_days: '90' }],
    ['hold_seconds is not a value of a warehouse policy', { kind: 'warehouse' }, { hold_seconds: '2' }],
    ['no value is given', {}, {}],
    ['give one: a product has one category', { category: 'dairy', product: 'milk' }, { hold_seconds: '2' }],
    ['unknown location "w9"', { kind: 'replenishment', place: 'w9' }, { review_days: '2' }],
    ['reorder_point would be 40', { kind: 'warehouse', place: 'w1', product: 'tea' }, { order_up_to: '30' }],
  ] as const)('is refused before anything is sent: %s', async (problem, scope, values) => {
    await expect(preparePolicy(world.pool, change(scope, values))).rejects.toThrow(problem)
    const { rows } = await world.pool.query(`select from ref.policy where reason = 'test' and category = 'drinks'`)
    expect(rows).toEqual([])
  })

  test('that can not hold becomes a dead letter when it comes by the topic', async () => {
    const before = await world.counters('policies')
    const { message, values } = await preparePolicy(world.pool, change({ category: 'dairy' }, { restock_to: '0.9' }))
    expect(values.find(({ name }) => name === 'restock_to')).toMatchObject({
      value: '0.9',
      policy_id: 'category=dairy',
    })
    const { value } = message
    await world.topics.send('shelf_policies', [
      { ...JSON.parse(value), restock_to: '0.1' },
      JSON.parse(value),
      JSON.parse(value),
    ])
    expect(await world.consumed('policies', before.consumed + 3)).toMatchObject({
      dead: before.dead + 1,
      applied: before.applied + 1,
      duplicate: before.duplicate + 1,
    })
  })
})
