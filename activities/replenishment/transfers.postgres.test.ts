import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '../../contracts/calendar.ts'
import { named } from '../../services/access/testing.ts'
import { approveTransfer, denyTransfer } from '../../services/replenishment/transfers.ts'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { draftOrder, openLocation } from './replenishment.ts'

const DATE = '2017-03-01'
const NOON = '2017-03-01T12:00:00Z'
const TRANSFER = 'TR-tea-s1-s2-20170301'
const still = () => undefined
const hours = (count: number) => new Date(Date.parse(NOON) + count * 3_600_000).toISOString()

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
})
afterAll(() => jobs?.close())
beforeEach(async () => {
  await jobs.asOwner(
    `truncate ref.suppliers, ref.supply_terms, ref.shelves, ref.transfer_lane, ref.approver, ref.goods_in, state.sales_rate,
       state.stock, state.warehouse, state.warehouse_lot, state.event_ids, ops.clock, ops.outbox, ops.purchase_order,
       ops.transfer_proposal, ops.replenishment_skip cascade`,
  )
  await setClock(NOON)
  await jobs.rows(
    `insert into ref.approver (person, role, location_id, changed_by) values ('ann', 'buyer', 's2', 'test')`,
  )
  await jobs.rows(
    `insert into ref.suppliers
       (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     values ('acme', 'Acme', 'simulator', '{1,2,3,4,5,6,7}', '23:00', 'UTC', 3, 'USD', now())`,
  )
  await seedTerms()
  await seedLane()
})

const setClock = (at: string) =>
  jobs.rows(
    `insert into ops.clock values (true, $1, 1, 'test', 1)
     on conflict (is_only) do update set simulated_now = excluded.simulated_now`,
    [at],
  )
const seedTerms = (shelfLifeDays: number | null = null) =>
  jobs.rows(
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, shelf_life_days, preference, recorded_at)
     values ('*/tea/acme', 'tea', 'acme', 1, 6, $1, 1, now())
     on conflict (terms_id) do update set shelf_life_days = excluded.shelf_life_days`,
    [shelfLifeDays],
  )
const seedLane = (perTransfer = 1, days = 1, from: string | null = null, to: string | null = null) =>
  jobs.rows(`insert into ref.transfer_lane values ($1, $2, $3, 0.01, $4, 'test')`, [from, to, perTransfer, days])

/** A store that no warehouse refills. */
async function seedStore(store: string, onHand: number, perDay = 8): Promise<void> {
  await jobs.rows(`insert into state.stock values ($1, 'tea', $2)`, [store, onHand])
  await jobs.rows(`insert into state.sales_rate values ($1, 'tea', '2017-03-01', $2, 2)`, [store, perDay])
}

async function plan(locationId: string, date = DATE): Promise<void> {
  for (const { supplierId } of await openLocation(jobs.pool, { date, locationId }, still)) {
    await draftOrder(jobs.pool, { date, locationId, supplier: supplierId }, still)
  }
}

interface ProposalRow {
  id: string
  state: string
  quantity: number
  shipped: number
}
const transfers = () =>
  jobs.rows<ProposalRow>(
    `select transfer_id as id, state, quantity::float8 as quantity, shipped_quantity::float8 as shipped
     from ops.transfer_proposal order by review_date, transfer_id`,
  )
const ordered = async (location: string) => {
  const rows = await jobs.rows<{ quantity: number; remarks: string[] }>(
    `select quantity::float8 as quantity, explanation -> 'remarks' as remarks
     from ops.purchase_order_line join ops.purchase_order using (purchase_order_id) where location_id = $1`,
    [location],
  )
  return {
    units: rows.reduce((sum, { quantity }) => sum + quantity, 0),
    remarks: rows.flatMap(({ remarks }) => remarks),
  }
}
const onOrder = () => jobs.rows(`select quantity::float8 as units from ops.on_order where location_id = 's2'`)
const forgetOrders = () => jobs.asOwner('truncate ops.purchase_order cascade')
const approve = (id = TRANSFER) => approveTransfer(jobs.pool, id, { by: named('ann') })
const move = (at: string) => jobs.run('move_transfers', at)
const onHand = async (store: string) =>
  (
    await jobs.rows<{ units: number }>(`select on_hand::float8 as units from state.stock where store_id = $1`, [store])
  )[0]!.units

/** What a store's events would do once they are back from Kafka; a copy of one changes nothing. */
async function apply(messages: Record<string, unknown>[]): Promise<void> {
  for (const { event_id, event_at, store_id, quantity_change } of messages) {
    const day = String(event_at).slice(0, 10)
    await jobs.rows('select state.ensure_event_id_months(array[$1::date])', [day])
    await jobs.rows(
      `with known as (
         insert into state.event_ids values ($1, state.event_key('inventory_updates', $2)) on conflict do nothing returning 1
       )
       update state.stock set on_hand = on_hand + $3 where store_id = $4 and exists (select from known)`,
      [day, event_id, quantity_change, store_id],
    )
  }
}

describe('a run', () => {
  test('proposes what one has too many of, and buys that much less', async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await plan('s2')
    const [transfer, ...others] = await transfers()
    expect(transfer).toMatchObject({ id: TRANSFER, state: 'proposed', shipped: 0 })
    expect(others).toEqual([])
    const withTransfer = await ordered('s2')
    await jobs.rows('delete from ops.transfer_proposal')
    await jobs.rows('delete from ref.transfer_lane')
    await forgetOrders()
    await plan('s2')
    const without = await ordered('s2')
    expect(transfer!.quantity).toBeGreaterThan(20)
    expect(without.units - withTransfer.units).toBeGreaterThan(0)
    expect(withTransfer.units + transfer!.quantity).toBeGreaterThanOrEqual(without.units)
  })

  test('names the transfer in the line that it cut', async () => {
    await seedStore('s1', 66)
    await seedStore('s2', 0)
    await plan('s2')
    const [{ quantity } = { quantity: 0 }] = await transfers()
    expect(quantity).toBeGreaterThan(0)
    expect((await ordered('s2')).remarks).toContain(
      `${quantity} of what is on order comes from s1 by transfer ${TRANSFER} (proposed) and need not be bought`,
    )
  })

  test.each([
    ['nobody has too many', 30, 0, 1],
    ['nobody needs any', 200, 200, 1],
    ['nobody has any', 0, 0, 1],
    ['moving costs more than it brings', 200, 0, 500],
    ['the supplier is as fast', 200, 0, 1, 3],
  ])('proposes nothing where %s', async (_, there, here, perTransfer, days = 1) => {
    await jobs.rows('delete from ref.transfer_lane')
    await seedLane(perTransfer, days)
    await seedStore('s1', there)
    await seedStore('s2', here)
    await plan('s2')
    await plan('s1')
    expect(await transfers()).toEqual([])
  })

  test('goes by the lane that is meant most closely, and without one proposes nothing', async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await seedLane(500, 1, 's1', 's2')
    await plan('s2')
    expect(await transfers()).toEqual([])
    await jobs.rows('delete from ref.transfer_lane where from_location_id is null')
    await plan('s2', '2017-03-02')
    await jobs.rows('delete from ref.transfer_lane')
    await plan('s2', '2017-03-03')
    expect(await transfers()).toEqual([])
  })

  test('thirty times makes one transfer, waiting or accepted', async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    for (let day = 0; day < 30; day += 1) {
      if (day === 15) await approve()
      const date = addDays(DATE, day)
      await plan('s2', date)
      await plan('s1', date)
    }
    expect(await transfers()).toHaveLength(1)
    expect((await ordered('s1')).units).toBe(0)
  })

  test('leaves a location what it needs itself, however many ask at once', async () => {
    await jobs.rows(`insert into ref.stores select id, id, 'east', 'UTC', 'US', 'USD', now()
      from unnest(array['s3', 's4', 's5']) as id on conflict do nothing`)
    await seedStore('s1', 110)
    for (const store of ['s2', 's3', 's4', 's5']) await seedStore(store, 0)
    const twice = ['s2', 's3', 's4', 's5', 's2', 's3', 's4', 's5', 's1']
    await Promise.all(twice.map((store) => plan(store)))
    const proposed = await transfers()
    expect(proposed.length).toBeGreaterThan(0)
    expect(new Set(proposed.map(({ id }) => id)).size).toBe(proposed.length)
    await plan('s1', '2017-03-02')
    expect((await ordered('s1')).units).toBe(0)
    const given = proposed.reduce((sum, { quantity }) => sum + quantity, 0)
    // Three days and a little until the supplier comes, one until the next order: four days' demand at least.
    expect(110 - given).toBeGreaterThan(8 * 4)
  })

  test('expires what was not approved until the next morning, and buys for a week', async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await plan('s2')
    const before = (await ordered('s2')).units
    await setClock(hours(21))
    await forgetOrders()
    await plan('s2', '2017-03-02')
    expect(await transfers()).toMatchObject([{ id: TRANSFER, state: 'expired' }])
    expect((await ordered('s2')).units).toBeGreaterThan(before)
    await expect(approve()).rejects.toThrow(
      `${TRANSFER} is expired: only a proposed transfer can be approved or denied`,
    )
    await forgetOrders()
    await setClock(hours(24 * 8))
    await plan('s2', '2017-03-09')
    expect(await transfers()).toMatchObject([{ state: 'expired' }, { state: 'proposed' }])
  })
})

describe('what people decide', () => {
  beforeEach(async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await plan('s2')
  })

  test('a denial has a reason, and the next run buys', async () => {
    await expect(denyTransfer(jobs.pool, TRANSFER, { by: named('ann'), reasonCode: 'mood' })).rejects.toThrow(
      'reasonCode "mood" is unknown: use one of event, forecast, other, price, promotion, quality, space, stock',
    )
    await denyTransfer(jobs.pool, TRANSFER, { by: named('ann'), reasonCode: 'stock', why: 'sold to a hotel' })
    expect(await jobs.rows('select state, decided_by, reason_code, reason from ops.transfer_proposal')).toEqual([
      { state: 'denied', decided_by: 'ann', reason_code: 'stock', reason: 'sold to a hotel' },
    ])
    const before = (await ordered('s2')).units
    await forgetOrders()
    await plan('s2', '2017-03-02')
    expect((await ordered('s2')).units).toBeGreaterThan(before)
    expect(await transfers()).toHaveLength(1)
    expect(await move(hours(1))).toBe(0)
  })

  test('is theirs who have a role where the goods come from or go to, and is decided once', async () => {
    await jobs.rows(
      `insert into ref.approver (person, role, location_id, changed_by) values ('cleo', 'buyer', 's9', 'test')`,
    )
    await expect(approveTransfer(jobs.pool, TRANSFER, { by: named('cleo') })).rejects.toThrow(
      'cleo has no role for s1 or s2',
    )
    const answers = await Promise.all([approve(), approve()])
    expect(answers.map(({ state }) => state)).toEqual(['approved', 'approved'])
    const late = denyTransfer(jobs.pool, TRANSFER, { by: named('ann'), reasonCode: 'stock' })
    await expect(late).rejects.toThrow(`${TRANSFER} is approved: only a proposed transfer can be approved or denied`)
    await expect(approve('TR-none')).rejects.toThrow('transfer "TR-none" does not exist')
  })
})

describe('an approved transfer', () => {
  test('leaves once and arrives once, whatever is run or sent again', async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await plan('s2')
    await forgetOrders()
    await approve()
    const [{ quantity } = { quantity: 0 }] = await transfers()
    // A run that is killed has moved nothing.
    const killed = await jobs.pool.connect()
    await killed.query('begin')
    await killed.query('select ops.move_transfers($1, 1000)', [hours(1)])
    await killed.query('rollback')
    killed.release()
    expect(await jobs.sent('inventory_updates')).toEqual([])
    await Promise.all([move(hours(1)), move(hours(1))])
    const out = await jobs.sent('inventory_updates')
    expect(out).toMatchObject([
      {
        store_id: 's1',
        product_id: 'tea',
        quantity_change: `-${quantity}`,
        new_quantity: `${200 - quantity}`,
        reason: 'transfer',
      },
    ])
    // It does not arrive before it has left, nor before its time.
    await move(hours(30))
    expect(await jobs.sent('inventory_updates')).toEqual([])
    await apply([...out, ...out])
    await move(hours(24))
    expect(await jobs.sent('inventory_updates')).toEqual([])
    await Promise.all([move(hours(25)), move(hours(25))])
    await move(hours(26))
    const arrived = await jobs.sent('inventory_updates')
    expect(arrived).toMatchObject([{ store_id: 's2', quantity_change: `${quantity}`, reason: 'transfer' }])
    expect(await transfers()).toMatchObject([{ state: 'shipped', shipped: quantity }])
    // Until its arrival is back from Kafka it is on order, so that it is not bought in between.
    expect(await onOrder()).toEqual([{ units: quantity }])
    await apply([...arrived, ...arrived])
    await move(hours(27))
    await move(hours(28))
    expect(await transfers()).toMatchObject([{ state: 'received' }])
    expect(await onOrder()).toEqual([])
    expect(await jobs.sent('inventory_updates')).toEqual([])
    expect([await onHand('s1'), await onHand('s2')]).toEqual([200 - quantity, quantity])
  })

  test('takes what is left, and with nothing left is cancelled', async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await plan('s2')
    await approve()
    await jobs.rows(`update state.stock set on_hand = 0 where store_id = 's1'`)
    await move(hours(1))
    expect(await transfers()).toMatchObject([{ state: 'approved' }])
    await jobs.rows(`update state.stock set on_hand = 5 where store_id = 's1'`)
    await move(hours(2))
    expect(await transfers()).toMatchObject([{ state: 'shipped', shipped: 5 }])
    await jobs.rows(`delete from ops.transfer_lot`)
    await jobs.rows(`update ops.transfer_proposal set state = 'approved', shipped_quantity = 0`)
    await jobs.rows(`update state.stock set on_hand = 0 where store_id = 's1'`)
    await move(hours(20))
    expect(await transfers()).toMatchObject([{ state: 'expired' }])
  })

  /** Runs two functions of `ops` in transactions of their own: the second begins while the first is not committed. */
  async function race(first: [string, ...unknown[]], second: [string, ...unknown[]]): Promise<void> {
    const [one, other] = [await jobs.pool.connect(), await jobs.pool.connect()]
    try {
      await one.query('begin')
      await one.query(first[0], first.slice(1))
      const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid')
      let isOver = false
      const ended = other.query(second[0], second.slice(1)).finally(() => {
        isOver = true
      })
      ended.catch(() => undefined)
      const waits = () => jobs.rows('select from pg_locks where pid = $1 and not granted', [rows[0]!.pid])
      await expect.poll(async () => isOver || (await waits()).length > 0, { timeout: 30_000 }).toBe(true)
      await one.query('commit')
      await ended
    } finally {
      one.release()
      other.release()
    }
  }
  const accepted = async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await plan('s2')
    await approve()
  }
  const moving = (at: string): [string, ...unknown[]] => ['select ops.move_transfers($1, 1000)', at]
  const expiring = (at: string): [string, ...unknown[]] => ['select ops.expire_transfers($1)', at]

  test('does not leave when it is cancelled at that moment', async () => {
    await accepted()
    await race(expiring(hours(25)), moving(hours(1)))
    expect(await transfers()).toMatchObject([{ state: 'expired', shipped: 0 }])
    expect(await jobs.rows('select from ops.transfer_lot')).toEqual([])
    expect(await jobs.sent('inventory_updates')).toEqual([])
  })

  test('is not cancelled when it leaves at that moment', async () => {
    await accepted()
    const [{ quantity } = { quantity: 0 }] = await transfers()
    await race(moving(hours(1)), expiring(hours(25)))
    expect(await transfers()).toMatchObject([{ state: 'shipped', shipped: quantity }])
    expect(await jobs.sent('inventory_updates')).toHaveLength(1)
  })

  test('of a warehouse goes by lot, keeps its expiry, and leaves shelves and later transfers what is theirs', async () => {
    await seedTerms(20)
    const lots: [warehouse: string, batch: string, units: number, expires: string][] = [
      ['w1', 'old', 30, '2017-03-04'],
      ['w1', 'mid', 10, '2017-03-19'],
      ['w1', 'new', 90, '2017-03-20'],
    ]
    for (const [store, warehouse] of [
      ['s1', 'w1'],
      ['s2', 'w2'],
    ]) {
      await jobs.rows(`insert into ref.shelves values ($1, 'tea', 'A1', 20, 0.5, $2, now())`, [store, warehouse])
      await jobs.rows(`insert into state.sales_rate values ($1, 'tea', '2017-03-01', 8, 2)`, [store])
    }
    await jobs.rows(
      `insert into state.warehouse (warehouse_id, product_id, received, shipped) values ('w1', 'tea', 130, 0)`,
    )
    for (const lot of lots) {
      await jobs.rows(
        `insert into state.warehouse_lot (warehouse_id, batch_id, product_id, received, shipped, expires_on, received_on, last_event_on)
         values ($1, $2, 'tea', $3, 0, $4, '2017-02-01', '2017-02-01')`,
        lot,
      )
    }
    await plan('w2')
    const [transfer] = await transfers()
    expect(transfer!.quantity).toBeGreaterThan(10)
    await jobs.rows(`insert into ref.approver (person, role, changed_by) values ('ann', 'director', 'test')`)
    await approve(transfer!.id)
    await move(hours(1))
    const out = await jobs.sent('warehouse_events')
    expect(out).toMatchObject([
      {
        warehouse_id: 'w1',
        batch_id: 'mid',
        direction: 'out',
        quantity: '10',
        reason: 'transfer',
        expires_on: '2017-03-19',
        destination_store_id: 'w2',
        plan_id: transfer!.id,
      },
      {
        warehouse_id: 'w1',
        batch_id: 'new',
        direction: 'out',
        quantity: `${transfer!.quantity - 10}`,
        expires_on: '2017-03-20',
      },
    ])
    expect(
      await jobs.rows(`select sum(quantity)::float8 as units from ops.lot_leaving where warehouse_id = 'w1'`),
    ).toEqual([{ units: transfer!.quantity }])
    for (const { event_id } of out) await jobs.cameBack('warehouse_state', 'warehouse_events', String(event_id))
    await move(hours(25))
    expect(await jobs.sent('warehouse_events')).toMatchObject([
      { warehouse_id: 'w2', batch_id: 'mid', direction: 'in', quantity: '10', expires_on: '2017-03-19' },
      { warehouse_id: 'w2', batch_id: 'new', direction: 'in', expires_on: '2017-03-20' },
    ])
  })

  test('to a place that reports its own goods is reported by that place', async () => {
    await seedStore('s1', 200)
    await seedStore('s2', 0)
    await jobs.rows(`insert into ref.goods_in values ('s2', 'location', 'test')`)
    await plan('s2')
    await approve()
    await move(hours(1))
    await apply(await jobs.sent('inventory_updates'))
    await move(hours(25))
    await move(hours(26))
    expect(await jobs.sent('inventory_updates')).toEqual([])
    expect(await transfers()).toMatchObject([{ state: 'received' }])
  })
})
