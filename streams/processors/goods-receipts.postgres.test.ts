import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { EventOf } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createDirectWorld, type DirectWorld } from '../simulation/direct.ts'
import type { Logged } from '../simulation/log.ts'
import { shuffled } from '../testing/shelves.ts'
import { goodsReceipts } from './goods-receipts.ts'
import { warehouseState } from './warehouse-state.ts'

let world: DirectWorld
beforeAll(async () => {
  world = await createDirectWorld(goodsReceipts, warehouseState)
  await rows(`insert into ref.stores values ('s1', 'One', 'east', 'America/New_York', 'US', 'USD', now())`)
  await rows(
    `insert into ref.suppliers
       (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     select id, id, adapter, '{1}', '16:00', 'UTC', 2, 'GBP', now()
     from (values ('acme', 'file'), ('simulated', 'simulator')) as supplier (id, adapter)`,
  )
})
beforeEach(async () => {
  await clear()
  await world.clear('ref.goods_in', 'state.warehouse')
  await order('PO-1', 'acme', 'w1')
  await order('PO-2', 'simulated', 'w1')
  await order('PO-3', 'acme', 's1')
})
afterAll(() => world?.close())

const rows = async (text: string, ...values: unknown[]) => (await world.pool.query(text, values)).rows

async function clear(): Promise<void> {
  await world.clear('ops.goods_receipt', 'ops.outbox')
  await rows('delete from ops.purchase_order')
}

/** Twenty-four tea and twelve milk, sent at noon. */
async function order(id: string, supplier: string, location: string): Promise<void> {
  await rows(
    `insert into ops.purchase_order
       (purchase_order_id, supplier_id, location_id, review_date, status, currency, total_value, expected_on, created_at, updated_at, sent_at)
     values ($1, $2, $3, '2026-11-02', 'sent', 'GBP', 36, '2026-11-04', now(), now(), '2026-11-02T12:00:00Z')`,
    id,
    supplier,
    location,
  )
  await rows(
    `insert into ops.purchase_order_line (purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation)
     values ($1, 1, 'tea', 24, 24, 1, '{}'), ($1, 2, 'milk', 12, 12, 1, '{}')`,
    id,
  )
}

type Shipment = EventOf<'supplier_shipments'>
let number = 0
const shipped = (status: Shipment['status'], quantity: string, change: Partial<Shipment> = {}): Logged => {
  number += 1
  const event: Shipment = {
    event_id: `e${number}`,
    source: 'test',
    schema_version: 1,
    event_at: '2026-11-04T06:00:00+00:00',
    store_id: 'w1',
    shipment_id: `ship-${number}`,
    supplier_id: 'acme',
    purchase_order_id: 'PO-1',
    product_id: 'tea',
    status,
    quantity,
    ...change,
  }
  return { event, knownAtMs: Date.parse(event.event_at) }
}

/** As a log of their own. */
async function consume(...messages: Logged[]): Promise<void> {
  await rows('delete from ops.stream_offsets')
  await world.consume({ supplier_shipments: [messages] })
}
const lines = (id = 'PO-1') =>
  rows(
    `select product_id, received_quantity::float8 as received, damaged_quantity::float8 as damaged,
       cancelled_quantity::float8 as cancelled
     from ops.purchase_order_line where purchase_order_id = $1 order by line_no`,
    id,
  )
const emitted = (topic: string) =>
  rows('select key, payload from ops.outbox where topic = $1 order by outbox_id', topic)

test('what arrives is counted on its line, published, and taken into stock once as a lot', async () => {
  const delivery = shipped('delivered', '18', { damaged_quantity: '6', batch_id: 'lot-1', expires_on: '2026-12-24' })
  await consume(shipped('announced', '24'), delivery, delivery)
  expect(await world.outcomes()).toMatchObject({ consumed: 3, applied: 2, duplicate: 1 })
  expect(await lines()).toEqual([
    { product_id: 'tea', received: 18, damaged: 6, cancelled: 0 },
    { product_id: 'milk', received: 0, damaged: 0, cancelled: 0 },
  ])
  const orders = await emitted('purchase_orders')
  expect(orders.at(-1)).toMatchObject({ key: 'PO-1', payload: { revision: 2, status: 'sent' } })
  expect(orders.at(-1)!.payload.lines[0]).toMatchObject({ received_quantity: '18', damaged_quantity: '6' })
  const goods = await emitted('warehouse_events')
  expect(goods).toHaveLength(1)
  expect(goods[0]).toMatchObject({
    key: 'w1',
    payload: { direction: 'in', reason: 'receipt', quantity: '12', batch_id: 'lot-1', expires_on: '2026-12-24' },
  })
  // The processor of warehouses takes it as it is.
  await world.consume({ warehouse_events: [[{ event: goods[0]!.payload, knownAtMs: Date.now() }]] })
  expect(await rows('select product_id, on_hand::int from state.warehouse')).toEqual([
    { product_id: 'tea', on_hand: 12 },
  ])
  expect(await rows('select from ops.dead_letters')).toEqual([])
})

test('a store without a warehouse gets stock, in its own time', async () => {
  const to = { purchase_order_id: 'PO-3', store_id: 's1', event_at: '2026-11-04T06:00:00-05:00' }
  await consume(shipped('delivered', '24', to))
  expect(await emitted('warehouse_events')).toEqual([])
  expect((await emitted('inventory_updates'))[0]!.payload).toMatchObject({
    store_id: 's1',
    product_id: 'tea',
    reason: 'delivery',
    quantity_change: '24',
    event_at: to.event_at,
  })
})

test('goods that the location reports itself are not taken in a second time', async () => {
  await consume(shipped('delivered', '24', { purchase_order_id: 'PO-2', supplier_id: 'simulated' }))
  expect(await lines('PO-2')).toMatchObject([{ received: 24 }, {}])
  await rows(`insert into ref.goods_in values ('w1', 'location', 'test')`)
  await consume(shipped('delivered', '24'))
  expect(await emitted('warehouse_events')).toEqual([])
  await rows(`update ref.goods_in set told_by = 'receipt'`)
  await consume(shipped('delivered', '12', { purchase_order_id: 'PO-2', supplier_id: 'simulated', product_id: 'milk' }))
  expect(await emitted('warehouse_events')).toHaveLength(1)
  expect(await rows('select count(*)::int as n from ops.goods_receipt where stock_event_id is not null')).toEqual([
    { n: 1 },
  ])
})

test('the order of messages and how they are cut make no difference', async () => {
  const told = [
    shipped('announced', '24'),
    shipped('shipped', '24'),
    shipped('delivered', '10'),
    shipped('delivered', '4', { damaged_quantity: '4' }),
    shipped('cancelled', '6'),
    shipped('cancelled', '12', { product_id: 'milk' }),
    shipped('delivered', '3', { product_id: 'jam' }),
  ]
  for (let seed = 1; seed <= 5; seed += 1) {
    await clear()
    await order('PO-1', 'acme', 'w1')
    const random = seeded(seed)
    await world.consume({ supplier_shipments: [shuffled(told, random)] }, () => 1 + Math.floor(random() * 3))
    expect(await lines()).toEqual([
      { product_id: 'tea', received: 14, damaged: 4, cancelled: 6 },
      { product_id: 'milk', received: 0, damaged: 0, cancelled: 12 },
    ])
    expect(await rows('select line_no from ops.goods_receipt where product_id = $1', 'jam')).toEqual([
      { line_no: null },
    ])
  }
})

test('messages that are not about orders change nothing; orders that should be ours and are not become dead letters', async () => {
  await consume(
    shipped('delivered', '24', { purchase_order_id: null }),
    shipped('delivered', '24', { purchase_order_id: 'supply-7' }),
    shipped('delivered', '24', { purchase_order_id: 'PO-none' }),
    shipped('delivered', '24', { damaged_quantity: '25' }),
  )
  expect(await world.outcomes()).toMatchObject({ consumed: 4, applied: 2, dead: 2 })
  expect(await rows('select from ops.goods_receipt')).toEqual([])
  expect(await emitted('warehouse_events')).toEqual([])
  const letters = await rows('select error from ops.dead_letters order by letter_id')
  expect(letters.map(({ error }) => error).join()).toMatch(/purchase_order_id.*no_more_is_damaged_than_came/s)
})

test('lead times, fill and damage follow from the deliveries', async () => {
  await consume(
    shipped('delivered', '24', { event_at: '2026-11-05T12:00:00+00:00', damaged_quantity: '6' }),
    shipped('delivered', '6', { product_id: 'milk' }),
    shipped('cancelled', '6', { product_id: 'milk' }),
  )
  await rows(`insert into ops.clock values (true, '2026-11-10T00:00:00Z', 1, 'test', 1)`)
  try {
    expect(
      await rows(`select * from ops.supplier_performance where supplier_id = 'acme' and location_id = 'w1'`),
    ).toMatchObject([
      {
        settled_lines: 2,
        fill: '0.8333',
        damaged: '0.2000',
        deliveries: 2,
        on_time: '0.5000',
        lead_time_mean_days: '2.375',
        lead_time_p50_days: '2.375',
      },
    ])
    const taken = await rows('select lead_time_days::float8 as days, days_late from ops.supplier_lead_time order by 1')
    expect(taken).toEqual([
      { days: 1.75, days_late: 0 },
      { days: 3, days_late: 1 },
    ])
  } finally {
    await rows('delete from ops.clock')
  }
})

test('a lot is catalogued with all that came of it', async () => {
  const lot = { batch_id: 'L7', expires_on: '2026-11-20' }
  await consume(shipped('announced', '24', lot), shipped('delivered', '10', lot))
  await consume(
    shipped('delivered', '14', { ...lot, damaged_quantity: '2' }),
    shipped('delivered', '6', { product_id: 'milk' }),
  )
  expect(await emitted('batch_catalog')).toMatchObject([
    {
      key: 'w1/tea/L7',
      payload: { batch_id: 'L7', supplier_id: 'acme', received_quantity: '10', expires_on: '2026-11-20' },
    },
    { key: 'w1/tea/L7', payload: { purchase_order_id: 'PO-1', received_quantity: '22' } },
    { key: expect.stringMatching(/^w1\/milk\/ship-/), payload: { product_id: 'milk', received_quantity: '6' } },
  ])
})
