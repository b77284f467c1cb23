import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TopicName } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { inTransaction } from '../../platform/postgres/postgres.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../privacy/customer-door.ts'
import type { Processor } from '../runtime/processor.ts'
import { inWarehouse, onShelf, paid, randomEvents, shuffled, type TopicEvent } from '../testing/shelves.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import { shelfState } from './shelf-state.ts'
import { warehouseState } from './warehouse-state.ts'

let world: World
beforeAll(async () => {
  world = await createWorld({}, { pos_transactions: 3 })
})
afterAll(() => world.close())

const TABLES = ['shelf', 'basket', 'shelf_lot', 'warehouse', 'warehouse_lot'] as const

beforeEach(async () => {
  const names = TABLES.map((table) => `state.${table}`)
  await world.pool.query(`truncate ${names.join(', ')}, state.event_ids, ref.shelves, ops.outbox`)
})

/** Applies a batch as the runtime does, without Kafka in between. */
const apply = async (processor: Processor, topic: TopicName, sent: readonly { event_at: string }[]) => {
  const events = sent.map((event) => structuredClone(event))
  await createCustomerDoor(world.pool, createVault(world.settings)).pass(topic, events)
  return inTransaction(world.pool, (client) =>
    processor.apply(
      client,
      {
        topic,
        partition: 0,
        knownAtMs: events.map(() => 0),
        events: [...events],
        values: events.map((event) => Buffer.from(JSON.stringify(event))),
        dates: [...new Set(events.map(({ event_at }) => event_at.slice(0, 10)))],
      },
      async () => undefined,
    ),
  )
}
const onShelves = (...events: { event_at: string }[]) => apply(shelfState, 'shelf_events', events)
const atTill = (...events: { event_at: string }[]) => apply(shelfState, 'pos_transactions', events)
const atWarehouse = (...events: { event_at: string }[]) => apply(warehouseState, 'warehouse_events', events)

const read = async (sql: string): Promise<Record<string, unknown>[]> => (await world.pool.query(sql)).rows
const tea = async () => (await read("select * from state.shelf_live where (store_id, product_id) = ('s1', 'tea')"))[0]
const known = { customer_id: 'c1' }

describe('a shelf', () => {
  test('holds what a customer picks up, releases what is put back, and settles what is paid', async () => {
    await onShelves(onShelf('refill', '10'), onShelf('pickup', '3', known))
    expect(await tea()).toMatchObject({ available: '7', held: '3', on_shelf: '10' })
    await onShelves(onShelf('putback', '1', known))
    expect(await tea()).toMatchObject({ available: '8', held: '2', on_shelf: '10' })
    await atTill(paid('2', known))
    expect(await tea()).toMatchObject({ available: '8', held: '0', on_shelf: '8' })
  })

  test('loses what is sold without a pickup, also when the pickup is reported after the sale', async () => {
    await onShelves(onShelf('refill', '10'))
    await atTill(paid('2', known), paid('1'))
    expect(await tea()).toMatchObject({ available: '7', held: '0' })
    await onShelves(onShelf('pickup', '2', known))
    expect(await tea()).toMatchObject({ available: '7', held: '0' })
    expect(await read('select unpicked_sales, picked from state.shelf')).toEqual([{ unpicked_sales: '1', picked: '2' }])
  })

  test('takes no returned goods back, and counts what staff removed and counted', async () => {
    await onShelves(onShelf('refill', '10'), onShelf('removal', '2'), onShelf('count', '-1'))
    await atTill(paid('-4', known))
    expect(await tea()).toMatchObject({ available: '7' })
    expect(await read('select count(*) as baskets from state.basket')).toEqual([{ baskets: 0 }])
  })

  test('has what is put back by a person who was not seen picking it up', async () => {
    await onShelves(onShelf('refill', '10'), onShelf('pickup', '1', known), onShelf('putback', '1'))
    expect(await tea()).toMatchObject({ available: '10', held: '1' })
    await atTill(paid('1'))
    expect(await tea()).toMatchObject({ available: '9' })
  })

  test('has what was put back on another shelf, until a person counts', async () => {
    await onShelves(onShelf('refill', '10'), onShelf('pickup', '3', known))
    await onShelves(onShelf('putback', '3', { ...known, shelf_id: 'B7' }))
    expect(await tea()).toMatchObject({ available: '10', held: '0', on_shelf: '10' })
    await onShelves(onShelf('count', '-3'))
    expect(await tea()).toMatchObject({ available: '7', held: '0', on_shelf: '7' })
  })

  test('shows held goods until a job records that they are taken, and again after a later pickup', async () => {
    await onShelves(onShelf('refill', '10'), onShelf('pickup', '2', known))
    await world.pool.query("update state.basket set taken_at = '2017-03-01T10:01:00-05:00', lost = 2, lost_at = now()")
    expect(await tea()).toMatchObject({ available: '8', held: '0', on_shelf: '8' })
    await onShelves(onShelf('putback', '1', known))
    const basket = 'select taken_at is null as is_held, lost, lost_at from state.basket'
    expect(await read(basket)).toEqual([{ is_held: false, lost: '0', lost_at: null }])
    await onShelves(onShelf('pickup', '1', { ...known, event_at: '2017-03-01T10:05:00-05:00' }))
    expect(await read(basket)).toEqual([{ is_held: true, lost: '0', lost_at: null }])
    expect(await tea()).toMatchObject({ available: '8', held: '2', on_shelf: '10' })
  })

  test('keeps the newest weight, of two at one instant the greater', async () => {
    const at = (event_at: string, weight: string) => onShelf('weight_change', '0', { event_at, weight })
    await onShelves(at('2017-03-01T12:00:00-05:00', '4.5'))
    await onShelves(at('2017-03-01T11:00:00-05:00', '9'), at('2017-03-01T12:00:00-05:00', '4.75'))
    await onShelves(at('2017-03-01T17:00:00Z', '4.6'))
    expect(await tea()).toMatchObject({
      last_weight: '4.75',
      last_weight_at: new Date('2017-03-01T17:00:00Z'),
      available: '0',
    })
  })

  test('knows capacity, fill and units by weight from its profile, and is there without one', async () => {
    const profile = (event_at: string, capacity: string) => ({
      event_id: capacity,
      source: 'test',
      schema_version: 1,
      event_at,
      profile_id: 's1/tea',
      store_id: 's1',
      product_id: 'tea',
      shelf_id: 'A1',
      capacity,
      unit_weight: '0.5',
      warehouse_id: 'w1',
    })
    const { pool, topics } = world
    await world.start(['reference_data'])
    await topics.send('shelf_profiles', [
      profile('2017-02-01T00:00:00Z', '20'),
      profile('2017-01-01T00:00:00Z', '30'),
      profile('2017-03-01T00:00:00Z', '-5'),
    ])
    expect(await world.consumed('reference_data', 3)).toMatchObject({ applied: 1, duplicate: 1, dead: 1 })
    await world.stop()
    expect(await tea()).toMatchObject({ shelf_id: 'A1', available: '0', fill_ratio: '0.0000', capacity: '20' })
    const weighed = onShelf('weight_change', '0', { weight: '4.25' })
    await onShelves(onShelf('refill', '9'), weighed, onShelf('refill', '1', { product_id: 'milk' }))
    expect(await tea()).toMatchObject({ fill_ratio: '0.4500', weighed_units: '8.500' })
    const milk = await pool.query("select available, shelf_id from state.shelf_live where product_id = 'milk'")
    expect(milk.rows).toEqual([{ available: '1', shelf_id: null }])
  })
})

describe('lots', () => {
  test('of a shelf are used up first expired first out', async () => {
    const lot = (batch_id: string, expires_on: string) => ({ batch_id, expires_on })
    await onShelves(
      onShelf('refill', '5', lot('late', '2017-05-01')),
      onShelf('refill', '4', lot('soon', '2017-04-01')),
      onShelf('refill', '2'),
      onShelf('removal', '1', lot('soon', '2017-04-02')),
    )
    await atTill(paid('4'))
    const lots = 'select batch_id, on_hand, expires_on from state.shelf_lot_live order by expires_on nulls last'
    expect(await read(lots)).toEqual([
      { batch_id: 'soon', on_hand: '0', expires_on: '2017-04-01' },
      { batch_id: 'late', on_hand: '4', expires_on: '2017-05-01' },
      { batch_id: '', on_hand: '2', expires_on: null },
    ])
    expect(await tea()).toMatchObject({ available: '6' })
  })

  test('of a warehouse follow from their events; what leaves without a lot is of what expires first', async () => {
    await atWarehouse(
      inWarehouse('in', '10', { batch_id: 'late', expires_on: '2017-05-01' }),
      inWarehouse('in', '4', { batch_id: 'soon', expires_on: '2017-04-01' }),
      inWarehouse('out', '1', { batch_id: 'late' }),
      inWarehouse('out', '6'),
    )
    expect(await read('select on_hand, lots, next_expires_on from state.warehouse_live')).toEqual([
      { on_hand: '7', lots: 1, next_expires_on: '2017-05-01' },
    ])
    expect(await read('select batch_id, on_hand from state.warehouse_lot order by 1')).toEqual([
      { batch_id: '', on_hand: '-6' },
      { batch_id: 'late', on_hand: '9' },
      { batch_id: 'soon', on_hand: '4' },
    ])
    expect(await read('select batch_id, on_hand from state.warehouse_lot_live order by 1')).toEqual([
      { batch_id: '', on_hand: '0' },
      { batch_id: 'late', on_hand: '7' },
      { batch_id: 'soon', on_hand: '0' },
    ])
  })

  test('and baskets that are forgotten leave the shelf as it is', async () => {
    const old = { batch_id: 'old', event_at: '2017-01-05T10:00:00-05:00' }
    await onShelves(
      onShelf('refill', '5', old),
      onShelf('removal', '5', old),
      onShelf('refill', '3', { batch_id: 'new' }),
    )
    await atTill(paid('1', { event_at: '2017-01-06T10:00:00-05:00' }), paid('1'))
    const forget =
      "select state.forget_lots('2017-02-01', 10) as lots, state.forget_baskets('2017-02-01', 10) as baskets"
    expect(await read(forget)).toEqual([{ lots: 1, baskets: 1 }])
    expect(await tea()).toMatchObject({ available: '1' })
    expect(await read('select batch_id, on_hand from state.shelf_lot_live')).toEqual([
      { batch_id: 'new', on_hand: '1' },
    ])
    await world.pool.query('delete from state.retention')
  })
})

describe('state', () => {
  /** Everything but when it was written; 12.0 is 12. */
  const whole = async () => {
    const parts = TABLES.map(async (table) => read(`select * from state.${table} order by 1, 2, 3, 4`))
    return (await Promise.all(parts)).map((rows) => rows.map(comparable))
  }
  const clear = () =>
    world.pool.query(`truncate state.event_ids, ${TABLES.map((table) => `state.${table}`).join(', ')}`)

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('does not depend on order, copies or batches (seed %i)', async (seed) => {
    const random = seeded(seed)
    const events = randomEvents(random, 150)
    await applyInBatches(events, 150)
    const expected = await whole()
    expect(expected[0]!.length).toBeGreaterThan(2)
    await clear()
    const copies = events.filter(() => random() < 0.2)
    await applyInBatches(shuffled([...events, ...copies], random), 1 + Math.floor(random() * 40))
    expect(await whole()).toEqual(expected)
  })

  test('is the same with two workers that share the topics, and every change is published to the state topics', async () => {
    const events = randomEvents(seeded(99), 600)
    await applyInBatches(events, 600)
    const expected = await whole()
    await clear()
    const before = await Promise.all([world.counters('shelf_state'), world.counters('warehouse_state')])
    await Promise.all([
      world.start(['shelf_state', 'warehouse_state']),
      world.start(['shelf_state', 'warehouse_state']),
    ])
    for (const name of ['shelf_events', 'pos_transactions', 'warehouse_events'] as const) {
      const own = events.filter(({ topic }) => topic === name).map(({ event }) => event)
      await world.topics.send(name, [...own, ...own.slice(0, 20)])
    }
    const inWarehouses = events.filter(({ topic }) => topic === 'warehouse_events').length
    await world.consumed('shelf_state', before[0].consumed + events.length - inWarehouses + 40)
    await world.consumed('warehouse_state', before[1].consumed + inWarehouses + 20)
    expect(await whole()).toEqual(expected)
    await until('the outbox is empty', 20_000, async () => (await read('select from ops.outbox limit 1')).length === 0)
    await world.stop()
    const told = await world.topics.newest('shelf_state')
    expect(told.size).toBe(expected[0]!.length)
    for (const row of expected[0]!) {
      expect(told.get(`${row.store_id}/${row.product_id}`)).toMatchObject({ available: row.available })
    }
  })
})

function comparable({ updated_at, ...row }: Record<string, unknown>): Record<string, unknown> {
  const exact = (value: unknown) =>
    typeof value === 'string' && /^-?\d+\.\d+$/.test(value) ? `${Number(value)}` : value
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, exact(value)]))
}

async function applyInBatches(events: readonly TopicEvent[], size: number): Promise<void> {
  for (let from = 0; from < events.length; from += size) {
    const batch = Map.groupBy(events.slice(from, from + size), ({ topic }) => topic)
    for (const [topic, members] of batch) {
      const processor = topic === 'warehouse_events' ? warehouseState : shelfState
      await apply(
        processor,
        topic,
        members.map(({ event }) => event),
      )
    }
  }
}
