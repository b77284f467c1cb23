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
beforeEach(() => world.clear('state.online_order', 'state.online_order_line', 'ops.clock'))
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
      { origin: 'contract', reason: 'schema_violation', error: 'order_id must not be missing with order_paid' },
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

describe('the lines of an online order', () => {
  const line = (
    event_type: EventOf<'online_order_lines'>['event_type'],
    quantity: string,
    change: Partial<EventOf<'online_order_lines'>> = {},
  ): Logged => {
    number += 1
    const common = {
      source: 'test',
      schema_version: 1,
      store_id: 's1',
      order_id: 'o1',
      event_at: '2025-11-03T08:00:00-05:00',
    }
    return {
      event: { event_id: `line-${number}`, ...common, line_no: 1, product_id: 'tea', event_type, quantity, ...change },
      knownAtMs: Date.UTC(2025, 10, 4),
    }
  }
  const lines = [
    line('ordered', '5'),
    line('cancelled', '1'),
    line('picked', '2'),
    line('ordered', '3', { line_no: 2, product_id: 'milk' }),
    line('picked', '3', { line_no: 2, product_id: 'milk' }),
    line('returned', '1', { line_no: 2, product_id: 'milk' }),
    line('ordered', '4', { order_id: 'o2' }),
    line('ordered', '6', { order_id: 'o3' }),
    line('ordered', '7', { order_id: 'not created yet' }),
  ]
  const reserved = async () =>
    (
      await world.pool.query(
        'select product_id, reserved::float, orders::integer from state.online_reserved order by 1',
      )
    ).rows

  test('reserve what is neither picked nor cancelled, of orders that are neither cancelled nor on their way', async () => {
    await world.consume({ online_order_lines: [lines] })
    expect(await reserved()).toEqual([{ product_id: 'tea', reserved: 19, orders: 4 }])
    await world.consume({
      customer_events: [
        [told('order_cancelled', '09:00', { order_id: 'o2' }), told('order_shipped', '09:00', { order_id: 'o3' })],
      ],
    })
    expect(await reserved()).toEqual([{ product_id: 'tea', reserved: 9, orders: 2 }])
  })

  test('are the same rows in whatever order they arrive, with copies', async () => {
    const rows = async () =>
      (await world.pool.query('select * from state.online_order_line order by 1, 2, 3, 4')).rows.map(
        ({ updated_at, ...row }) => row,
      )
    await world.consume({ online_order_lines: [lines] })
    const first = await rows()
    expect(first).toHaveLength(5)
    for (let seed = 1; seed <= 5; seed += 1) {
      await world.clear('state.online_order_line')
      const random = seeded(seed)
      const log = shuffled([...lines, ...lines.slice(0, 4)], random)
      await world.consume({ online_order_lines: [log] }, () => 1 + below(random, 4))
      expect(await rows()).toEqual(first)
    }
  })
})
