import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createJobsDatabase, type JobsDatabase, seedShelf } from '../../sql/jobs/testing.ts'
import { named } from '../access/testing.ts'
import { listOverrides, overrideForecast, readOverrideValue, withdrawOverride } from './overrides.ts'

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
  await jobs.rows(`select analytics.ensure_partitions('2017-02-01', '2017-03-31')`)
  await jobs.rows(
    `insert into analytics.dim_store (store_key, store_id, name, region, time_zone, country, currency, valid_from, valid_to, is_current, is_unknown)
     values (1, 's1', 's1', 'east', 'America/New_York', 'US', 'USD', '1900-01-01', '9999-12-31', true, false)`,
  )
  await jobs.rows(
    `insert into analytics.dim_product (product_key, product_id, name, valid_from, valid_to, is_current, is_unknown)
     values (1, 'tea', 'Tea', '1900-01-01', '9999-12-31', true, false)`,
  )
  await seedShelf(jobs)
  // Forecasts of 10 a day, each made on the day before and on the last of February; 14 were sold on each of the first three days.
  await jobs.rows(
    `insert into analytics.fact_forecast (forecast_date, target_date, store_key, product_key, model_name, model_version, mean_quantity)
     select made, target, 1, 1, 'demand', 3, 10
     from generate_series('2017-03-01'::date, '2017-03-14', '1 day') as target
     cross join lateral (select distinct made from unnest(array['2017-02-28'::date, target::date - 1]) as made) as origin`,
  )
  await jobs.rows(
    `insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
     select 's1', 'tea', day, 14, 28, 0, 0, 14 from generate_series('2017-03-02'::date, '2017-03-04', '1 day') as day`,
  )
  await jobs.rows(
    `insert into analytics.sales_by_store_day
     select day, 1, 9, 9, 7, 14, 28, 0, 28, 9, 0, 0, 9 from generate_series('2017-03-02'::date, '2017-03-04', '1 day') as day`,
  )
})
afterAll(() => jobs?.close())
beforeEach(async () => {
  await jobs.asOwner('truncate ops.clock, ops.forecast_override restart identity')
  await setClock('2017-03-01T17:00:00Z')
})

const setClock = async (instant: string) => {
  await jobs.asOwner('truncate ops.clock')
  await jobs.rows(`insert into ops.clock values (true, $1, 1, 'test', 1)`, [instant])
}

const wanted = { store: 's1', product: 'tea', from: '2017-03-02', to: '2017-03-04', why: 'festival' }

test('an override is shown beside the forecast, and a dry run changes nothing', async () => {
  const { overrideId, days, productName } = await overrideForecast(
    jobs.pool,
    { ...wanted, factor: '1.5' },
    named('maria'),
    {
      isDryRun: true,
    },
  )
  expect({ overrideId, productName }).toEqual({ overrideId: null, productName: 'Tea' })
  expect(days).toEqual(['02', '03', '04'].map((day) => ({ day: `2017-03-${day}`, untouched: '10', overridden: '15' })))
  expect((await listOverrides(jobs.pool)).items).toEqual([])
  const made = await overrideForecast(jobs.pool, { ...wanted, quantity: '12.5', expires: '2017-03-03' }, named('maria'))
  expect(made.days.map(({ overridden }) => overridden)).toEqual(['12.5', '12.5', '12.5'])
  expect((await listOverrides(jobs.pool)).items).toMatchObject([
    {
      overrideId: made.overrideId,
      state: 'in_force',
      by: 'maria',
      quantity: '12.5',
      factor: null,
      expires: '2017-03-03',
    },
  ])
})

test('is measured on the days on which it was in force, against the forecast of the day before', async () => {
  const first = (await overrideForecast(jobs.pool, { ...wanted, factor: '1.5' }, named('maria'))).overrideId!
  const second = (
    await overrideForecast(jobs.pool, { ...wanted, from: '2017-03-03', to: '2017-03-03', quantity: '4' }, named('omar'))
  ).overrideId!
  await setClock('2017-03-04T17:00:00Z')
  expect(await withdrawOverride(jobs.pool, first, { by: named('maria'), why: 'rain' })).toBe(true)
  expect(await withdrawOverride(jobs.pool, first, { by: named('maria'), why: 'rain' })).toBe(false)
  await setClock('2017-03-06T17:00:00Z')
  const { items } = await listOverrides(jobs.pool, { store: 's1', product: 'tea' })
  // Of the first only the second of March counts: on the third the newer one held, on the fourth it was withdrawn.
  expect(items).toMatchObject([
    { overrideId: second, state: 'over', daysMeasured: 1, untouchedError: '4', overriddenError: '10' },
    {
      overrideId: first,
      state: 'withdrawn',
      daysMeasured: 1,
      untouchedError: '4',
      overriddenError: '1',
      withdrawnWhy: 'rain',
    },
  ])
  expect(await readOverrideValue(jobs.pool, { store: 's1' })).toEqual({
    days: 2,
    untouchedError: '8',
    overriddenError: '11',
    betterDays: 1,
  })
  expect(await readOverrideValue(jobs.pool, { store: 's2' })).toMatchObject({ days: 0 })
  await expect(withdrawOverride(jobs.pool, second, { by: named('omar'), why: 'x' })).rejects.toThrow('are over')
})

test.each([
  [{ from: '2017-03-05' }, 'to "2017-03-04" is before the first day'],
  [{ from: '2017-02-20', to: '2017-02-28' }, 'to "2017-02-28" is over'],
  [{ to: '2017-06-02' }, 'is more than 92 days after the first'],
  [{ expires: '2017-02-28' }, 'expires "2017-02-28" is over'],
  [{ quantity: '3' }, 'a quantity or a factor is needed, and not both'],
  [{ factor: '101' }, 'factor "101" is not a number from 0 to 100'],
  [{ factor: '-1' }, 'factor "-1" is not a number'],
  [{ why: ' ' }, 'why " " is not a text'],
  [{ product: 'milk' }, 'product "milk in store s1" does not exist'],
  [{ store: 's9' }, 'product "tea in store s9" does not exist'],
])('%o is refused', async (change, message) => {
  await expect(overrideForecast(jobs.pool, { ...wanted, factor: '2', ...change }, named('maria'))).rejects.toThrow(
    message,
  )
})
