/** Builds that are under way while customers get other names. */
import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor, namesOf } from '../../streams/privacy/customer-door.ts'
import { dayPseudonym, isPseudonym } from '../../streams/privacy/pseudonyms.ts'
import { openTestAssets, saleLine, type TestAssets } from '../assets/framework/testing.ts'
import { assets } from '../assets/index.ts'
import { buildPartition } from '../backfill/build-partition.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { buildRequest, dependenciesOf, idleLife, type StoppingBuilder, startBuilder } from '../testing.ts'
import { convertHistory, convertLiveState } from './conversion.ts'
import { rewriteCustomer } from './rewriting.ts'

let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets()
  dependencies = dependenciesOf(world.context, assets)
})
afterAll(() => world?.close())

const builders: StoppingBuilder[] = []
afterEach(async () => {
  for (const { child, outcome } of builders.splice(0)) {
    if (child.exitCode === null) child.kill('SIGKILL')
    await outcome
  }
})

const ANN = '~annannannannanna'
const BOB = '~bobbobbobbobbobb'

let line = 0
const addSales = (date: string, customers: readonly string[]) =>
  world.addRaw(
    'pos_transactions',
    customers.map((customer_id) =>
      saleLine({ event_at: `${date}T12:00:00+02:00`, store_id: 's1', line_no: ++line, customer_id }),
    ),
  )
const build = (asset: string, date: string) => buildPartition(dependencies, buildRequest(asset, date), idleLife())
async function buildAll(date: string): Promise<void> {
  for (const asset of ['cleansed/sales', 'dim_store', 'dim_product', 'fact_sales']) await build(asset, date)
}

async function stopBefore(asset: string, date: string): Promise<StoppingBuilder> {
  const stop = { point: 'before swap', by: 'SIGSTOP' } as const
  const builder = startBuilder(world.context.settings, { request: buildRequest(asset, date), stop })
  builders.push(builder)
  await builder.stopped()
  return builder
}

const customersOf = async (date: string) => ({
  raw: (await world.lakeRows('raw/pos_transactions', date, 'customer_id')).map(({ customer_id }) => customer_id).sort(),
  cleansed: (await world.lakeRows('cleansed/sales', date, 'customer_id')).map(({ customer_id }) => customer_id).sort(),
  facts: (
    await world.rows<{ name: string }>(
      `select customer_id as name from analytics.fact_sales where sale_date = '${date}' order by customer_id collate "C"`,
    )
  ).map(({ name }) => name),
})

test.each([
  ['cleansed/sales', '2024-06-01'],
  ['fact_sales', '2024-06-02'],
])('a build of %s that has read a customer before they were erased writes nothing of them', async (asset, date) => {
  const { pool, lake } = world.context
  await addSales(date, [ANN, BOB])
  await buildAll(date)
  await addSales(date, [ANN])
  if (asset === 'fact_sales') await build('cleansed/sales', date)
  const stopped = await stopBefore(asset, date)
  const key = randomBytes(16)
  const subject = { customerIds: ['ann'], names: ['ann', ANN], reportNames: [], mapped: [] }
  const order = { by: 'admin', why: 'asked by letter', isSettled: true }
  await rewriteCustomer({ pool, lake, connection: world.connection }, subject, key, order)
  stopped.child.kill('SIGCONT')
  expect(await stopped.outcome).toMatchObject({ failed: 'PartitionLost', message: expect.stringContaining('erased') })
  const name = dayPseudonym(key, date)
  const sorted = (...names: string[]) => names.sort()
  const { raw, ...built } = await customersOf(date)
  expect(raw).toEqual(sorted(BOB, name, name))
  expect(JSON.stringify(built)).not.toContain(ANN)
  await build('cleansed/sales', date)
  await build('fact_sales', date)
  expect(await customersOf(date)).toEqual({ raw, cleansed: raw, facts: raw })
})

test('customers of rows from before there were pseudonyms get those of their new events, also after an interruption', async () => {
  const { pool, lake, settings } = world.context
  const [first, second] = ['2024-06-11', '2024-06-12']
  const door = createCustomerDoor(pool, createVault(settings))
  const [ann, bob] = (await namesOf(door, [
    { customerId: 'ann', day: first },
    { customerId: 'bob', day: second },
  ])) as [string, string]
  for (const date of [first, second]) {
    await addSales(date, ['ann', "b'ob", ann])
    await buildAll(date)
  }
  await addSales(second, ['bob'])
  await pool.query(
    `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_event_at)
     values ($1, 's1', 'p1', 'ann', 2, 1, now()), ($1, 's1', 'p1', $2, 1, 1, now()), ($1, 's1', 'p1', 'carol', 1, 0, now())`,
    [first, ann],
  )
  const stopped = await stopBefore('fact_sales', first)
  let passes = 0
  const failing = {
    async pass(...given: Parameters<typeof door.pass>) {
      passes += 1
      if (passes === 3) throw new Error('no connection')
      await door.pass(...given)
    },
  }
  const access = { pool, lake, connection: world.connection }
  await expect(convertHistory({ ...access, door: failing })).rejects.toThrow('no connection')
  const changed = await convertHistory({ ...access, door })
  expect(changed).toMatchObject({ 'analytics.fact_sales': 4 })
  stopped.child.kill('SIGCONT')
  expect(await stopped.outcome).toMatchObject({ failed: 'PartitionLost' })
  const [other] = (await namesOf(door, [{ customerId: "b'ob", day: first }])) as [string]
  const days = [await customersOf(first), await customersOf(second)]
  expect(days[0]!.facts).toEqual([ann, ann, other].sort())
  expect(days[1]!.raw).toEqual([ann, ann, bob, other].sort())
  for (const day of days)
    for (const names of Object.values(day)) expect(names.every((name) => isPseudonym(String(name)))).toBe(true)
  expect(await convertHistory({ ...access, door })).toEqual({})

  expect(await convertLiveState(pool, door)).toEqual({ 'state.basket': 2 })
  const baskets = await world.rows<{ name: string; picked: number; sold: number }>(
    `select customer_id as name, picked::integer, sold::integer from state.basket where visit_date = '${first}' order by picked`,
  )
  const [carol] = await namesOf(door, [{ customerId: 'carol', day: first }])
  expect(baskets).toEqual([
    { name: carol, picked: 1, sold: 0 },
    { name: ann, picked: 3, sold: 2 },
  ])
  expect(await convertLiveState(pool, door)).toEqual({})
})
