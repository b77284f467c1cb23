import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { addDays } from '../../contracts/calendar.ts'
import { fillOf, type WhatIfChange, whatIf } from '../../services/replenishment/whatif.ts'
import { createJobsDatabase, type JobsDatabase, seedShelf, seedWarehouse } from '../../sql/jobs/testing.ts'
import { createReplenishmentActivities, draftOrder, openLocation } from './replenishment.ts'

/** A Wednesday; noon in New York is 17:00 in UTC, where the supplier's clock is. */
const DATE = '2017-03-01'
const NOON_UTC = '2017-03-01T12:00:00Z'
const still = () => undefined

let jobs: JobsDatabase
beforeAll(async () => {
  jobs = await createJobsDatabase()
})
afterAll(() => jobs?.close())
beforeEach(async () => {
  await jobs.asOwner(
    `truncate ref.suppliers, ref.supply_terms, ref.policy, ref.shelves, state.shelf, state.sales_rate, state.demand_profile, state.demand_pattern, state.stock,
       state.availability, state.warehouse, state.warehouse_lot, ops.clock, ops.outbox, ops.purchase_order, ops.replenishment_skip, ops.forecast_dependence, ops.forecast_override, analytics.fact_forecast restart identity cascade`,
  )
  await jobs.rows(`delete from ref.products where product_id not in ('tea', 'milk')`)
  await jobs.rows(`insert into ops.clock values (true, '2017-03-01T12:00:00Z', 1, 'test', 1)`)
  await seedSupplier()
})

const seedSupplier = (change: { id?: string; weekdays?: string; cutOff?: string; minimum?: number } = {}) => {
  const { id = 'acme', weekdays = '{1,2,3,4,5,6,7}', cutOff = '16:00', minimum = 0 } = change
  return jobs.rows(
    `insert into ref.suppliers
       (supplier_id, name, adapter, order_weekdays, cut_off, time_zone, lead_time_days, minimum_order_value, currency, recorded_at)
     values ($1, 'Acme', 'simulator', $2, $3, 'UTC', 2, $4, 'USD', now())`,
    [id, weekdays, cutOff, minimum],
  )
}

interface Terms {
  product?: string
  supplier?: string
  location?: string | null
  cost?: number
  pack?: number
  minimum?: number
  capacity?: number | null
  preference?: number
  delistedOn?: string | null
  substitute?: string | null
  shelfLifeDays?: number | null
}

function seedTerms(terms: Terms = {}) {
  const { product = 'tea', supplier = 'acme', location = null, cost = 1, pack = 6, minimum = 0 } = terms
  const { capacity = null, preference = 1, delistedOn = null, substitute = null, shelfLifeDays = null } = terms
  return jobs.rows(
    `insert into ref.supply_terms (terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, minimum_quantity,
       capacity, preference, delisted_on, substitute_product_id, shelf_life_days, recorded_at)
     values (coalesce($1, '*') || '/' || $2 || '/' || $3, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, now())`,
    [location, product, supplier, cost, pack, minimum, capacity, preference, delistedOn, substitute, shelfLifeDays],
  )
}

const setPolicy = (values: Record<string, number | string>) =>
  jobs.rows(
    `insert into ref.policy (kind, policy_id, effective_at, event_id, changed_by, reason, ${Object.keys(values)})
     values ('replenishment', $1, now(), $1, 'maria', 'test', ${Object.keys(values).map((_, at) => `$${at + 2}`)})`,
    [`p${Math.random()}`, ...Object.values(values)],
  )

async function plan(date = DATE, locationId = 'w1'): Promise<string[]> {
  const drafted: string[] = []
  for (const { supplierId, budget } of await openLocation(jobs.pool, { date, locationId }, still)) {
    const request = { date, locationId, supplier: supplierId, ...(budget !== undefined && { budget }) }
    drafted.push(...(await draftOrder(jobs.pool, request, still)).purchaseOrderIds)
  }
  return drafted
}

const lines = () =>
  jobs.rows<{ order: string; product: string; quantity: string }>(
    `select purchase_order_id as order, product_id as product, quantity::float8::text as quantity
     from ops.purchase_order_line order by 1, 2`,
  )
const skips = () =>
  jobs.rows<{ supplier_id: string; product_id: string; reason: string; detail: string }>(
    'select supplier_id, product_id, reason, detail from ops.replenishment_skip order by reason, supplier_id, product_id',
  )

/** Forecasts of `perDay` units on each of the days from `DATE` on, made from the day before. */
async function seedForecast(perDay: number, store = 's1', product = 'tea', days = 21): Promise<void> {
  await jobs.rows(`select analytics.ensure_partitions('2017-02-01', '2017-03-31')`)
  await jobs.rows(
    `insert into analytics.dim_store (store_key, store_id, name, region, time_zone, country, currency, valid_from, valid_to, is_current, is_unknown)
     values (analytics.dimension_key($1, '1900-01-01'), $1, $1, 'east', 'UTC', 'US', 'USD', '1900-01-01', '9999-12-31', true, false)
     on conflict do nothing`,
    [store],
  )
  await jobs.rows(
    `insert into analytics.dim_product (product_key, product_id, name, valid_from, valid_to, is_current, is_unknown)
     values (analytics.dimension_key($1, '1900-01-01'), $1, $1, '1900-01-01', '9999-12-31', true, false)
     on conflict do nothing`,
    [product],
  )
  await jobs.rows(
    `insert into analytics.fact_forecast (forecast_date, target_date, store_key, product_key, model_name, model_version,
       mean_quantity, deviation_quantity)
     select $1::date - 1, $1::date + day, analytics.dimension_key($2, '1900-01-01'), analytics.dimension_key($3, '1900-01-01'),
       'demand', 3, $4::float8, $4::float8 * 0.39
     from generate_series(0, $5::integer - 1) as day`,
    [DATE, store, product, perDay, days],
  )
}

async function explanationOf(product = 'tea') {
  const [row] = await jobs.rows<{ explanation: Explained }>(
    'select explanation from ops.purchase_order_line where product_id = $1 order by purchase_order_id desc limit 1',
    [product],
  )
  return row!.explanation
}
/** What people expect of tea in s1 instead, on the day of the review and the two days after it. */
const override = (values: { quantity?: number; factor?: number }, store = 's1') =>
  jobs.rows(
    `insert into ops.forecast_override (store_id, product_id, from_date, to_date, quantity, factor, reason, expires_on, created_by, created_at)
     values ($1, 'tea', '2017-03-01', '2017-03-31', $2, $3, 'festival', '2017-03-05', 'maria', now())`,
    [store, values.quantity ?? null, values.factor ?? null],
  )

interface Explained {
  bindingConstraint: string | null
  terms: { name: string; value: number | string | null }[]
  remarks: string[]
  fallbacks: string[]
  provenance: {
    forecast_date: string | null
    models: string[]
    usual: string | null
    overrides: number[]
    series: number
  }
}
const term = ({ terms }: Explained, name: string) => terms.find((each) => each.name === name)?.value

describe('a draft', () => {
  test('orders whole packs up to the target, uses usual demand where there is no forecast, and reports that', async () => {
    await seedShelf(jobs, { perDay: 8 })
    await seedWarehouse(jobs, { lot: { units: 10 } })
    await seedTerms({ pack: 12 })
    expect(await plan()).toEqual(['PO-acme-w1-20170301'])
    const [line] = await lines()
    expect(Number(line!.quantity) % 12).toBe(0)
    const explained = await explanationOf()
    expect(term(explained, 'on_hand')).toBe(10)
    expect(term(explained, 'mean_demand')).toBeCloseTo(8 * 3.2, 1)
    expect(explained.fallbacks).toContain('no forecast: the usual rate is used instead (sales rate)')
    expect(explained.provenance).toMatchObject({ forecast_date: null, usual: 'sales rate' })
    expect(await jobs.sent('purchase_orders')).toMatchObject([
      { purchase_order_id: 'PO-acme-w1-20170301', status: 'draft', lines: [{ product_id: 'tea' }] },
    ])
    expect(await jobs.rows(`select expected_on from ops.purchase_order`)).toEqual([{ expected_on: '2017-03-03' }])
  })

  test('orders once for a warehouse that also reports a stock of its own', async () => {
    await seedShelf(jobs, { perDay: 8 })
    await seedWarehouse(jobs, { lot: { units: 10 } })
    await jobs.rows(`insert into state.stock (store_id, product_id, on_hand) values ('w1', 'tea', 500)`)
    await seedTerms({ pack: 12 })
    expect(await plan()).toEqual(['PO-acme-w1-20170301'])
    expect(await lines()).toHaveLength(1)
    expect(term(await explanationOf(), 'on_hand')).toBe(10)
  })

  test('adds up the forecasts of the stores that the warehouse refills, and takes the usual demand of those without', async () => {
    await seedShelf(jobs, { perDay: 8 })
    await seedShelf(jobs, { store: 's2', perDay: 5 })
    await seedForecast(20)
    await seedTerms()
    await plan()
    const explained = await explanationOf()
    expect(term(explained, 'mean_demand')).toBeCloseTo(25 * 3.2, 1)
    expect(explained.provenance).toMatchObject({
      forecast_date: '2017-02-28',
      models: ['demand@3'],
      usual: 'sales rate',
    })
  })

  test('uses the correlation of the errors of ten forecasts over days and stores; with fewer it uses a default, and reports that', async () => {
    await seedShelf(jobs, {})
    await seedShelf(jobs, { store: 's2' })
    await seedForecast(20)
    await seedForecast(20, 's2')
    await seedTerms()
    const planned = async () => {
      await plan()
      const explained = await explanationOf()
      await jobs.asOwner('truncate ops.purchase_order cascade')
      return { ...explained, spread: term(explained, 'demand_standard_deviation') as number }
    }
    const measure = (forecasts: number) =>
      jobs.rows(
        `insert into ops.forecast_dependence
           (measured_on, speed, forecast_date, errors, squares, day_pairs, day_products, store_pairs, store_products)
         select date '2017-02-28' - n, speed, date '2017-02-21' - n, 100, 200, 600, products, 300, 450
         from generate_series(0, $1::integer - 1) as n
         cross join (values ('slow', 120), ('fast', 600)) as measured (speed, products)`,
        [forecasts],
      )
    await measure(9)
    const before = await planned()
    expect(before.fallbacks.join()).toContain('the correlation between errors of different days is unknown')
    expect(before.remarks.join()).toContain("the correlation between stores' errors is unknown")
    await jobs.asOwner('truncate ops.forecast_dependence')
    await measure(10)
    const learned = await planned()
    expect([...learned.fallbacks, ...learned.remarks].join()).not.toContain('correlation between')
    // The mean of the products over the mean of the squares: (600 / 600) / (200 / 100), (450 / 300) / (200 / 100).
    expect(term(learned, 'dependence_between_days')).toBe(0.5)
    expect(learned.spread).toBeGreaterThan(1.2 * before.spread)
    // A slow seller has its own: (120 / 600) / (200 / 100).
    await jobs.asOwner('truncate analytics.fact_forecast')
    await seedForecast(0.2)
    await seedForecast(0.2, 's2')
    expect(term(await planned(), 'dependence_between_days')).toBe(0.1)
  })

  test('takes from usual demand what its weekdays sell, alone and beside a forecast', async () => {
    // Sold from Wednesday to Saturday only.
    await jobs.rows(`insert into state.demand_pattern
      select 's1', 'drinks', array(select 1.75 * least(4, greatest(0, hour / 24.0 - 2)) from generate_series(0, 168) as hour)`)
    await jobs.rows(`insert into state.demand_profile
      values ('s1', 'tea', '2017-03-01', 'drinks', 28, 10, 0, 3, array_fill(0::real, array[24]), 1, 1)`)
    await seedShelf(jobs)
    await seedTerms()
    await plan()
    // Three days; of 15 orders in 100 a day or two more, of which the fifth is a Sunday.
    expect(term(await explanationOf(), 'mean_demand')).toBeCloseTo(17.5 * 3.15, 3)
    await jobs.rows(`update ops.purchase_order set status = 'closed'`)
    await seedShelf(jobs, { store: 's2' })
    await seedForecast(20, 's2')
    await plan('2017-03-05')
    // Sunday to Tuesday; a Wednesday only if the supplier is late.
    const demand = term(await explanationOf(), 'mean_demand') as number
    expect(demand).toBeGreaterThan(20 * 3.2)
    expect(demand).toBeLessThan(20 * 3.2 + 17.5 * 0.25)
  })

  test('goes by the newest forecast of the last week, where all stores have one', async () => {
    await seedShelf(jobs)
    await seedShelf(jobs, { store: 's2' })
    await seedForecast(20)
    await seedForecast(10, 's2')
    await seedTerms()
    await plan('2017-03-06')
    const explained = await explanationOf()
    expect(term(explained, 'mean_demand')).toBeCloseTo(30 * 3.2, 1)
    expect(explained.provenance).toMatchObject({ forecast_date: '2017-02-28', series: 2, usual: null })
    await jobs.rows('update ops.purchase_order set status = $1', ['closed'])
    await plan('2017-03-08')
    expect((await explanationOf()).provenance).toMatchObject({ forecast_date: null, usual: 'sales rate' })
  })

  test('expects what people override, until it expires or is withdrawn, and names the override', async () => {
    await seedShelf(jobs)
    await seedForecast(20)
    await seedTerms({ pack: 1 })
    await override({ factor: 1.5 })
    const planned = async (date: string) => {
      await plan(date)
      const explained = await explanationOf()
      await jobs.asOwner('truncate ops.purchase_order cascade')
      return explained
    }
    const explained = await planned(DATE)
    expect(term(explained, 'mean_demand')).toBeCloseTo(30 * 3.2, 1)
    expect(term(explained, 'demand_source')).toBe('demand@3 of 2017-02-28, and overrides by people')
    expect(explained.remarks[0]).toBe(
      'override 1 by maria: 1.5 × the forecast of tea in s1 on 2017-03-01 to 2017-03-31 (festival)',
    )
    expect(explained.provenance).toMatchObject({ overrides: [1], models: ['demand@3'] })
    await override({ quantity: 5 })
    const newer = await planned(DATE)
    expect(term(newer, 'mean_demand')).toBeCloseTo(5 * 3.2, 1)
    // A quarter of the units has a quarter of the interval; demand that is counted varies at least as Poisson's.
    expect(term(newer, 'demand_standard_deviation')).toBeLessThan(
      term(explained, 'demand_standard_deviation') as number,
    )
    expect(newer.provenance.overrides).toEqual([2])
    await jobs.rows(
      `update ops.forecast_override set withdrawn_by = 'maria', withdrawn_at = now() where override_id = 2`,
    )
    expect(term(await planned(DATE), 'mean_demand')).toBeCloseTo(30 * 3.2, 1)
    const later = await planned('2017-03-06')
    expect(term(later, 'mean_demand')).toBeCloseTo(20 * 3.2, 1)
    expect(later.provenance.overrides).toEqual([])
  })

  test('lays an override over usual demand where there is no forecast, of one store among several', async () => {
    await seedShelf(jobs, { perDay: 8 })
    await seedShelf(jobs, { store: 's2', perDay: 5 })
    await seedTerms({ pack: 1 })
    await override({ factor: 2 })
    await plan()
    const alone = await explanationOf()
    expect(term(alone, 'mean_demand')).toBeCloseTo((2 * 8 + 5) * 3.2, 1)
    expect(alone.provenance).toMatchObject({ forecast_date: null, models: [], usual: 'sales rate', overrides: [1] })
    await jobs.asOwner('truncate ops.purchase_order cascade')
    await seedForecast(20, 's2')
    await plan()
    const beside = await explanationOf()
    expect(term(beside, 'mean_demand')).toBeCloseTo((2 * 8 + 20) * 3.2, 1)
    expect(beside.provenance).toMatchObject({ forecast_date: '2017-02-28', usual: 'sales rate', overrides: [1] })
  })

  test('counts drafts as on order: thirty daily runs make one line', async () => {
    await seedShelf(jobs, { perDay: 8 })
    await seedTerms()
    for (let day = 0; day < 30; day += 1) {
      await plan(addDays(DATE, day))
    }
    expect(await lines()).toHaveLength(1)
  })

  test('is written once by two planners at once, and once by two days at once', async () => {
    await seedShelf(jobs, { perDay: 8 })
    await seedTerms()
    const drafted = await Promise.all([plan(), plan(), plan('2017-03-02'), plan('2017-03-02')])
    expect(new Set(drafted.flat()).size).toBe(1)
    expect(await lines()).toHaveLength(1)
    expect(await jobs.rows('select from ops.purchase_order_action')).toHaveLength(1)
  })

  test('is reported again until a person begins to decide it, also on the next day', async () => {
    await seedShelf(jobs)
    await seedTerms()
    expect(await plan()).toEqual(await plan())
    expect(await plan('2017-03-02')).toEqual(['PO-acme-w1-20170301'])
    await jobs.rows(`update ops.purchase_order set status = 'awaiting_approval'`)
    expect(await plan('2017-03-03')).toEqual([])
  })

  test('goes to the supplier of the first preference whose terms hold here', async () => {
    await seedShelf(jobs)
    await seedSupplier({ id: 'near' })
    await seedTerms({ preference: 1 })
    await seedTerms({ supplier: 'near', preference: 2 })
    await seedTerms({ location: 'w1', preference: 3 })
    expect(await plan()).toEqual(['PO-near-w1-20170301'])
  })

  test("waits for the supplier's order day, and after the cut-off is for the next one", async () => {
    await seedShelf(jobs)
    await jobs.rows(`update ref.suppliers set order_weekdays = '{1,4}'`)
    await seedTerms()
    expect(await plan()).toEqual([])
    await jobs.rows(`update ref.suppliers set order_weekdays = '{1,3}', cut_off = '11:00'`)
    await plan()
    // Five days until Monday, two for the delivery and a little for being late; two days until the next order.
    expect(term(await explanationOf(), 'lead_time')).toBeCloseTo(5 + 2.2, 6)
    expect(term(await explanationOf(), 'review')).toBe(2)
  })

  test('has the demand of a delisted product in its substitute', async () => {
    await seedShelf(jobs, { perDay: 8 })
    await seedShelf(jobs, { product: 'milk', perDay: 3 })
    await seedTerms({ delistedOn: DATE, substitute: 'milk' })
    await seedTerms({ product: 'milk' })
    await plan()
    expect(await lines()).toMatchObject([{ product: 'milk' }])
    const explained = await explanationOf('milk')
    expect(term(explained, 'mean_demand')).toBeCloseTo(11 * 3.2, 1)
    expect(explained.remarks).toContain('includes the demand of tea, which is delisted')
    expect(await skips()).toMatchObject([{ reason: 'delisted', product_id: 'tea' }])
  })

  test('for a store that no warehouse refills goes by its stock and by whether that can be bought', async () => {
    await jobs.rows(`insert into state.stock values ('s2', 'tea', 30)`)
    await jobs.rows(`insert into state.sales_rate values ('s2', 'tea', '2017-03-01', 10, 2)`)
    await jobs.rows(
      `insert into state.availability values ('s2', 'tea', '2017-03-01T11:00Z', 0.5, 0, 0, false, 0, 0, '{}')`,
    )
    await seedTerms()
    expect(await plan(DATE, 's2')).toEqual(['PO-acme-s2-20170301'])
    expect(term(await explanationOf(), 'on_hand_available')).toBe(15)
  })

  test('takes what deliveries took for the lead time', async () => {
    await seedShelf(jobs)
    await seedTerms()
    await jobs.rows(
      `insert into ops.purchase_order (purchase_order_id, supplier_id, location_id, review_date, status, currency, total_value,
         created_at, updated_at, sent_at)
       select 'old-' || n, 'acme', 'w9', '2017-02-01'::date - n, 'closed', 'USD', 1, now(), now(), '2017-02-01T08:00Z'
       from generate_series(1, 36) as n`,
    )
    await jobs.rows(
      `insert into ops.goods_receipt (event_id, purchase_order_id, shipment_id, supplier_id, location_id, product_id, status,
         quantity, happened_at, happened_on, recorded_at)
       select 'e' || n, 'old-' || n, 's', 'acme', 'w9', 'tea', 'delivered', 1, '2017-02-06T06:00Z', '2017-02-06', now()
       from generate_series(1, 36) as n`,
    )
    await plan()
    expect(term(await explanationOf(), 'lead_time')).toBeGreaterThan(4.5)
    expect(term(await explanationOf(), 'lead_time_source')).toBe('36 receipts of acme')
    expect(term(await explanationOf(), 'lead_time_spread')).toBe('2 days 9 %, 3 days 1 %, 4 days 1 %, 5 days 90 %')
  })
})

describe('the lines of an order together', () => {
  const worth = () =>
    jobs.rows<{ worth: string }>('select total_value::float8::text as worth from ops.purchase_order order by 1')

  test('keep to the budget of the day, which suppliers share by what they would be ordered for', async () => {
    await seedSupplier({ id: 'dear' })
    await seedShelf(jobs)
    await seedShelf(jobs, { product: 'milk' })
    await seedTerms({ pack: 1 })
    await seedTerms({ product: 'milk', supplier: 'dear', cost: 2, pack: 1 })
    await setPolicy({ place_id: 'w1', budget_per_day: 30 })
    await plan()
    expect(await worth()).toEqual([{ worth: '10' }, { worth: '20' }])
    expect((await explanationOf()).bindingConstraint).toBe('budget')
    await jobs.rows(`delete from ops.purchase_order_line where purchase_order_id like 'PO-dear%'`)
    await plan()
    expect(await worth()).toEqual([{ worth: '10' }, { worth: '20' }])
  })

  test("leave a share below a supplier's minimum to the others", async () => {
    await seedSupplier({ id: 'dear', minimum: 25 })
    await seedShelf(jobs)
    await seedShelf(jobs, { product: 'milk' })
    await seedTerms({ pack: 1 })
    await seedTerms({ product: 'milk', supplier: 'dear', cost: 2, pack: 1 })
    await setPolicy({ place_id: 'w1', budget_per_day: 24 })
    await plan()
    expect(await worth()).toEqual([{ worth: '21' }])
    expect(await skips()).toMatchObject([{ reason: 'budget_below_minimum', supplier_id: 'dear' }])
  })

  test("reach the supplier's minimum, or wait, and report it", async () => {
    await seedShelf(jobs)
    await seedTerms({ pack: 1 })
    await jobs.rows('update ref.suppliers set minimum_order_value = 45')
    await plan()
    expect(await worth()).toEqual([{ worth: '45' }])
    expect((await explanationOf()).bindingConstraint).toBe('minimum_order_value')
    await jobs.rows(`update ops.purchase_order set status = 'closed'`)
    await jobs.rows('update ref.suppliers set minimum_order_value = 100000')
    await plan('2017-03-02')
    expect(await skips()).toMatchObject([{ reason: 'below_minimum_order_value', supplier_id: 'acme', product_id: '' }])
    await setPolicy({ place_id: 'w1', budget_per_day: 30 })
    await plan('2017-03-03')
    expect((await skips()).map(({ reason }) => reason)).toEqual(['below_minimum_order_value', 'budget_below_minimum'])
    expect(await worth()).toHaveLength(1)
  })
})

describe('what can not be planned is reported, and nothing is invented', () => {
  test('unknown products, suppliers and places; no terms; no demand; no stock', async () => {
    await seedShelf(jobs)
    await seedShelf(jobs, { product: 'ghost' })
    await seedShelf(jobs, { product: 'milk' })
    await jobs.rows(`insert into ref.shelves values ('s1', 'new', 'A2', 5, null, 'w1', now())`)
    await jobs.rows(`insert into ref.products (product_id, name, recorded_at) values ('new', 'New', now())`)
    await jobs.rows(`insert into ref.products (product_id, name, recorded_at) values ('beer', 'Beer', now())`)
    await seedTerms({ supplier: 'nobody' })
    await seedTerms({ product: 'ghost' })
    await seedTerms({ product: 'new' })
    await seedTerms({ product: 'tea', location: 's1' })
    expect(await plan()).toEqual([])
    expect(await skips()).toMatchObject([
      { reason: 'no_demand', product_id: 'new', supplier_id: 'acme' },
      { reason: 'no_terms', product_id: 'milk' },
      { reason: 'unknown_product', product_id: 'ghost' },
      { reason: 'unknown_supplier', supplier_id: 'nobody', product_id: '' },
    ])
    await plan(DATE, 's1')
    await jobs.rows(`insert into ref.supply_terms (terms_id, location_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
      values ('s2/beer/acme', 's2', 'beer', 'acme', 1, 1, 1, now()), ('nowhere/tea/acme', 'nowhere', 'tea', 'acme', 1, 1, 1, now())`)
    await plan(DATE, 's2')
    await plan(DATE, 'nowhere')
    expect((await skips()).map(({ reason, product_id }) => `${reason} ${product_id}`)).toEqual(
      expect.arrayContaining(['refilled_by_warehouse tea', 'unknown_stock beer', 'unknown_location ']),
    )
    expect(await lines()).toEqual([])
  })

  test('minimum beyond capacity, and policies that contradict each other', async () => {
    await seedShelf(jobs)
    await seedShelf(jobs, { product: 'milk' })
    await seedTerms({ minimum: 100, capacity: 50 })
    await seedTerms({ product: 'milk' })
    await setPolicy({ product_id: 'milk', review_days: 14, method: 'r_s' })
    await setPolicy({ maximum_cover_days: 10 })
    await plan('2017-03-06')
    expect(await skips()).toMatchObject([
      {
        reason: 'contradictory_policies',
        product_id: 'milk',
        detail: expect.stringContaining('raise maximum_cover_days'),
      },
      { reason: 'impossible_line', product_id: 'tea', detail: expect.stringContaining('the capacity is 50') },
    ])
    expect(await lines()).toEqual([])
  })

  test('is reported by the newest run of the day only', async () => {
    await seedShelf(jobs)
    await seedTerms({ minimum: 100, capacity: 50 })
    await plan()
    expect(await skips()).toHaveLength(1)
    await jobs.rows('update ref.supply_terms set capacity = 500')
    await plan()
    expect(await skips()).toEqual([])
    expect(await lines()).toHaveLength(1)
  })
})

describe('a day whose order has ended', () => {
  const end = (id: string, status: string, sentAt: string | null = null) =>
    jobs.rows('update ops.purchase_order set status = $2, sent_at = $3 where purchase_order_id = $1', [
      id,
      status,
      sentAt,
    ])
  const orders = () =>
    jobs.rows<{ id: string; status: string }>(
      'select purchase_order_id as id, status from ops.purchase_order order by created_at, purchase_order_id',
    )
  const summarize = () =>
    createReplenishmentActivities({ pool: jobs.pool, settings: { timeZone: 'UTC' } }).summarizeReplenishment(DATE, {})

  test('by being cancelled before it was sent is planned again, under another id, and names the order that it replaces', async () => {
    await seedShelf(jobs)
    await seedTerms()
    const [first] = await plan()
    const { orders: before, value } = await summarize()
    await end(first!, 'cancelled')
    expect(await summarize()).toMatchObject({
      orders: 0,
      lines: 0,
      value: {},
      cancelled: 1,
      statuses: { cancelled: 1 },
    })
    expect(await plan()).toEqual([`${first}-2`])
    expect(await summarize()).toMatchObject({
      orders: before,
      value,
      cancelled: 1,
      statuses: { cancelled: 1, draft: 1 },
    })
    const story = await jobs.rows('select action, reason from ops.purchase_order_action where purchase_order_id = $1', [
      `${first}-2`,
    ])
    expect(story).toEqual([{ action: 'draft', reason: `${first} of the same day was cancelled before it was sent` }])
    // A run of the day writes it once, and once more when this one is cancelled too.
    expect(await plan()).toEqual([`${first}-2`])
    await end(`${first}-2`, 'cancelled')
    expect(await plan()).toEqual([`${first}-3`])
    expect(await orders()).toHaveLength(3)
  })

  test('is planned again within the budget that the cancelled order has given back', async () => {
    await setPolicy({ budget_per_day: 12 })
    await seedShelf(jobs)
    await seedTerms()
    const [first] = await plan()
    await end(first!, 'cancelled')
    await plan()
    expect(await lines()).toEqual([
      { order: first, product: 'tea', quantity: '12' },
      { order: `${first}-2`, product: 'tea', quantity: '12' },
    ])
  })

  test.each([
    ['cancelled', NOON_UTC],
    ['denied', null],
    ['expired', null],
  ])('%s, sent at %s, orders nothing more', async (status, sentAt) => {
    await seedShelf(jobs)
    await seedTerms()
    const [first] = await plan()
    await end(first!, status, sentAt)
    expect(await plan()).toEqual([])
    expect(await orders()).toEqual([{ id: first, status }])
  })
})

describe('what if', () => {
  const ask = (change: WhatIfChange) => whatIf({ pool: jobs.pool, timeZone: 'UTC' }, { date: DATE, change }, still)

  test('prices a change beside what holds, and touches nothing', async () => {
    await seedSupplier({ id: 'fresh' })
    await seedShelf(jobs)
    await seedShelf(jobs, { product: 'milk' })
    await seedTerms()
    await seedTerms({ product: 'milk', supplier: 'fresh', pack: 1, shelfLifeDays: 3 })
    const sent = 'select count(*)::integer as sent from ops.outbox'
    const before = await jobs.rows(sent)
    const { suppliers } = await ask({ serviceTarget: 0.999, leadTimeDays: 2 })
    expect(suppliers.map(({ supplierId }) => supplierId).sort()).toEqual(['acme', 'fresh'])
    const acme = suppliers.find(({ supplierId }) => supplierId === 'acme')!
    expect(acme.changed.value).toBeGreaterThan(acme.present.value)
    expect(fillOf(acme.changed)!).toBeGreaterThan(fillOf(acme.present)!)
    expect(suppliers.find(({ supplierId }) => supplierId === 'fresh')!.present.wasted).toBeGreaterThan(0)
    expect(await lines()).toEqual([])
    expect(await skips()).toEqual([])
    expect(await jobs.rows(sent)).toEqual(before)
  })

  test('is the same before and after the drafts of the day are written', async () => {
    await seedShelf(jobs)
    await seedTerms()
    const before = await ask({ budgetPerDay: 12 })
    await plan()
    expect(await ask({ budgetPerDay: 12 })).toEqual(before)
    expect(before.suppliers[0]!.changed.value).toBe(12)
    const [order] = await jobs.rows<{ worth: number }>('select total_value::float8 as worth from ops.purchase_order')
    expect(before.suppliers[0]!.present.value).toBe(order!.worth)
  })

  test('expects what people override, on both sides', async () => {
    await seedShelf(jobs)
    await seedForecast(20)
    await seedTerms()
    const before = (await ask({ leadTimeDays: 1 })).suppliers[0]!
    await override({ factor: 1.5 })
    const after = (await ask({ leadTimeDays: 1 })).suppliers[0]!
    expect(after.present.demand).toBeCloseTo(1.5 * before.present.demand, 3)
    expect(after.changed.demand).toBeCloseTo(1.5 * before.changed.demand, 3)
  })

  test('names suppliers that take no orders on the day', async () => {
    await seedShelf(jobs)
    await seedTerms()
    await jobs.rows(`update ref.suppliers set order_weekdays = '{4}'`)
    expect(await ask({ serviceTarget: 0.5 })).toEqual({ date: DATE, locations: 1, closed: ['acme'], suppliers: [] })
  })
})
