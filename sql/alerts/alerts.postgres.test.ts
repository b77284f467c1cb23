import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes, NOON, seedShelf, seedWarehouse } from '../jobs/testing.ts'

let jobs: JobsDatabase
beforeEach(async () => {
  jobs = await createJobsDatabase()
})
afterEach(() => jobs?.close())

interface AlertRow {
  alert_type: string
  store_id: string
  product_id: string | null
  severity: string
  impact: string | null
  message: string
  status: string
  members: number
}

const alerts = (type: string, status = 'open') =>
  jobs.rows<AlertRow>(
    `select alert_type, store_id, product_id, severity, impact, message, status, members
     from ops.alert where alert_type = $1 and status = $2 order by alert_id`,
    [type, status],
  )

/** What a rule finds, without the alerts that are made of it. */
const causes = (rule: string, asOf = NOON) =>
  jobs.rows<{ product_id: string | null; opens: boolean; severity: string; impact: string | null; message: string }>(
    `select product_id, opens, severity, impact, message from ops.alert_${rule}($1) order by store_id, cause`,
    [asOf],
  )

const observe = (minute: number) => jobs.run('observe_alerts', minutes(minute))
const setShelf = (units: number, minute = 0) =>
  jobs.rows('update state.shelf set refilled = $1, last_sale_at = $2', [units, minutes(minute - 1)])

describe('observe_alerts', () => {
  test('opens one alert a cause, reports it once, and resolves it when its cause has been away for a while', async () => {
    await seedShelf(jobs, { onShelf: 0 })
    expect(await observe(0)).toBe(1)
    expect(await observe(1)).toBe(0)
    expect(await jobs.sent('restock_alerts')).toMatchObject([
      { alert_type: 'stock_out', severity: 'critical', product_id: 'tea', recommended_quantity: '20', store_id: 's1' },
    ])
    await setShelf(15, 2)
    expect(await observe(3)).toBe(0)
    expect(await alerts('stock_out')).toHaveLength(1)
    expect(await observe(7)).toBe(1)
    expect(await alerts('stock_out', 'resolved')).toHaveLength(1)
    await setShelf(0, 8)
    expect(await observe(8)).toBe(1)
    expect(await jobs.sent('restock_alerts')).toHaveLength(1)
  })

  test('keeps an alert while its cause hovers about the threshold, and opens none there', async () => {
    await seedShelf(jobs, { onShelf: 1 })
    await observe(0)
    expect(await alerts('stock_out')).toEqual([])
    await setShelf(0)
    await observe(1)
    await setShelf(1)
    await observe(20)
    await setShelf(0, 20)
    await observe(21)
    expect(await alerts('stock_out')).toHaveLength(1)
    expect(await alerts('stock_out', 'resolved')).toEqual([])
  })

  test('reports many causes in one store as one, until few are left', async () => {
    await seedShelf(jobs, { store: 's2', onShelf: 0 })
    for (let product = 0; product < 10; product += 1) await seedShelf(jobs, { product: `p${product}`, onShelf: 0 })
    await observe(0)
    const [, ...others] = await alerts('stock_out')
    expect(others).toHaveLength(10)
    await jobs.rows(`update ops.alert set status = 'acknowledged', status_by = 'maria' where product_id = 'p0'`)
    for (let product = 10; product < 30; product += 1) await seedShelf(jobs, { product: `p${product}`, onShelf: 0 })
    await jobs.sent('restock_alerts')
    await observe(1)
    expect(await alerts('stock_out')).toMatchObject([
      { store_id: 's2', product_id: 'tea', members: 1 },
      { store_id: 's1', product_id: null, members: 29, impact: '464.00', message: expect.stringMatching(/^29 causes/) },
    ])
    expect(await alerts('stock_out', 'acknowledged')).toHaveLength(1)
    expect(await jobs.sent('restock_alerts')).toHaveLength(1)
    await jobs.rows(`update state.shelf set refilled = 20 where store_id = 's1' and product_id > 'p13'`)
    await observe(2)
    await observe(8)
    const left = await alerts('stock_out')
    expect(left.filter(({ product_id }) => product_id === null)).toEqual([])
    expect(left.length).toBeGreaterThan(3)
  })

  test('opens no more at once than it is allowed to, the dearest first', async () => {
    for (let product = 0; product < 6; product += 1) {
      await seedShelf(jobs, { product: `p${product}`, onShelf: 0, perDay: product + 1 })
    }
    await jobs.run('observe_alerts', NOON, 2)
    expect(await alerts('stock_out')).toMatchObject([{ product_id: 'p5' }, { product_id: 'p4' }])
    await jobs.run('observe_alerts', minutes(1), 100)
    expect(await alerts('stock_out')).toHaveLength(6)
  })

  test('continues after a rule that fails, and leaves its alerts alone', async () => {
    await jobs.rows(
      `insert into ops.alert_rule (alert_type, position, topic, resolve_after, meaning)
       values ('no_such_rule', 1, 'alerts', '1 minute', 'test')`,
    )
    await seedShelf(jobs, { onShelf: 0 })
    expect(await observe(0)).toBe(1)
    expect(await jobs.rows('select alert_type from ops.alert_rule where last_error is not null')).toEqual([
      { alert_type: 'no_such_rule' },
    ])
  })
})

describe('an empty warehouse', () => {
  /** A shelf that is sold out, for which its warehouse had nothing to pick. */
  async function soldOut(store: string, product = 'tea'): Promise<void> {
    await seedShelf(jobs, { store, product, onShelf: 0 })
    await jobs.rows(
      `insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, is_short, planned_at)
       values ($1 || '/' || $2, $1, $2, 'w1', 20, 0, 20, true, $3)`,
      [store, product, minutes(-30)],
    )
  }
  const open = () =>
    jobs.rows<{ store_id: string; message: string }>(
      `select store_id, message, impact, ops.alert_currency(alert) as currency, evidence -> 'stores' as stores
       from ops.alert where alert_type = 'stock_out' and status <> 'resolved' order by store_id`,
    )

  test('is one cause for all stores that are sold out for it, until it has goods again', async () => {
    await soldOut('s1')
    await observe(0)
    expect(await open()).toMatchObject([{ store_id: 's1', message: 'Tea is sold out on shelf A1; the warehouse has none' }])
    await soldOut('s2')
    await observe(1)
    await observe(6)
    expect(await open()).toEqual([
      {
         store_id: 'w1', message: 'Tea is sold out in 2 stores; warehouse w1 has none' ,
         impact: '32.00', currency: 'USD', stores: ['s1', 's2'] ,
      },
    ])
    await jobs.rows(`update ops.restock_plan set status = 'picked'`)
    await observe(7)
    expect((await open()).map(({ store_id }) => store_id)).toEqual(['s1', 's2', 'w1'])
    await observe(12)
    expect(await open()).toMatchObject([
      { store_id: 's1', message: 'Tea is sold out on shelf A1; a refill is on its way' },
      { store_id: 's2' },
    ])
  })

  test('leaves the store an alert that a person there has taken', async () => {
    await soldOut('s1')
    await observe(0)
    await jobs.rows(`update ops.alert set status = 'acknowledged', status_by = 'maria'`)
    await soldOut('s2')
    await observe(10)
    expect((await open()).map(({ store_id }) => store_id)).toEqual(['s1', 's2'])
  })
})

describe('supplier plans', () => {
  const plan = (id: string, day: number, status = 'open', received = 0) =>
    jobs.rows(
      `insert into ops.supplier_plan (
         plan_id, warehouse_id, product_id, quantity, on_hand, reorder_point, order_up_to, received_before, received_quantity,
         status, planned_at, due_at, closed_at
       )
       values ($1, 'w1', 'tea', 240, 0, 100, 240, 0, $2, $3, $4, $4::timestamptz + interval '1 day',
         case when $3 <> 'open' then $4::timestamptz + interval '2 days' end)`,
      [id, received, status, minutes(day * 24 * 60)],
    )
  const overdue = (day: number) => causes('supplier_delay', minutes(day * 24 * 60))

  test('that do not come are reported from the day after they were due, until the goods are there', async () => {
    await seedShelf(jobs)
    await seedShelf(jobs, { store: 's2' })
    await plan('first', 0)
    expect(await overdue(1)).toEqual([])
    expect(await overdue(1.5)).toMatchObject([
      {
         product_id: 'tea', severity: 'warning', impact: '32.00', opens: true ,
        message: 'Tea for warehouse w1: 240 units were due on 2017-03-02 and have not arrived',
      },
    ])
    await seedWarehouse(jobs, { a: { units: 40 } })
    expect(await overdue(1.5)).toMatchObject([{ message: expect.stringContaining('200 units were due') }])
    await seedWarehouse(jobs, { b: { units: 200 } })
    expect(await overdue(1.5)).toEqual([])
  })

  test('that were written off are reported until what was planned instead has come', async () => {
    await seedShelf(jobs)
    await plan('first', 0, 'lapsed')
    await plan('second', 2)
    await jobs.run('observe_alerts', minutes(2 * 24 * 60))
    expect(await alerts('supplier_delay')).toMatchObject([
      {
         store_id: 'w1', severity: 'critical' ,
        message: 'Tea for warehouse w1: of 240 units due on 2017-03-02, 0 arrived; 240 more are due on 2017-03-04',
      },
    ])
    await jobs.rows(`update ops.supplier_plan set status = 'received', closed_at = due_at where plan_id = 'second'`)
    await plan('third', 4)
    await jobs.run('observe_alerts', minutes(4 * 24 * 60))
    expect(await alerts('supplier_delay', 'resolved')).toHaveLength(1)
  })
})

describe('the rules about shelves', () => {
  test('an empty shelf is no stock-out while the store is closed', async () => {
    await seedShelf(jobs, { onShelf: 0 })
    expect(await causes('stock_out', minutes(120))).toMatchObject([{ opens: false }])
    expect(await causes('stock_out')).toMatchObject([{ opens: true, impact: '16.00' }])
  })

  test('a shelf is low when it holds less than half of what it is restocked at', async () => {
    await seedShelf(jobs, { onShelf: 3 })
    await seedShelf(jobs, { product: 'milk', onShelf: 5 })
    expect(await causes('low_shelf')).toMatchObject([
      { product_id: 'milk', opens: false },
      { product_id: 'tea', opens: true, message: 'Tea: 3 left of 20 on shelf A1' },
    ])
  })

  test('a weight is compared with the count when nothing happened since', async () => {
    await seedShelf(jobs, { onShelf: 10 })
    await jobs.rows('update state.shelf set last_weight = 3, last_weight_at = $1', [minutes(-1)])
    expect(await causes('weight_discrepancy')).toMatchObject([
      { opens: true, severity: 'critical', impact: '8.00', message: 'Tea on shelf A1: 6 by weight, 10 by count' },
    ])
    await jobs.rows('update state.shelf set last_weight = 0')
    expect(await causes('weight_discrepancy')).toEqual([])
    await jobs.rows('update state.shelf set last_weight = 3, last_pick_at = $1', [minutes(0)])
    expect(await causes('weight_discrepancy')).toEqual([])
  })

  test('a scale that finds nothing where there should be something makes phantom stock', async () => {
    await seedShelf(jobs, { onShelf: 10 })
    await seedShelf(jobs, { product: 'milk', onShelf: 2 })
    await jobs.rows('update state.shelf set last_weight = 0.2, last_weight_at = $1', [minutes(-1)])
    expect(await causes('phantom_stock')).toMatchObject([
      { product_id: 'milk', opens: false },
      {
         product_id: 'tea', opens: true, impact: '16.00' ,
        message: 'Tea: shelf A1 should hold 10, but its scale measured it as empty at 2017-03-01 11:59',
      },
    ])
    // No one carries milk about for two hours before paying.
    expect(await causes('phantom_stock', minutes(120))).toMatchObject([{ product_id: 'milk', opens: true }, {}])
    await jobs.rows('update state.shelf set last_refill_at = $1', [minutes(0)])
    expect(await causes('phantom_stock')).toEqual([])
  })

  test('lots near their date count for what will be left over, past it for all of it', async () => {
    await seedShelf(jobs, { onShelf: 30, capacity: 30, perDay: 4 })
    await jobs.rows(
      `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, received_on, last_event_on)
       values ('s1', 'tea', 'past', 3, 0, '2017-02-28', '2017-02-01', '2017-02-01'),
         ('s1', 'tea', 'near', 20, 0, '2017-03-02', '2017-02-01', '2017-02-01'),
         ('s1', 'tea', 'far', 7, 0, '2017-04-02', '2017-02-01', '2017-02-01')`,
    )
    expect(await causes('expired_on_shelf')).toMatchObject([{ impact: '6.00', severity: 'critical' }])
    // One and a half days are left, at four a day.
    expect(await causes('near_expiry')).toMatchObject([{ impact: '28.00', opens: true }])
  })

  const lost = (customer: string, units: number) =>
    jobs.rows(
      `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at, lost, lost_at)
       values ('2017-03-01', 's1', 'tea', $1, $2, 0, $3, $3, $2, $3)`,
      [customer, units, minutes(-60)],
    )

  test('what was lost within a day adds up to shrinkage', async () => {
    await seedShelf(jobs)
    await lost('a', 2)
    expect(await causes('shrinkage')).toMatchObject([{ opens: false }])
    await lost('b', 1)
    expect(await causes('shrinkage')).toMatchObject([{ opens: true, impact: '6.00' }])
    expect(await causes('shrinkage', minutes(24 * 60))).toEqual([])
  })

  test('a shelf whose goods are paid and never picked up has a silent sensor, in a store whose shelves report', async () => {
    await seedShelf(jobs)
    await seedShelf(jobs, { product: 'milk' })
    await jobs.rows(`update state.shelf set last_pick_at = $1 where product_id = 'tea'`, [minutes(-300)])
    const paid = (customer: string) =>
      jobs.rows(
        `insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_event_at)
         values ('2017-03-01', 's1', 'tea', $1, 0, 1, $2)`,
        [customer, minutes(-60)],
      )
    await paid('a')
    await paid('b')
    expect(await causes('sensor_silent')).toMatchObject([{ opens: false }])
    await paid('c')
    expect(await causes('sensor_silent')).toMatchObject([{ opens: true, product_id: 'tea' }])
    await jobs.rows(`update state.shelf set last_pick_at = null where product_id = 'tea'`)
    expect(await causes('sensor_silent')).toMatchObject([{ opens: true }])
    await jobs.rows(`update state.shelf set last_pick_at = $1 where product_id = 'tea'`, [minutes(0)])
    expect(await causes('sensor_silent')).toEqual([])
  })
})

describe('the rules that rest on models', () => {
  const risk = (probability: number) =>
    jobs.rows(
      `insert into state.stock_out_risk values ('s1', 'tea', $1, 2.5, 6, 12, $2, $3, now())
       on conflict (store_id, product_id) do update set probability = excluded.probability`,
      [probability, minutes(600), minutes(-5)],
    )

  test('a risk opens above 80 %, holds above 70 %, and is nothing once the shelf is empty', async () => {
    await seedShelf(jobs, { onShelf: 8 })
    await risk(0.75)
    expect(await causes('stock_out_risk')).toEqual([])
    await risk(0.9)
    await observe(0)
    await risk(0.75)
    expect(await causes('stock_out_risk')).toMatchObject([{ opens: false }])
    await risk(0.9)
    expect(await causes('stock_out_risk')).toMatchObject([{ opens: true, impact: '12.00', severity: 'warning' }])
    await setShelf(0)
    expect(await causes('stock_out_risk')).toEqual([])
  })

  test('goods that do not sell are counted, once; a count, or a sale, ends the task', async () => {
    await seedShelf(jobs, { onShelf: 8 })
    await jobs.rows(
      `insert into state.availability values ('s1', 'tea', $1, 0.04, 3, 4, false, 5, 6.2, '{"traffic": 0}')`,
      [minutes(-60)],
    )
    await jobs.rows('update state.shelf set last_sale_at = $1', [minutes(10)])
    expect(await causes('phantom_stock', minutes(20))).toEqual([])
    await jobs.rows('update state.shelf set last_sale_at = $1, last_pick_at = $1', [minutes(-300)])
    await jobs.rows('update state.shelf set last_weight = 2, last_weight_at = $1', [minutes(-30)])
    expect(await causes('phantom_stock')).toEqual([])
    await jobs.rows('update state.shelf set last_weight = 1')
    await jobs.rows(
      `insert into state.demand_profile values ('s1', 'tea', '2017-03-01', 'drinks', 1, 8, 0, 2, array_fill(0.5::real, array[24]), 1, 1)`,
    )
    // What a single day has taught is no expectation.
    expect(await causes('phantom_stock')).toMatchObject([{ opens: false }])
    await jobs.rows(`update state.demand_profile set days = 2, profile_date = '2017-03-02'`)
    expect(await causes('phantom_stock')).toMatchObject([{ opens: false }])
    await jobs.rows(`update state.demand_profile set profile_date = '2017-03-01'`)
    // Nor is an hour in which the store sold nothing at all.
    expect(await causes('phantom_stock')).toMatchObject([{ opens: false }])
    await jobs.rows(`update state.availability set evidence = '{"traffic": 0.8}'`)
    await observe(0)
    await observe(1)
    expect(await alerts('phantom_stock')).toMatchObject([
      {
         severity: 'warning', impact: '16.00' ,
        message: 'Tea: shelf A1 should hold 8, but nothing has sold since 2017-03-01 07:00; 6.2 sales were expected',
      },
    ])
    const tasks = 'select expected, outcome from ops.cycle_count'
    expect(await jobs.rows(tasks)).toEqual([{ expected: '8', outcome: null }])
    await jobs.rows('update state.shelf set corrected = -8')
    await observe(5)
    expect(await jobs.rows(tasks)).toEqual([{ expected: '8', outcome: 'counted' }])
    await observe(63)
    expect(await alerts('phantom_stock')).toEqual([])
    expect(await jobs.rows(tasks)).toHaveLength(1)
  })
})

describe('the rules about prices and orders', () => {
  test('a till that still rings up yesterday’s price', async () => {
    await jobs.rows(
      `insert into state.price values ('s1', 'tea', '2017-02-01', 'a', 3, 'regular'), ('s1', 'tea', $1, 'b', 2, 'regular')`,
      [minutes(-30)],
    )
    await jobs.rows(`select state.ensure_days('{sale_line}', '{2017-03-01}')`)
    const line = (id: number, price: number) =>
      jobs.rows(
        `insert into state.sale_line (sale_date, event_key, store_id, product_id, sold_at, transaction_id, line_no, quantity, unit_price, discount, net_amount)
         values ('2017-03-01', gen_random_uuid(), 's1', 'tea', $1, 't', $2, 2, $3::numeric, 0, 2 * $3::numeric)`,
        [minutes(-id), id, price],
      )
    await line(1, 2)
    await line(2, 3)
    expect(await causes('price_mismatch')).toMatchObject([{ opens: false }])
    // A customer may have been on the way to the till when the price changed, but not for an hour.
    await jobs.rows(`update state.price set valid_from = valid_from - interval '1 hour' where event_id = 'b'`)
    expect(await causes('price_mismatch')).toMatchObject([{ opens: true }])
    await jobs.rows(`update state.price set valid_from = valid_from + interval '1 hour' where event_id = 'b'`)
    await line(3, 3)
    expect(await causes('price_mismatch')).toMatchObject([
      { opens: true, severity: 'critical', impact: '4.00', message: 'Tea is sold at 3; the price has been 2 since 2017-03-01 11:30' },
    ])
    expect(await causes('price_mismatch', minutes(25))).toEqual([])
  })

  test('an order that was promised for a time that has passed', async () => {
    await jobs.rows(
      `insert into state.online_order (store_id, order_id, customer_id, packed_at, promised_at, last_event_at)
       values ('s1', 'o1', 'c', $1, $1, $1)`,
      [minutes(-10)],
    )
    expect(await causes('order_overdue')).toMatchObject([
      { opens: true, message: 'Order o1 was promised for 2017-03-01 11:50 and is packed' },
    ])
    expect(await causes('order_overdue', minutes(-20))).toEqual([])
  })
})

describe('the rules about silence and unusual hours', () => {
  /** Thirty transactions an hour from eight to eight, for four weeks; then the hours of the day as given. */
  async function seedHours(today: readonly number[]): Promise<void> {
    await jobs.rows(`select state.ensure_days('{sales_hour,sales_window}', array(
      select date '2017-03-01' - day from generate_series(0, 35) as day))`)
    const insert = (from: string) =>
      `insert into state.sales_hour
       select 's1', '', hour at time zone 'America/New_York', hour, n, 2 * n, 0, 0, n, n, 0, 0 from ${from}`
    await jobs.rows(
      insert(`(select hour, 28 + (extract(day from hour)::int % 5) as n
        from generate_series(timestamp '2017-02-01', '2017-02-28 23:00', '1 hour') as hour
        where extract(hour from hour) between 8 and 19) as past`),
    )
    await jobs.rows(
      insert(`(select timestamp '2017-03-01 08:00' + (position - 1) * interval '1 hour' as hour, n
        from unnest($1::int[]) with ordinality as given (n, position)) as today`),
      [today],
    )
  }
  const window = (minute: number, transactions: number, entries: number) =>
    jobs.rows(
      `insert into state.sales_window (store_id, product_id, window_start, local_start, units, revenue, returned_units, returned_revenue, lines, transaction_keys, entries, exits)
       values ('s1', '', $1, $1::timestamptz at time zone 'America/New_York', $2::int, $2::int, 0, 0, $2::int, array(select generate_series(1, $2::int)), $3, 0)`,
      [minutes(minute), transactions, entries],
    )

  test('a till is silent when people come and no one pays for long', async () => {
    await seedHours([30, 30, 30, 30])
    await window(-25, 3, 5)
    await window(-10, 0, 5)
    expect(await causes('till_silent', minutes(-10))).toMatchObject([])
    expect(await causes('till_silent')).toMatchObject([{ opens: true, severity: 'critical', message: expect.stringMatching(/^No sale since 11:40; 10 /) }])
    expect(await causes('store_missing')).toEqual([])
  })

  test('a store that is closed by its opening hours is not missing', async () => {
    await seedHours([30, 30, 30, 30])
    const hours = (from: string | null, to: string | null) =>
      jobs.rows(
        `insert into ref.opening_hours (store_id, open_on, opens_at, closes_at, is_removed, recorded_at)
         values ('s1', '2017-03-01', $1, $2, false, now())
         on conflict (store_id, open_on) do update set opens_at = excluded.opens_at, closes_at = excluded.closes_at`,
        [from, to],
      )
    const isOpen = async () => (await jobs.rows(`select ops.store_is_open('s1', '${minutes(0)}') as open`))[0]
    expect(await isOpen()).toEqual({ open: null })
    await hours('08:00', '20:00')
    expect(await isOpen()).toEqual({ open: true })
    await window(-25, 3, 5)
    expect(await causes('store_missing')).toMatchObject([{ opens: true }])
    await hours(null, null)
    expect(await isOpen()).toEqual({ open: false })
    expect(await causes('store_missing')).toEqual([])
    await hours('20:00', '12:30')
    expect(await isOpen()).toEqual({ open: false })
    // Those of the day before last until half past twelve.
    await jobs.rows(`insert into ref.opening_hours values ('s1', '2017-02-28', '20:00', '12:30', null, false, now())`)
    expect(await isOpen()).toEqual({ open: true })
    await jobs.rows('update ref.opening_hours set is_removed = true')
    expect(await isOpen()).toEqual({ open: null })
  })

  test('a lost device, and one of which nothing is known, open at once; one that was removed does not', async () => {
    const device = (id: string, status: string, at: number) =>
      jobs.rows(
        `insert into state.device (device_id, store_id, sensor, status, session_id, connected_at, status_at)
         values ($1, 's1', 'door', $2, 'a', $3, $3)`,
        [id, status, minutes(at)],
      )
    await device('lost', 'lost', -1)
    await device('unknown', 'alive', -16)
    await device('well', 'alive', -14)
    await device('ended', 'disconnected', -100)
    await device('removed', 'lost', -1)
    await jobs.rows(
      `insert into ref.device (device_id, store_id, source_ids, sensor, password_hash, changed_by)
       select id, 's1', '{doors}', 'door', sha256('x'), 'ann' from unnest('{lost,unknown,well,ended}'::text[]) as id`,
    )
    expect((await causes('sensor_silent')).map(({ message, opens }) => [message, opens]).sort()).toEqual([
      [expect.stringMatching(/^Device lost was lost at 11:59/), true],
      [expect.stringMatching(/^Nothing is known of device unknown since 11:44/), true],
    ])
  })

  test('a count at the doors as large as the column allows stops no rule', async () => {
    await seedHours([30, 30, 30, 30])
    await window(-25, 3, 2 ** 31 - 1)
    await jobs.rows('update state.sales_window set exits = 1')
    expect(await causes('store_missing')).toMatchObject([{ opens: true }])
    expect(await causes('sensor_silent')).toEqual([])
  })

  test('a store is missing when nothing at all comes, and not at night', async () => {
    await seedHours([30, 30, 30, 30])
    await window(-25, 3, 5)
    expect(await causes('store_missing')).toMatchObject([{ opens: true }])
    expect(await causes('till_silent')).toEqual([])
    // Eight in the evening to eight in the morning nothing is to be expected.
    await jobs.rows('delete from state.sales_window')
    await window(7 * 60 + 55, 3, 5)
    expect(await causes('store_missing', minutes(18 * 60))).toEqual([])
    expect(await causes('store_missing', minutes(20 * 60 + 30))).toMatchObject([{ opens: true }])
  })

  test('an hour is compared with the same hour of the same weekday, without itself and without incidents', async () => {
    await seedHours([30, 30, 60, 0])
    expect(await causes('sales_spike', minutes(-45))).toMatchObject([{ opens: true }])
    await jobs.rows(`select state.ensure_days('{sale_line}', '{2017-03-01}')`)
    await jobs.rows(
      `insert into state.sale_line
       values ('2017-03-01', gen_random_uuid(), 's1', 'tea', $1, 't', 1, 1, 1, 0, 1, null, true)`,
      [minutes(-90)],
    )
    expect(await causes('sales_spike', minutes(-45))).toMatchObject([{ opens: false }])
    expect(await causes('sales_drop', minutes(15))).toMatchObject([
      { opens: true, impact: expect.any(String), message: expect.stringMatching(/^0 transactions from 11:00 to 12:00; usually (29|30|31)/) },
    ])
    expect(await causes('sales_spike', minutes(15))).toEqual([])
    // A flood made the last four weeks' hours small; they are no measure then.
    await jobs.rows(`update state.sales_hour set transactions = 0 where local_start between '2017-02-15' and '2017-02-23'`)
    await jobs.rows(`insert into ops.incident (starts_at, ends_at, why, tagged_by)
      values ('2017-02-14', '2017-02-24', 'flood', 'maria')`)
    expect(await causes('sales_drop', minutes(15))).toEqual([])
  })

  test('days of promotions are no measure where three weeks without are left', async () => {
    await seedHours([30, 30, 30, 12])
    const usual = async () =>
      (await jobs.rows(`select usual::int, weeks from ops.unusual_hours('${minutes(15)}') where store_id = 's1'`))[0]
    await jobs.rows(
      `update state.sales_hour set transactions = 3 * transactions where local_start::date in ('2017-02-22', '2017-02-15')`,
    )
    expect(await usual()).toEqual({ usual: 59, weeks: 4 })
    const since = "'2017-01-01 00:00+00'"
    await jobs.rows(`insert into analytics.dim_store
        (store_key, store_id, name, region, country, currency, time_zone, valid_from, valid_to, is_current)
      values (analytics.dimension_key('s1', ${since}), 's1', 'One', 'East', 'US', 'USD', 'America/New_York', ${since},
        '9999-12-31 00:00+00', true)`)
    await jobs.rows(`select analytics.ensure_partitions('2017-02-01', '2017-02-28')`)
    const promoted = (date: string, share: number) =>
      jobs.rows(
        `insert into analytics.sales_by_store_day
         select $1, store_key, 1, 1, 1, 1, 100, 0, 100, $2, 0, 0, 0 from analytics.dim_store where store_id = 's1'`,
        [date, 100 * share],
      )
    await promoted('2017-02-22', 0.6)
    await promoted('2017-02-15', 0.4)
    expect(await usual()).toMatchObject({ weeks: 3 })
    await jobs.rows(`update analytics.sales_by_store_day set promoted_net_amount = 60`)
    expect(await usual()).toEqual({ usual: 59, weeks: 4 })
  })
})

describe('state_difference', () => {
  const checked = (run: number, different: number) =>
    jobs.rows(
      `with result as (
         insert into ops.check_results (run, check_name, asset, date, severity, passed, finding, failing_rows)
         values ($1, 'state_equals_recompute', 'data_quality', null, 'block', $2 = 0, $2 || ' of 100 rows differ', $2)
         returning run, check_name
       )
       insert into ops.check_failures (run, check_name, reason, failing_row)
       select run, check_name, 'differs', '{"row": "stock s1 × tea"}' from result where $2 > 0`,
      [run, different],
    )

  test('opens when the newest state check found rows that differ, with examples, and goes when one found none', async () => {
    expect(await causes('state_difference')).toEqual([])
    await checked(1, 0)
    await observe(0)
    expect(await alerts('state_difference')).toEqual([])
    await checked(2, 3)
    await observe(2)
    expect(await alerts('state_difference')).toMatchObject([
      { store_id: '*', product_id: null, severity: 'critical', impact: null, message: '3 of 100 rows differ' },
    ])
    expect(await jobs.rows(`select evidence ->> 'examples' as examples from ops.alert`)).toEqual([
      { examples: '[{"row": "stock s1 × tea"}]' },
    ])
    expect(await jobs.sent('alerts')).toMatchObject([{ alert_type: 'state_difference', store_id: '*' }])
    await checked(3, 0)
    await observe(4)
    expect(await alerts('state_difference', 'resolved')).toHaveLength(1)
  })
})
