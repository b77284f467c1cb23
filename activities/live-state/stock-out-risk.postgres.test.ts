import { afterAll, beforeAll, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, minutes, NOON } from '../../sql/jobs/testing.ts'
import { evaluateRisk, type RiskReport } from './stock-out-risk.ts'

let database: JobsDatabase
const quiet = () => undefined

/** Four weeks in which tea sells two units an hour by day and milk one, jam now and then; the last hour is 11:00 local. */
beforeAll(async () => {
  database = await createJobsDatabase()
  const { rows } = database
  await rows(
    `insert into ref.products (product_id, name, category, recorded_at) values ('jam', 'Jam', 'spreads', now())`,
  )
  await rows(`insert into ref.shelves (store_id, product_id, shelf_id, capacity, warehouse_id, recorded_at)
    select 's1', product_id, 'A1', 100, 'w1', now() from unnest(array['tea', 'milk', 'jam']) as product_id`)
  await rows(
    `insert into state.shelf (store_id, product_id, refilled, last_sale_at)
    values ('s1', 'tea', 50, $1), ('s1', 'milk', 3, $1), ('s1', 'jam', 40, $1)`,
    [NOON],
  )
  await rows(`select state.ensure_days(array['sales_hour'],
    array(select day::date from generate_series(date '2017-01-30', date '2017-03-01', interval '1 day') as day))`)
  await sales('tea', 'true', '2')
  await sales('milk', 'true', '1')
  await sales('jam', `extract(hour from local_start) in (10, 16)`, '1')
  await sales('', 'true', '5', '40')
  await closeUntil(NOON)
})

afterAll(async () => {
  await database?.close()
})

/** Hours from 07:00 to 21:00 of the store's clock, of which the day itself goes to noon. */
async function sales(productId: string, condition: string, units: string, entries = '0'): Promise<void> {
  await database.rows(
    `insert into state.sales_hour (store_id, product_id, window_start, local_start, units, revenue, returned_units,
       returned_revenue, lines, transactions, entries, exits)
     select 's1', $1, local_start at time zone 'America/New_York', local_start, ${units}, 3 * ${units}, 0, 0, 1, 1,
       ${entries}, ${entries}
     from generate_series(timestamp '2017-02-01 00:00', timestamp '2017-03-01 11:00', interval '1 hour') as local_start
     where extract(hour from local_start) between 7 and 20 and ${condition}`,
    [productId],
  )
}

/** As if everything until then had come. */
const closeUntil = (instant: string) =>
  database.rows(
    `insert into ops.stream_watermark values ('sales_windows', 'pos_transactions', 0, $1, $1)
     on conflict (processor, topic, partition) do update set watermark = excluded.watermark, active_at = excluded.active_at`,
    [instant],
  )

const evaluate = (instant: string): Promise<RiskReport> => evaluateRisk(database.pool, new Date(instant), quiet)

async function byProduct<Row extends object>(text: string): Promise<Record<string, Row>> {
  const found = await database.rows<Row & { product_id: string }>(text)
  return Object.fromEntries(found.map((row) => [row.product_id, row]))
}

test('learns what is usual, then evaluates every product once', async () => {
  expect(await evaluate(NOON)).toMatchObject({ profiles: 3, availabilities: 3, risks: 3 })
  const profiles = await byProduct<{ units_per_day: number; unit_price: string; days: number }>(
    'select * from state.demand_profile',
  )
  expect(profiles.tea).toMatchObject({ days: 28, unit_price: '3.00' })
  expect(profiles.tea!.units_per_day).toBeCloseTo(28, 0)
  const risks = await byProduct<{ probability: number; hours_of_cover: number; money_at_risk: string; hours: number }>(
    `select *, extract(epoch from horizon_until - evaluated_at)::float8 / 3600 as hours from state.stock_out_risk`,
  )
  // Nothing in the warehouse and no order: two days of lead time and half an hour.
  expect(risks.tea!.hours).toBeCloseTo(48.5, 6)
  expect(risks.milk!.probability).toBeGreaterThan(0.99)
  expect(risks.milk!.hours_of_cover).toBeGreaterThan(2)
  expect(risks.milk!.hours_of_cover).toBeLessThan(4)
  expect(Number(risks.milk!.money_at_risk)).toBeGreaterThan(60)
  // Forty of what sells two a day: only if they are not there after all.
  expect(risks.jam!.probability).toBeLessThan(0.2)
})

test('what did not move is not evaluated again, what moved is, everything is after an hour', async () => {
  expect(await evaluate(minutes(1))).toMatchObject({ profiles: 0, availabilities: 0, risks: 0 })
  await database.rows(`update state.shelf set refilled = 60, updated_at = now() where product_id = 'milk'`)
  await database.rows(
    `insert into state.warehouse (warehouse_id, product_id, received, shipped) values ('w1', 'milk', 500, 0)`,
  )
  expect(await evaluate(minutes(2))).toMatchObject({ risks: 1 })
  const risks = await byProduct<{ probability: number; hours: number }>(
    `select *, extract(epoch from horizon_until - evaluated_at)::float8 / 3600 as hours from state.stock_out_risk`,
  )
  expect(risks.milk!.hours).toBeCloseTo(0.5, 6)
  expect(risks.milk!.probability).toBeLessThan(0.05)
  expect(await evaluate(minutes(62))).toMatchObject({ risks: 3 })
})

test('silence while the store sells makes a product doubtful hour by hour; the seldom sold one stays', async () => {
  await database.rows(
    `insert into state.sales_hour (store_id, product_id, window_start, local_start, units, revenue, returned_units,
       returned_revenue, lines, transactions, entries, exits)
     select 's1', product_id, local_start at time zone 'America/New_York', local_start, 2, 6, 0, 0, 1, 1, 40, 40
     from generate_series(timestamp '2017-03-01 12:00', timestamp '2017-03-01 17:00', interval '1 hour') as local_start,
       unnest(array['', 'tea']) as product_id`,
  )
  await closeUntil(minutes(6 * 60))
  expect((await evaluate(minutes(6 * 60))).availabilities).toBe(6 * 3)
  const now = await byProduct<{ p_available: number; evidence: Record<string, unknown> }>(
    'select * from state.availability',
  )
  expect(now.tea!.p_available).toBeGreaterThan(0.9)
  expect(now.milk!.p_available).toBeLessThan(0.3)
  expect(now.milk!.evidence).toMatchObject({ silent_hours: 6, is_sold: false, available: 60 })
  expect(now.jam!.p_available).toBeGreaterThan(now.milk!.p_available)
  const [doubtful] = await database.rows<{ hours: number }>(
    `select count(*) as hours from state.availability_hour where product_id = 'milk'`,
  )
  expect(doubtful!.hours).toBeGreaterThan(1)
  // What is probably not there does not count as stock.
  const risks = await byProduct<{ probability: number; expected_lost_units: number }>(
    'select * from state.stock_out_risk',
  )
  expect(risks.milk!.expected_lost_units).toBeGreaterThan(0.1)
  expect((await evaluate(minutes(6 * 60))).availabilities).toBe(0)
})

test('staff who refill a shelf see that the goods are there', async () => {
  await database.rows(`update state.shelf set last_refill_at = $1, updated_at = now() where product_id = 'milk'`, [
    minutes(6 * 60 + 10),
  ])
  await evaluate(minutes(6 * 60 + 11))
  const [at] = await database.rows<{ expected_lost_units: number }>(
    `select expected_lost_units from state.stock_out_risk where product_id = 'milk'`,
  )
  expect(at!.expected_lost_units).toBeLessThan(0.01)
})

test('a store that sold nothing at all shows nothing about its products', async () => {
  const before = await byProduct<{ p_available: number }>('select * from state.availability')
  await closeUntil(minutes(7 * 60))
  await evaluate(minutes(7 * 60))
  const after = await byProduct<{ p_available: number }>('select * from state.availability')
  expect(after.tea!.p_available).toBeGreaterThan(before.tea!.p_available - 0.1)
  // The hour of the refill.
  expect(after.milk!.p_available).toBeGreaterThan(0.99)
})

test('the next day is learnt again, and what is no longer there is forgotten', async () => {
  await database.rows(`insert into state.demand_profile
    select store_id, 'gone', profile_date - 1, category, days, 1, 0, 1, sales_an_hour, 1, 1 from state.demand_profile limit 1`)
  expect((await evaluate(minutes(24 * 60))).profiles).toBe(3)
  expect(Object.keys(await byProduct('select * from state.demand_profile')).sort()).toEqual(['jam', 'milk', 'tea'])
})

test('days without it on the shelf do not lower what is usual', async () => {
  await database.rows(
    `insert into ref.products (product_id, name, category, recorded_at) values ('salt', 'Salt', 'spices', now())`,
  )
  await sales('salt', `local_start < '2017-02-15'`, '2')
  await database.rows(`insert into state.availability_hour
    select local_start at time zone 'America/New_York', 's1', 'salt', 0
    from generate_series(timestamp '2017-02-15 00:00', timestamp '2017-03-02 23:00', interval '1 hour') as local_start`)
  await evaluate(minutes(48 * 60))
  const { salt } = await byProduct<{ units_per_day: number }>('select * from state.demand_profile')
  // 28 on a day of 560 visitors; over the four weeks a usual one has 535.7, as the last two days were cut short.
  expect(salt!.units_per_day).toBeCloseTo((28 * 535.7) / 560, 1)
})
