import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EventOf } from '../../contracts/topics.ts'
import { seeded } from '../../models/statistics/random.ts'
import { createDirectWorld, type DirectWorld, type Log } from '../simulation/direct.ts'
import type { Logged } from '../simulation/log.ts'
import { below, pick } from '../simulation/random.ts'
import { shuffled } from '../testing/shelves.ts'
import { enrichedSales } from './enriched-sales.ts'
import { salesState } from './sales-state.ts'

let world: DirectWorld
beforeAll(async () => {
  world = await createDirectWorld(enrichedSales, salesState)
})
const clear = () =>
  world.clear('state.sale_line', 'state.price', 'state.stock_movement', 'state.stock', 'state.sales_day')
beforeEach(clear)
afterAll(() => world.close())

const DAY = '2025-11-03'
const common = (event_id: string, time: string) => ({
  event_id,
  source: 'test',
  schema_version: 1,
  store_id: 's1',
  product_id: 'tea',
  event_at: `${DAY}T${time}-05:00`,
})
const logged = (event: object): Logged => ({ event, knownAtMs: Date.UTC(2025, 10, 4) })

const sale = (time: string, quantity: string, unit_price: string, change: Partial<EventOf<'pos_transactions'>> = {}) =>
  logged({
    ...common(`sale-${time}`, time),
    transaction_id: `t-${time}`,
    line_no: 1,
    quantity,
    unit_price,
    discount: '0',
    payment_method: 'card',
    ...change,
  })
const price = (time: string, new_price: string, reason: string, change: Partial<EventOf<'price_changes'>> = {}) =>
  logged({ ...common(`price-${time}`, time), new_price, reason, ...change })
const movement = (time: string, quantity_change: string, change: Partial<EventOf<'inventory_updates'>> = {}) =>
  logged({
    ...common(`movement-${time}`, time),
    inventory_id: 'i1',
    quantity_change,
    new_quantity: '0',
    reason: 'delivery',
    ...change,
  })

const sales = [
  sale('08:00:00', '1', '3.00'),
  sale('09:00:00', '2', '3.00'),
  sale('10:30:00', '1', '3.00', { discount: '0.50' }),
  sale('11:00:00', '1', '3.00'),
  sale('11:30:00', '1', '2.80'),
  sale('11:45:00', '-1', '2.80'),
  sale('13:00:00', '2', '3.20', { net_amount: '6.50' }),
]
const prices = [
  price('08:30:00', '3.00', 'regular'),
  price('10:00:00', '2.50', 'promotion', { promotion_id: 'tea-week' }),
  price('12:00:00', '3.20', 'regular'),
]
const movements = [
  movement('07:00:00', '20'),
  movement('11:00:00', '5'),
  movement('12:30:00', '-1', { reason: 'waste' }),
  movement('13:00:00', '-2', { reason: 'sale', event_id: 'movement-of-a-sale' }),
]

async function lines(): Promise<unknown[]> {
  const { rows } = await world.pool.query(
    `select to_char(sold_at at time zone interval '-05:00', 'HH24:MI') as at, price::float, list_price::float as list,
       price_reduction::float as reduction, list_price_deviation::float as deviation, is_price_mismatch as mismatch,
       stock_before::float as stock
     from state.enriched_sale order by sold_at`,
  )
  return rows
}

describe('a sale line', () => {
  test('meets the price, the discount and the stock of its moment', async () => {
    await world.consume({ pos_transactions: [sales], price_changes: [prices], inventory_updates: [movements] })
    expect(await lines()).toEqual([
      { at: '08:00', price: null, list: null, reduction: null, deviation: null, mismatch: null, stock: 20 },
      { at: '09:00', price: 3, list: 3, reduction: 0, deviation: 0, mismatch: false, stock: 19 },
      { at: '10:30', price: 2.5, list: 3, reduction: 0.5, deviation: 0, mismatch: false, stock: 17 },
      // The till did not know of the promotion.
      { at: '11:00', price: 2.5, list: 3, reduction: 0.5, deviation: 0, mismatch: true, stock: 21 },
      // A price that was not set.
      { at: '11:30', price: 2.5, list: 3, reduction: 0.5, deviation: -0.2, mismatch: true, stock: 20 },
      { at: '11:45', price: 2.5, list: 3, reduction: 0.5, deviation: -0.2, mismatch: null, stock: 19 },
      { at: '13:00', price: 3.2, list: 3.2, reduction: 0, deviation: 0, mismatch: true, stock: 19 },
    ])
  })

  test('meets a price that arrives after it, up to the next price', async () => {
    await world.consume({ pos_transactions: [sales], price_changes: [[prices[0]!, prices[2]!]] })
    const before = (await lines()) as { at: string; price: number }[]
    expect(before.map((line) => line.price)).toEqual([null, 3, 3, 3, 3, 3, 3.2])
    await world.consume({ price_changes: [[], [prices[1]!]] })
    const after = (await lines()) as { at: string; price: number }[]
    expect(after.map((line) => line.price)).toEqual([null, 3, 2.5, 2.5, 2.5, 2.5, 3.2])
  })

  test('has a margin once a supplier’s terms or a purchase order gave the cost', async () => {
    const { pool } = world
    const version = "'2025-01-01 00:00+00'"
    await world.consume({ pos_transactions: [sales] })
    const { rows: unknown } = await pool.query('select distinct margin from state.enriched_sale')
    expect(unknown).toEqual([{ margin: null }])
    await pool.query(`insert into ref.supply_terms
        (terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
      values ('*/tea/b', null, 'tea', 'b', 0.5, 1, 1, now()), ('*/tea/c', null, 'tea', 'c', 0.4, 1, 2, now()),
        ('w1/tea/b', 'w1', 'tea', 'b', 0.3, 1, 1, now())`)
    const costs = () => pool.query('select distinct unit_cost::float as cost from state.enriched_sale')
    expect((await costs()).rows).toEqual([{ cost: 0.5 }])
    await pool.query(`insert into ref.supply_terms
        (terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
      values ('s1/tea/c', 's1', 'tea', 'c', 0.6, 1, 2, now())`)
    expect((await costs()).rows).toEqual([{ cost: 0.6 }])
    await pool.query(`insert into analytics.dim_product (product_key, product_id, name, valid_from, valid_to, is_current)
      values (analytics.dimension_key('tea', ${version}), 'tea', 'Tea', ${version}, '9999-12-31 00:00+00', true)`)
    await pool.query(`select analytics.ensure_partitions('2025-10-01', '2025-11-30')`)
    await pool.query(`insert into analytics.fact_purchase_order
        (order_date, purchase_order_id, line_no, supplier_key, store_key, product_key, status, ordered_quantity, unit_cost)
      select date, date::text, 1, 1, 1, product_key, 'received', 10, cost
      from analytics.dim_product, (values (date '2025-10-01', 1.00), ('2025-11-01', 1.25), ('2025-11-09', 9.00)) as told (date, cost)
      where product_id = 'tea'`)
    const { rows } = await pool.query('select margin::float from state.enriched_sale order by sold_at')
    expect(rows.map(({ margin }) => margin)).toEqual([1.75, 3.5, 1.25, 1.75, 1.55, -1.55, 4])
  })

  test('does not depend on the order in which events arrive, nor on copies and cuts', async () => {
    const random = seeded(7)
    const time = () =>
      `${String(8 + below(random, 12)).padStart(2, '0')}:${String(below(random, 60)).padStart(2, '0')}:00`
    const own = (number: number) => ({ event_id: `e-${number}`, product_id: `product-${below(random, 3)}` })
    const cents = () => (below(random, 500) / 100).toFixed(2)
    const reasons = ['regular', 'promotion', 'markdown', 'correction']
    const log = {
      pos_transactions: Array.from({ length: 150 }, (_, n) => sale(time(), `${below(random, 4)}`, cents(), own(n))),
      price_changes: Array.from({ length: 40 }, (_, n) => price(time(), cents(), pick(random, reasons), own(n))),
      inventory_updates: Array.from({ length: 40 }, (_, n) => movement(time(), `${below(random, 9)}`, own(n))),
    }
    const arrange = (order: (events: Logged[]) => Logged[]): Log =>
      Object.fromEntries(Object.entries(log).map(([topic, events]) => [topic, [order(events)]]))
    const rows = async () =>
      (await world.pool.query('select * from state.enriched_sale')).rows.map((row) => JSON.stringify(row)).toSorted()
    await world.consume(arrange((events) => events))
    const first = await rows()
    expect(first).toHaveLength(150)
    for (const seed of [1, 2, 3]) {
      await clear()
      const own = seeded(seed)
      await world.consume(
        arrange((events) => shuffled([...events, ...events.slice(0, 20)], own)),
        () => 1 + below(own, 40),
      )
      expect(await rows()).toEqual(first)
      expect(await world.outcomes()).toEqual({ consumed: 290, applied: 230, duplicate: 60, late: 0, dead: 0 })
    }
  })
})

describe('lines and prices', () => {
  test('are kept for some days behind the watermark, but never the price in force', async () => {
    const { pool } = world
    await world.consume({ pos_transactions: [sales], price_changes: [prices], inventory_updates: [movements] })
    const prune = async (asOf: string) => {
      const { rows } = await pool.query('select * from ops.prune_windows($1, 100) where forgotten > 0', [asOf])
      return Object.fromEntries(rows.map(({ relation, forgotten }) => [relation, forgotten]))
    }
    const frontier = '2025-11-20T12:00:00Z'
    expect(await prune(frontier)).toEqual({})
    await pool.query("insert into ops.stream_watermark values ('sales_windows', 'pos_transactions', 0, $1, $1)", [
      frontier,
    ])
    // The day before and the day after belong to it: the day of a store lies on three days of UTC.
    expect(await prune(frontier)).toEqual({ sale_line: 3, stock_movement: 3, price: 2 })
    expect(await prune(frontier)).toEqual({})
    const { rows } = await pool.query('select price::float from state.price')
    expect(rows).toEqual([{ price: 3.2 }])
    await world.consume({ pos_transactions: [[], [sale('14:00:00', '1', '3.20')]] })
    expect(await world.outcomes()).toMatchObject({ consumed: 15, late: 1, dead: 0 })
    expect(await lines()).toEqual([])
    await pool.query("delete from ops.stream_watermark where processor = 'sales_windows'")
  })
})
