import { afterAll, beforeAll, expect, test } from 'vitest'
import { DAY_MS } from '../../contracts/calendar.ts'
import { verifyState } from '../runtime/verify.ts'
import { movement, sale } from '../testing/events.ts'
import { createWorld, type World } from '../testing/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const today = () => new Date(Date.now() + 3 * DAY_MS).toISOString().replace('.000', '')

test('gives every message one outcome, keeps what can not be applied, and applies the rest of its batch', async () => {
  const { pool, topics } = world
  await pool.query(
    `insert into ops.partition_ledger
       (asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until, succeeded_run, succeeded_at)
     values ('cleansed/sales', '2017-03-02', 'succeeded', 1, 'w', 'r', 'scheduled', now(), now(), 1, now())`,
  )
  const sales = Array.from({ length: 300 }, (_, number) => sale(number))
  const copies = sales.slice(0, 30)
  const broken = [
    '{"event_id":',
    { ...sale(1_000), unit_price: '-1.00' },
    { ...sale(1_001), schema_version: 9 },
    { ...sale(1_002), event_at: today() },
    { ...sale(1_003), quantity: 3 },
  ]
  // PostgreSQL's text holds no NUL, also in a field that no one asked for: the contract lets it pass, the database doesn't.
  const poison = [
    { ...movement(2_000), note: 'a\u0000b' },
    { ...movement(2_001), note: '\u0000' },
  ]
  const mixed = [...sales.slice(0, 100), ...broken, ...sales.slice(100), ...copies]
  await topics.send('pos_transactions', mixed, 0)
  // An ERP pads its identifiers; the copies are sent without.
  const padded = ({ product_id, ...event }: ReturnType<typeof movement>) => ({
    ...event,
    product_id: `${product_id}  `,
  })
  const movements = Array.from({ length: 100 }, (_, number) => movement(number))
  await topics.send('inventory_updates', [
    ...movements.slice(0, 50).map(padded),
    ...poison,
    ...movements.slice(50),
    ...movements.slice(0, 10),
  ])

  const streams = await world.start(['sales_state', 'raw_sink'])
  const counters = await world.consumed('sales_state', mixed.length + 112)
  const late = sales.filter(({ event_at }) => event_at.startsWith('2017-03-02')).length
  expect(counters).toEqual({
    consumed: mixed.length + 112,
    applied: 300 - late + 100,
    duplicate: 30 + 10,
    late,
    dead: broken.length + poison.length,
  })
  const raw = await world.consumed('raw_sink', mixed.length + 112)
  expect(raw).toMatchObject({ applied: mixed.length + 112 - broken.length, dead: broken.length })

  const { rows } = await pool.query(
    'select origin, reason, count(*) as letters from ops.dead_letters group by 1, 2 order by 1, 2',
  )
  expect(rows).toEqual([
    { origin: 'contract', reason: 'future_event', letters: 1 },
    { origin: 'contract', reason: 'invalid_json', letters: 1 },
    { origin: 'contract', reason: 'negative_price', letters: 1 },
    { origin: 'contract', reason: 'schema_violation', letters: 1 },
    { origin: 'contract', reason: 'unknown_schema_version', letters: 1 },
    { origin: 'sales_state', reason: 'rejected_by_database', letters: 2 },
  ])
  await streams.stop()
})

test('keeps stock and sales that equal a recomputation from the raw lake', async () => {
  const verification = await verifyState(world.settings, world.pool)
  expect(verification).toMatchObject({ isEqual: true, examples: [], gaps: [] })
  const compared = verification.tables.filter(({ compared }) => compared > 20)
  expect(compared.map(({ table }) => table)).toEqual(['state.stock', 'state.sales_day'])
})

test('computes amounts and days exactly', async () => {
  const { pool, topics } = world
  const own = { store_id: 'exact', product_id: 'one', net_amount: null, discount: '0.05' }
  await topics.send('pos_transactions', [
    {
      ...sale(5_000),
      ...own,
      event_id: 'x1',
      quantity: '3',
      unit_price: '0.10',
      event_at: '2017-03-05T23:30:00-05:00',
    },
    {
      ...sale(5_001),
      ...own,
      event_id: 'x2',
      quantity: '-1',
      unit_price: '0.10',
      discount: '0',
      event_at: '2017-03-05T23:59:59.9-05:00',
    },
    {
      ...sale(5_002),
      ...own,
      event_id: 'x3',
      quantity: '0.125',
      unit_price: '7.99',
      event_at: '2017-03-06T00:00:00-05:00',
    },
  ])
  await topics.send('inventory_updates', [
    { ...movement(1), store_id: 'exact', product_id: 'one', event_id: 'm1', quantity_change: '10', reason: 'delivery' },
    { ...movement(2), store_id: 'exact', product_id: 'one', event_id: 'm2', quantity_change: '-3', reason: 'sale' },
  ])
  const before = await world.counters('sales_state')
  const streams = await world.start(['sales_state'])
  await world.consumed('sales_state', before.consumed + 5)
  const stock = await pool.query("select on_hand from state.stock where store_id = 'exact'")
  expect(Number(stock.rows[0].on_hand)).toBe(10 - 3 + 1 - 0.125)
  const days = await pool.query(
    "select sale_date, units, revenue, lines from state.sales_day where store_id = 'exact' order by 1",
  )
  expect(days.rows).toEqual([
    { sale_date: '2017-03-05', units: '2', revenue: '0.15', lines: 2 },
    { sale_date: '2017-03-06', units: '0.125', revenue: '0.95', lines: 1 },
  ])
  await streams.stop()
})
