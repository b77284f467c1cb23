import { afterAll, beforeAll, expect, test } from 'vitest'
import { statement } from '../../platform/postgres/sql.ts'
import { createJobsDatabase, type JobsDatabase } from '../../sql/jobs/testing.ts'
import { reconcileTills } from './reconciliation.ts'

let jobs: JobsDatabase
const day = '2017-03-01'

beforeAll(async () => {
  jobs = await createJobsDatabase()
  await jobs.rows(`select analytics.ensure_partitions('2017-02-28', '2017-03-02')`)
  await jobs.rows(
    `insert into analytics.dim_store (store_key, store_id, name, region, time_zone, country, currency, valid_from, valid_to, is_current, is_unknown)
     values (1, 's1', 's1', 'east', 'America/New_York', 'US', 'USD', '1900-01-01', '9999-12-31', true, false)`,
  )
  await jobs.rows(
    `insert into analytics.dim_product (product_key, product_id, name, valid_from, valid_to, is_current, is_unknown)
     values (1, 'tea', 'Tea', '1900-01-01', '9999-12-31', true, false)`,
  )
})
afterAll(() => jobs?.close())

async function close(till: string, lines: number, paid: string, at = '22:00', soldOn = day): Promise<number> {
  const event = {
    sold_on: soldOn,
    store_id: 's1',
    till_id: till,
    lines,
    net_amount: paid,
    event_at: `${soldOn}T${at}:00-05:00`,
  }
  const rows = await jobs.rows<{ new: number }>(statement('streams/merge_till_closings.sql'), [JSON.stringify([event])])
  return rows[0]!.new
}

async function load(till: string | null, lines: number, paid: string): Promise<void> {
  await jobs.rows(
    `insert into analytics.fact_sales (
       sale_date, store_key, product_key, transaction_id, line_no, event_id, quantity, unit_price, discount_amount, gross_amount,
       net_amount, is_return, payment_method, source, sold_at, known_at, till_id, updated_at
     )
     select $1, 1, 1, coalesce($2, ''), n, coalesce($2, '') || n, 1, 1, 0, 1, $4::numeric / $3, false, 'card', 'till', '2017-03-01 12:00+00', now(), $2,
       clock_timestamp() + interval '1 hour'
     from generate_series(1, $3::integer) as n`,
    [day, till, lines, paid],
  )
}

const statuses = async (all = true) =>
  (await reconcileTills(jobs.pool, { from: day, to: day, all })).map(({ tillId, status }) => [tillId, status])
const causes = () =>
  jobs.rows<{ cause: string; severity: string; opens: boolean; impact: number }>(
    'select cause, severity, opens, impact::float8 as impact from ops.alert_till_difference($1) order by cause',
    ['2017-03-02T12:00:00Z'],
  )

test('the newest closing of a till and day applies, whatever the order; a repeated one changes nothing', async () => {
  expect(await close('t1', 9, '90.00', '21:00')).toBe(1)
  expect(await close('t1', 10, '100.00', '22:00')).toBe(1)
  expect(await close('t1', 9, '90.00', '21:00')).toBe(0)
  expect(await close('t1', 10, '100.00', '22:00')).toBe(0)
  expect(await jobs.rows('select lines, net_amount::text as paid from ops.till_closing')).toEqual([
    { lines: 10, paid: '100.000000' },
  ])
})

test('what tills have reported is compared with what is loaded; differences open an alert until they are gone', async () => {
  expect(await statuses()).toEqual([['t1', 'not_loaded']])
  await close('t2', 5, '50.00')
  await close('t4', 3, '30.00')
  await load('t1', 10, '100')
  await load('t2', 4, '40')
  await load('t3', 1, '1')
  await load(null, 7, '7')
  await jobs.rows(`insert into analytics.sales_by_store_day select '${day}', 1, 9, 9, 7, 14, 28, 0, 28, 9, 0, 0, 9`)
  expect(await statuses()).toEqual([
    ['t1', 'equal'],
    ['t2', 'different'],
    ['t3', 'no_closing'],
    ['t4', 'different'],
  ])
  expect(await statuses(false)).toEqual([
    ['t2', 'different'],
    ['t3', 'no_closing'],
    ['t4', 'different'],
  ])
  const [, second] = await reconcileTills(jobs.pool, { from: day, to: day, all: true })
  expect(second).toMatchObject({ reportedLines: 5, loadedLines: 4, reportedAmount: '50', loadedAmount: '40' })
  expect(await causes()).toMatchObject([
    { cause: `t2/${day}`, severity: 'critical', opens: true, impact: 10 },
    { cause: `t4/${day}`, severity: 'critical', opens: true, impact: 30 },
  ])

  // The missing line arrives, and the day is built again.
  await jobs.rows(`delete from analytics.fact_sales where till_id = 't2'`)
  await load('t2', 5, '50')
  expect(await causes()).toMatchObject([{ cause: `t4/${day}` }])
})

test('impossible days are refused', async () => {
  await expect(reconcileTills(jobs.pool, { from: '2017-02-30', to: day })).rejects.toThrow(
    /from "2017-02-30" is not a date/,
  )
  await expect(reconcileTills(jobs.pool, { from: '2017-03-02', to: day })).rejects.toThrow(
    /from "2017-03-02" is after 2017-03-01/,
  )
})
