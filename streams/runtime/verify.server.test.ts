import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TopicName } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { randomEvent } from '../testing/random-event.ts'
import { inWarehouse, onShelf, paid, randomEvents, shuffled } from '../testing/shelves.ts'
import { createWorld, type World } from '../testing/world.ts'
import { verifyState } from './verify.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const counted = (store_id: string, event_at: string) => ({
  event_id: `door-${store_id}-${event_at}`,
  source: 'test',
  schema_version: 1,
  store_id,
  event_at,
  sensor_id: 'd',
  entries: 3,
  exits: 1,
  interval_seconds: 60,
})

const payment = (transaction_id: string, event_at: string) => ({
  source: 'test',
  schema_version: 1,
  store_id: 's1',
  event_at,
  payment_id: 'p',
  transaction_id,
  event_type: 'authorised',
  amount: '5.00',
})

const TOPICS = ['shelf_events', 'pos_transactions', 'warehouse_events'] as const

test('finds nothing where the live state is what the raw lake gives', async () => {
  const { pool, topics, settings } = world
  await pool.query("insert into state.shelf (store_id, product_id) values ('s1', 'never filled')")
  const random = seeded(7)
  const events = randomEvents(random, 2_000)
  // An amount in parts of a cent, as a till in another currency sends it.
  events.push({ topic: 'pos_transactions', event: paid('1', { net_amount: '0.333333' }) })
  // Identifiers as they are in ERPs: not in their normal form.
  events.push({ topic: 'warehouse_events', event: inWarehouse('in', '3', { warehouse_id: ' w1', product_id: 'tea ' }) })
  events.push({ topic: 'shelf_events', event: onShelf('refill', '3', { store_id: 's1 ', product_id: ' tea' }) })
  // A product of quantity and price that does not fit 18 digits.
  events.push({ topic: 'pos_transactions', event: paid('999999', { unit_price: '1000000' }) })
  for (const name of TOPICS) {
    const own = events.filter(({ topic }) => topic === name).map(({ event }) => event)
    await topics.send(name, shuffled([...own, ...own.slice(0, 50)], random))
  }
  // The database refuses NUL, also in a field that no one asked for; the recomputation leaves the message out, too.
  await topics.send('warehouse_events', [{ ...inWarehouse('in', '5', { batch_id: 'l1' }), note: 'a\u0000b' }])
  // India is off the full hour; the zone of a store that is in no list is not known.
  await pool.query(
    "insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at) values ('s4', 'Four', 'r', 'Asia/Kolkata', 'IN', 'INR', now())",
  )
  const traffic = ['00', '29', '31', '59'].flatMap((minute) => [
    counted('s1', `2017-03-01T12:${minute}:00-05:00`),
    counted('s4', `2017-03-01T12:${minute}:00+05:30`),
  ])
  await topics.send('foot_traffic', [...traffic, ...traffic.slice(0, 2)])
  const at = Date.parse('2017-03-02T12:00:00Z')
  const made = (name: TopicName) =>
    Array.from({ length: 300 }, (_, number) => randomEvent(name, `${name}-${number}`, at + number * 600_000, random))
  for (const name of ['payment_events', 'online_order_lines'] as const) {
    const own = made(name)
    await topics.send(name, shuffled([...own, ...own.slice(0, 20)], random))
  }
  const messages = events.length + 3 * 50 + 1 + traffic.length + 2 + 2 * 320
  const count = (of: (typeof TOPICS)[number]) => events.filter(({ topic }) => topic === of).length
  await world.start([
    'sales_state',
    'shelf_state',
    'warehouse_state',
    'sales_windows',
    'enriched_sales',
    'payments',
    'online_orders',
    'raw_sink',
  ])
  await world.consumed('raw_sink', messages)
  const ofShelves = count('shelf_events') + count('pos_transactions') + 2 * 50
  expect(await world.consumed('shelf_state', ofShelves)).toMatchObject({ duplicate: 100, dead: 0 })
  const warehouses = await world.consumed('warehouse_state', count('warehouse_events') + 50 + 1)
  expect(warehouses).toMatchObject({ duplicate: 50, dead: 1 })
  await world.consumed('sales_state', count('pos_transactions') + 50)
  await world.consumed('sales_windows', count('pos_transactions') + 50 + traffic.length + 2)
  await world.consumed('enriched_sales', count('pos_transactions') + 50)
  await world.consumed('payments', 320)
  await world.consumed('online_orders', 320)
  const verification = await verifyState(settings, pool)
  expect(verification).toMatchObject({ isEqual: true, examples: [], gaps: [] })
  const compared = Object.fromEntries(verification.tables.map(({ table, compared }) => [table, compared > 0]))
  expect(compared).toEqual({
    'state.stock': true,
    'state.sales_day': true,
    'state.shelf': true,
    'state.basket': true,
    'state.shelf_lot': true,
    'state.warehouse': true,
    'state.warehouse_lot': true,
    'state.sales_window': true,
    'state.sales_hour': true,
    'state.sale_transaction': true,
    'state.payment': true,
    'state.refund': true,
    'state.payment_day': true,
    'state.online_order_line': true,
  })
})

test('holds nothing against the lake that was forgotten', async () => {
  const { pool, topics, settings } = world
  const before = await world.counters('shelf_state')
  const stored = await world.counters('raw_sink')
  const old = { batch_id: 'old', event_at: '2017-01-05T10:00:00-05:00' }
  await topics.send('shelf_events', [onShelf('refill', '5', old), onShelf('removal', '5', old)])
  await topics.send('pos_transactions', [paid('2', { event_at: old.event_at })])
  await world.consumed('shelf_state', before.consumed + 3)
  await world.consumed('raw_sink', stored.consumed + 3)
  const { rows } = await pool.query(
    "select state.forget_lots('2017-02-01', 1000) as lots, state.forget_baskets('2017-02-01', 1000) as baskets",
  )
  expect(rows).toEqual([{ lots: 1, baskets: 1 }])
  await world.consumed('sales_state', (await world.counters('sales_state')).consumed)
  await world.consumed('enriched_sales', (await world.counters('sales_state')).consumed)
  // A transaction that was forgotten, and that a later charge-back makes again.
  const paidLong = { ...payment('t1', '2017-02-01T10:00:00-05:00'), event_id: 'authorised' }
  const chargedBack = { ...payment('t1', '2017-03-20T10:00:00-05:00'), event_id: 'back', event_type: 'charged_back' }
  const of = await world.counters('payments')
  await topics.send('payment_events', [paidLong])
  await world.consumed('payments', of.consumed + 1)
  await pool.query("select state.forget_aged('payment', '2017-03-01', 1000)")
  await topics.send('payment_events', [chargedBack])
  await world.consumed('payments', of.consumed + 2)
  await world.consumed('raw_sink', stored.consumed + 5)
  expect(await verifyState(settings, pool, 's1')).toMatchObject({ isEqual: true, gaps: [] })
})

test('an id that was sent with different contents is named, and its rows are counted apart from differences', async () => {
  const { pool, topics, settings } = world
  const [state, stored] = [await world.counters('sales_state'), await world.counters('raw_sink')]
  const same = { event_id: 'twice', event_at: '2017-03-04T10:00:00-05:00', product_id: 'jam', transaction_id: 'twice' }
  await topics.send('pos_transactions', [paid('2', same)], 1)
  await world.consumed('sales_state', state.consumed + 1)
  // For the lake this one is the first: its sender's clock is behind.
  await topics.send('pos_transactions', [paid('3', same), paid('1', { product_id: 'jam' })], 0, Date.now() - 3_600_000)
  await world.consumed('sales_state', state.consumed + 3)
  await world.consumed('raw_sink', stored.consumed + 3)
  expect(await verifyState(settings, pool, 's1')).toMatchObject({
    isEqual: true,
    conflictingIds: { count: 1, examples: ['twice'] },
    tables: expect.arrayContaining([{ table: 'state.stock', compared: 3, different: 0, conflicting: 1 }]),
  })
  await pool.query("update state.stock set on_hand = on_hand + 1 where (store_id, product_id) = ('s1', 'tea')")
  expect(await verifyState(settings, pool, 's1')).toMatchObject({ isEqual: false })
  await pool.query("update state.stock set on_hand = on_hand - 1 where (store_id, product_id) = ('s1', 'tea')")
})

test('finds every difference, with both sides, in the stores that are asked for', async () => {
  const { pool, settings } = world
  await world.stop()
  await pool.query(`
    with shelf as (update state.shelf set refilled = refilled + 1 where (store_id, product_id) = ('s1', 'tea')),
      basket as (
        delete from state.basket where ctid = (select ctid from state.basket where store_id = 's1' and product_id <> 'jam' limit 1)
      ),
      due as (update state.sale_transaction set sold = sold + 1 where (store_id, transaction_id) = ('s1', 't1')),
      hour as (update state.sales_hour set transactions = transactions + 1 where (store_id, product_id) = ('s1', 'tea') and window_start = '2017-03-01 16:00Z'),
      lot as (update state.shelf_lot set expires_on = '2030-01-01' where (store_id, product_id, batch_id) = ('s1', 'tea', 'l1'))
    update state.warehouse_lot set shipped = shipped + 1 where (product_id, batch_id) = ('milk', 'l2')`)
  const found = await verifyState(settings, pool)
  expect(found.isEqual).toBe(false)
  expect(found.tables.filter(({ different }) => different > 0)).toMatchObject([
    { table: 'state.shelf', different: 1 },
    { table: 'state.basket', different: 1 },
    { table: 'state.shelf_lot', different: 1 },
    { table: 'state.warehouse_lot', different: 1 },
    { table: 'state.sales_hour', different: 1 },
    { table: 'state.sale_transaction', different: 1 },
  ])
  expect(found.examples.map(({ row }) => row)).toEqual([
    expect.stringMatching(/^basket s1 × .* × 2017-03-0. × /),
    'sale_transaction s1 × t1',
    'sales_hour s1 × tea × 2017-03-01 16:00:00+00',
    'shelf s1 × tea',
    'shelf_lot s1 × tea × l1',
    'warehouse_lot w1 × milk × l2',
  ])
  expect(found.examples[0]).toMatchObject({ live: 'none' })
  expect((await verifyState(settings, pool, 's1')).tables.filter(({ different }) => different > 0)).toHaveLength(5)
  expect(await verifyState(settings, pool, 's2')).toMatchObject({ isEqual: true })
  expect((await verifyState(settings, pool, 'w1')).examples).toHaveLength(1)
})
