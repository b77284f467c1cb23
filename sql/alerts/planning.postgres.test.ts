import { afterEach, beforeEach, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes, NOON, seedShelf } from '../jobs/testing.ts'

let jobs: JobsDatabase
beforeEach(async () => {
  jobs = await createJobsDatabase()
})
afterEach(() => jobs?.close())

const causes = (rule: string) =>
  jobs.rows<{ store_id: string; product_id: string; opens: boolean; severity: string; impact: string | null; message: string }>(
    `select * from ops.alert_${rule}($1) order by store_id, cause`,
    [NOON],
  )

/** Stock of tea in store s1, which sells 4 a day for 2.00 each, and needs a safety stock of 10. */
async function seedStock(onHand: number): Promise<void> {
  const version = "'1900-01-01+00', '9999-12-31+00', true"
  await jobs.rows(`insert into analytics.dim_store values (1, 's1', 'One', 'east', 'US', 'USD', 'America/New_York', ${version})`)
  await jobs.rows(`insert into analytics.dim_product values (10, 'tea', 'Tea', 'drinks', null, null, null, ${version})`)
  await jobs.rows(
    `insert into analytics.stock_cover (
       store_key, product_key, on_hand_quantity, sold_quantity, daily_quantity, days_of_cover, measured_on, unit_cost, safety_stock, reorder_point
     )
     values (1, 10, 99, 112, 4, 1, '2017-03-01', 1.5, 10, 22)`,
  )
  await jobs.rows(`insert into state.stock values ('s1', 'tea', $1)`, [onHand])
  await jobs.rows(`insert into state.sales_rate values ('s1', 'tea', '2017-03-01', 4, 2)`)
}
const setStock = (units: number) => jobs.rows('update state.stock set on_hand = $1', [units])

test('below safety stock is more than nothing and less than the safety stock, with what to order', async () => {
  await seedStock(8)
  expect(await causes('below_safety_stock')).toMatchObject([
    { product_id: 'tea', opens: true, impact: '8.00', recommended_quantity: '14', message: 'Tea: 8 left, safety stock is 10' },
  ])
  await setStock(10.5)
  expect(await causes('below_safety_stock')).toMatchObject([{ opens: false }])
  for (const units of [0, 11]) {
    await setStock(units)
    expect(await causes('below_safety_stock')).toEqual([])
  }
  await setStock(5)
  expect(await jobs.run('observe_alerts')).toBe(1)
  expect(await jobs.sent('restock_alerts')).toMatchObject([{ alert_type: 'below_safety_stock', recommended_quantity: '17' }])
})

test('too much stock lasts for more than 90 days, and is valued beyond 60', async () => {
  await seedStock(400)
  expect(await causes('overstock')).toMatchObject([
    { opens: true, impact: '240.00', message: 'Tea: 400 on hand, enough for 100 days' },
  ])
  await setStock(300)
  expect(await causes('overstock')).toMatchObject([{ opens: false }])
  await setStock(240)
  expect(await causes('overstock')).toEqual([])
})

test('a product takes off when many buy it within the hour, and not when one buys a lot or it is promoted', async () => {
  await seedStock(20)
  await jobs.rows(`select state.ensure_days('{sale_line}', '{2017-03-01}')`)
  const sells = (transaction: string, quantity: number, { minute = -5, isPromoted = false } = {}) =>
    jobs.rows(
      `insert into state.sale_line
       values ('2017-03-01', gen_random_uuid(), 's1', 'tea', $1, $2, 1, $3, 2, 0, 2 * $3::numeric, null, $4)`,
      [minutes(minute), transaction, quantity, isPromoted],
    )
  await sells('bulk', 40)
  expect(await causes('product_surge')).toEqual([])
  await sells('long ago', 9, { minute: -70 })
  for (const buyer of ['a', 'b', 'c', 'd']) await sells(buyer, 1)
  expect(await causes('product_surge')).toMatchObject([
    { product_id: 'tea', opens: true, severity: 'warning', impact: '87.33', message: 'Tea: 44 sold in an hour, usually 0.3' },
  ])
  for (const buyer of ['e', 'f', 'g', 'h', 'i']) await sells(buyer, 1, { isPromoted: true })
  expect(await causes('product_surge')).toMatchObject([{ opens: false }])
})

test('an order is rushed when the sales that it saves are worth more than the fee', async () => {
  await seedShelf(jobs, { perDay: 10 })
  await jobs.rows(
    `insert into ref.suppliers (
       supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at, expedite_lead_time_days, expedite_fee
     )
     values ('acme', 'Acme', 'file', '{1}', '12:00', 'UTC', 5, 'USD', now(), 1, 25)`,
  )
  await jobs.rows(
    `insert into ops.purchase_order (
       purchase_order_id, supplier_id, location_id, review_date, status, currency, total_value, expected_on, created_at, updated_at, sent_at
     )
     values ('PO', 'acme', 'w1', '2017-02-28', 'sent', 'USD', 100, '2017-03-06', now(), now(), now())`,
  )
  await jobs.rows(`insert into ops.purchase_order_line values ('PO', 1, 'tea', 100, 100, 1, 0, 0, '{}')`)
  await jobs.rows(`insert into state.warehouse (warehouse_id, product_id, received, shipped) values ('w1', 'tea', 30, 0)`)
  // Five days until it comes, stock for three: two days of 10 units at 2.00.
  expect(await causes('expedite')).toMatchObject([
    {
      ...{ store_id: 'w1', product_id: 'tea', opens: true, impact: '15.00' },
      message: 'Tea of order PO is due on 2017-03-06, 2.0 days too late; acme could deliver in 1 days for 25',
    },
  ])
  await jobs.rows('update ref.suppliers set expedite_fee = 60')
  expect(await causes('expedite')).toMatchObject([{ opens: false }])
  await jobs.rows('update state.warehouse set received = 60')
  expect(await causes('expedite')).toEqual([])
})
