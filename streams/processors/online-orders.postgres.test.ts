import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventOf } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createDirectWorld, type DirectWorld } from '../simulation/direct.ts'
import type { Logged } from '../simulation/log.ts'
import { below } from '../simulation/random.ts'
import { shuffled } from '../testing/shelves.ts'
import { onlineOrders } from './online-orders.ts'

let world: DirectWorld
beforeAll(async () => {
  world = await createDirectWorld(onlineOrders)
})
beforeEach(() => world.clear('state.online_order', 'ops.clock'))
afterAll(() => world.close())

type CustomerEvent = EventOf<'customer_events'>

let number = 0
const told = (event_type: CustomerEvent['event_type'], time: string, change: Partial<CustomerEvent> = {}): Logged => {
  number += 1
  return {
    event: {
      event_id: `order-event-${number}`,
      source: 'test',
      schema_version: 2,
      store_id: 's1',
      customer_id: 'ann',
      event_type,
      order_id: 'o1',
      event_at: `2025-11-03T${time}:00-05:00`,
      ...change,
    },
    knownAtMs: Date.UTC(2025, 10, 4),
  }
}

const life = [
  told('order_created', '08:00', { promised_at: '2025-11-03T12:00:00-05:00' }),
  told('order_paid', '08:05'),
  // The promise is changed, and published again by another system at the same moment.
  told('order_packed', '09:00', { promised_at: '2025-11-03T14:00:00-05:00' }),
  told('order_packed', '09:00', { promised_at: '2025-11-03T13:00:00-05:00' }),
  told('order_packed', '09:30'),
  told('order_shipped', '10:00'),
  told('order_delivered', '14:30'),
  told('order_created', '08:00', { order_id: 'o2', promised_at: '2025-11-03T12:00:00-05:00' }),
  told('order_paid', '08:05', { order_id: 'o2' }),
  told('order_created', '08:00', { order_id: 'o3' }),
  told('order_cancelled', '08:20', { order_id: 'o3' }),
  told('order_shipped', '11:00', { order_id: 'o4', store_id: 's2', customer_id: 'bob' }),
]

async function orders(now: string): Promise<unknown[]> {
  await world.pool.query(
    `insert into ops.clock values (true, $1, 1, 'test', 1)
     on conflict (is_only) do update set simulated_now = excluded.simulated_now`,
    [now],
  )
  const { rows } = await world.pool.query(
    `select order_id, status, to_char(packed_at at time zone interval '-05:00', 'HH24:MI') as packed, is_overdue,
       extract(epoch from overdue_for)::float / 60 as minutes
     from state.online_order_live order by order_id`,
  )
  return rows
}

describe('an online order', () => {
  test('has the furthest step that was reported, and is overdue when its promise has passed', async () => {
    await world.consume({ customer_events: [life] })
    expect(await orders('2025-11-03T12:20:00-05:00')).toEqual([
      { order_id: 'o1', status: 'delivered', packed: '09:00', is_overdue: false, minutes: 30 },
      { order_id: 'o2', status: 'paid', packed: null, is_overdue: true, minutes: 20 },
      { order_id: 'o3', status: 'cancelled', packed: null, is_overdue: false, minutes: null },
      { order_id: 'o4', status: 'shipped', packed: null, is_overdue: false, minutes: null },
    ])
    const [, second] = (await orders('2025-11-03T11:59:00-05:00')) as { is_overdue: boolean }[]
    expect(second?.is_overdue).toBe(false)
  })

  test('is the same row in whatever order its steps arrive, with copies, however they are cut', async () => {
    const rows = async () =>
      (await world.pool.query('select * from state.online_order order by order_id')).rows.map(
        ({ updated_at, ...row }) => row,
      )
    await world.consume({ customer_events: [life] })
    const first = await rows()
    for (let seed = 1; seed <= 10; seed += 1) {
      await world.clear('state.online_order')
      const random = seeded(seed)
      const log = shuffled([...life, ...life.slice(0, 5)], random)
      await world.consume({ customer_events: [log] }, () => 1 + below(random, 6))
      expect(await rows()).toEqual(first)
      expect(await world.outcomes()).toEqual({ consumed: 17, applied: 12, duplicate: 5, late: 0, dead: 0 })
    }
  })

  test('leaves visits alone and keeps what names no order as a dead letter', async () => {
    const visit = told('enter', '08:00')
    await world.consume({ customer_events: [[visit, told('order_paid', '08:00', { order_id: null }), ...life]] })
    expect(await world.outcomes()).toMatchObject({ applied: 13, dead: 1 })
    const { rows } = await world.pool.query('select origin, reason, error from ops.dead_letters')
    expect(rows).toEqual([
      { origin: 'online_orders', reason: 'rejected_by_database', error: expect.stringContaining('"order_id"') },
    ])
  })

  test('is forgotten when nothing was received about it for long', async () => {
    await world.consume({ customer_events: [life] })
    const forget = async (before: string) =>
      (await world.pool.query('select state.forget_orders($1, 2) as orders', [before])).rows[0].orders
    expect(await forget('2025-11-03T08:05:00-05:00')).toBe(0)
    expect(await forget('2025-11-04T00:00:00-05:00')).toBe(2)
    expect(await forget('2025-11-04T00:00:00-05:00')).toBe(2)
    expect(await forget('2025-11-04T00:00:00-05:00')).toBe(0)
  })
})
