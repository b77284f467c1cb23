/** The features on real servers: what a morning's forecast saw is what training sees later, whatever came in between. */

import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../../contracts/calendar.ts'
import type { PosTransaction } from '../../../contracts/events.ts'
import { eventLine, selectSegment } from '../../../lake/raw-table.ts'
import { type Built, buildPartition, publishShards, type Sharded, stageShard } from '../../backfill/build-partition.ts'
import { createBatchMetrics } from '../../metrics.ts'
import { cleansedSales } from '../cleansed/sales.ts'
import { materializePartition, openTestAssets, saleLine, type TestAssets } from '../framework/testing.ts'
import { featuresDailySales } from './daily-sales.ts'
import { featuresDemand } from './demand.ts'
import { featuresLiveState } from './live-state.ts'

const FIRST = '2024-03-01'
const LAST = '2024-04-09'
const ORIGIN = '2024-04-05'
const days = daysBetween(FIRST, LAST)

let world: TestAssets
beforeAll(async () => {
  world = await openTestAssets()
  await addKnown(days.flatMap((date) => daysSales(date)))
  await build(days, { origins: daysBetween(ORIGIN, LAST) })
})
afterAll(() => world?.close())

interface Sale {
  line: PosTransaction
  knownAt: string
}

/** A line that was known an hour after the sale, or at `knownAt`. */
function sold(date: string, product: string, quantity: number, change: Partial<PosTransaction> = {}, knownAt?: string) {
  const at = { event_at: `${date}T12:00:00+00:00`, transaction_id: randomUUID(), quantity: String(quantity) }
  const line = saleLine({ ...at, product_id: product, ...change })
  return { line, knownAt: knownAt ?? `${date}T13:00:00Z` }
}

/** `steady` sells 10 on Saturdays and 4 on other days; `rare` 3 every tenth day; `other` is the same category's. */
function daysSales(date: string): Sale[] {
  const index = days.indexOf(date)
  const isSaturday = new Date(`${date}T00:00:00Z`).getUTCDay() === 6
  return [
    sold(date, 'steady', isSaturday ? 10 : 4),
    ...(index % 10 === 0 ? [sold(date, 'rare', 3)] : []),
    ...(index % 2 === 0 ? [sold(date, 'other', 2, { unit_price: '10' })] : []),
  ]
}

let offset = 0
async function addKnown(sales: readonly Sale[]): Promise<void> {
  const folder = join(world.context.settings.home, 'duckdb')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${randomUUID()}.jsonl`)
  const text = sales.map(({ line, knownAt }) =>
    eventLine('pos_transactions', { partition: 0, offset: offset++, knownAtMs: Date.parse(knownAt) }, line),
  )
  writeFileSync(file, text.join(''))
  await world.addRawRows('pos_transactions', selectSegment('pos_transactions', file))
  rmSync(file)
}

/** Builds the sums of some days, then the features of these or of fewer. */
async function build(dates: readonly string[], { shards = 1, origins = dates } = {}): Promise<void> {
  for (const date of dates) {
    await materializePartition(world.context, cleansedSales, date)
    await materializePartition(world.context, featuresDailySales, date, { shards })
  }
  for (const date of origins) await materializePartition(world.context, featuresDemand, date, { shards })
}

const featuresOf = (date: string) => world.lakeRows('features/demand', date)
const featureRow = async (date: string, product: string) =>
  (await featuresOf(date)).find((row) => row.product_id === product)!

test('windows, lags and weekdays are what they are by hand', async () => {
  const steady = await featureRow(ORIGIN, 'steady')
  // 2024-04-05 is a Friday: seven days hold one Saturday.
  expect(steady).toMatchObject({ lag_1: 4, lag_7: 10, zero_share_28: 0, days_since_sale: 0, demand_class: 'smooth' })
  expect(steady.mean_7).toBeCloseTo((6 * 4 + 10) / 7, 5)
  expect(steady.std_7).toBeCloseTo(Math.sqrt((6 * (4 - 34 / 7) ** 2 + (10 - 34 / 7) ** 2) / 6), 5)
  expect([steady.weekday_mean_6, steady.weekday_mean_5]).toEqual([10, expect.closeTo(24 / 5, 5)])
  expect((steady.recent as number[]).slice(-7)).toEqual([10, 4, 4, 4, 4, 4, 4])
  const rare = await featureRow(ORIGIN, 'rare')
  expect(rare).toMatchObject({ demand_class: 'intermittent', lag_6: 3, days_since_sale: 5, abc_class: 'C' })
  expect(rare.interval_mean).toBeCloseTo(36 / 4, 5)
  expect(rare.mean_28).toBeCloseTo(9 / 28, 5)
})

test('a row is not among its own peers', async () => {
  const [steady, rare, other] = await Promise.all(['steady', 'rare', 'other'].map((name) => featureRow(ORIGIN, name)))
  const means = [rare, other].map((row) => row!.mean_28 as number)
  expect(steady!.category_mean_28).toBeCloseTo((means[0]! + means[1]!) / 2, 5)
  expect(steady!.product_mean_28).toBeNull()
})

test('late rows count from the morning on which it was known, in training as in inference', async () => {
  const morning = await featuresOf(ORIGIN)
  const late = addDays(ORIGIN, -1)
  await addKnown([
    sold(late, 'steady', 100, {}, `${addDays(late, 4)}T20:00:00Z`),
    sold(late, 'rare', -1, {}, `${addDays(late, 4)}T20:00:00Z`),
    sold(late, 'unheard', 7, {}, `${addDays(late, 4)}T20:00:00Z`),
  ])
  await build(daysBetween(late, LAST))
  expect(await featuresOf(ORIGIN)).toEqual(morning)

  const known = addDays(late, 4)
  expect((await featureRow(addDays(known, -1), 'steady')).lag_4).toBe(4)
  expect((await featureRow(known, 'steady')).lag_5).toBe(104)
  expect(await featureRow(addDays(known, -1), 'unheard')).toBeUndefined()
  expect((await featureRow(known, 'unheard')).days_since_sale).toBe(4)
  expect((await featureRow(known, 'rare')).returned_share_90).toBeCloseTo(1 / 12, 5)
})

test('days of the window that were left out are reported, with the fix', async () => {
  const day = addDays(LAST, 1)
  await addKnown(daysSales(LAST).map(({ line }) => sold(day, line.product_id, 1)))
  await materializePartition(world.context, cleansedSales, day)
  const { checks } = await materializePartition(world.context, featuresDemand, day)
  const leftOut = checks.find(({ check }) => check === 'days_left_out')!
  expect(leftOut.passed).toBe(false)
  expect(leftOut.finding).toContain(`backfill run --assets features/daily_sales --from ${day} --to ${day}`)
})

test('the same rows whether the stores are built together or by shards', async () => {
  const together = await featuresOf(LAST)
  await build([LAST], { shards: 3 })
  expect(await featuresOf(LAST)).toEqual(together)
})

test('a day with more rows than one activity takes goes by shards, and is the same', async () => {
  const together = await featuresOf(LAST)
  const settings = { ...world.context.settings, shardRowsMax: 30 }
  const dependencies = {
    ...world.context,
    settings,
    metrics: createBatchMetrics(new Registry()),
    assets: [featuresDemand],
  }
  const life = { heartbeat: () => undefined, signal: new AbortController().signal }
  const request = { asset: featuresDemand.name, date: LAST, reason: 'forced' as const, workflowId: 'w', runId: 'r' }
  const begun = (await buildPartition(dependencies, request, life)) as Sharded
  expect(begun.kind).toBe('sharded')
  expect(begun.shardCount).toBeGreaterThan(2)
  const staged = []
  for (let index = 0; index < begun.shardCount; index += 1) {
    staged.push(await stageShard(dependencies, begun, { index, count: begun.shardCount }, life))
  }
  const built: Built = await publishShards(dependencies, { run: begun.run, inputs: begun.inputs, staged }, life)
  expect(built.rows).toBe(together.length)
  expect(await featuresOf(LAST)).toEqual(together)
})

test('the live state of a morning is taken once: what changes later does not change the features', async () => {
  const [{ yesterday, missed }] = (await world.rows<{ yesterday: string; missed: string }>(
    'select ((ops.now() at time zone $$UTC$$)::date - 1)::text as yesterday, ((ops.now() at time zone $$UTC$$)::date - 2)::text as missed',
  )) as [{ yesterday: string; missed: string }]
  await putLiveState(yesterday)
  await addKnown([sold(yesterday, 'steady', 4), sold(missed, 'steady', 4)])
  await build([missed])
  await materializePartition(world.context, featuresLiveState, yesterday)
  await build([yesterday])
  const morning = await featureRow(yesterday, 'steady')
  expect(morning).toMatchObject({
    shelf_units: 12,
    shelf_capacity: 40,
    shelf_fill: expect.closeTo(0.3, 4),
    warehouse_units: 100,
    expired_units: 2,
    expiring_units: 10,
    days_to_expiry: 2,
    lot_units: 6,
    restock_pending_units: 20,
    supply_pending_units: 60,
    price_now: 2.25,
    discount_now: expect.closeTo(0.3, 4),
    alerts_7: 1,
    stock_out_hours_1: 2,
    stock_out_hours_7: 2,
    is_censored: 1,
  })
  await world.rows('update state.shelf set picked = picked + 12')
  await materializePartition(world.context, featuresLiveState, yesterday)
  await build([yesterday])
  expect(await featureRow(yesterday, 'steady')).toEqual(morning)

  const { checks, rows } = await materializePartition(world.context, featuresLiveState, missed)
  expect(rows).toBe(0)
  expect(checks).toMatchObject([{ check: 'taken_on_its_morning', severity: 'warn', passed: false }])
  expect((await featureRow(missed, 'steady')).shelf_units).toBeNull()
})

/** A shelf of 12 of 40, of which 2 are expired and 10 expire in two days; hours, alerts, prices and orders about it. */
async function putLiveState(day: string): Promise<void> {
  const statements = [
    `insert into ref.stores (store_id, name, region, time_zone, country, currency, recorded_at)
     values ('s1', 's1', 'north', 'UTC', 'GB', 'GBP', now())`,
    `insert into ref.shelves (store_id, product_id, shelf_id, capacity, warehouse_id, recorded_at)
     values ('s1', 'steady', 'a', 40, 'w1', now())`,
    `insert into state.shelf (store_id, product_id, refilled) values ('s1', 'steady', 12)`,
    `insert into state.shelf_lot (store_id, product_id, batch_id, refilled, removed, expires_on, last_event_on)
     values ('s1', 'steady', 'old', 2, 0, '${day}', '${day}'), ('s1', 'steady', 'new', 10, 0, date '${day}' + 2, '${day}')`,
    `insert into state.warehouse (warehouse_id, product_id, received, shipped) values ('w1', 'steady', 150, 50)`,
    `insert into ops.restock_plan (plan_id, store_id, product_id, warehouse_id, quantity, available, capacity, planned_at)
     values ('r1', 's1', 'steady', 'w1', 20, 12, 40, now())`,
    `insert into ops.supplier_plan
       (plan_id, warehouse_id, product_id, quantity, on_hand, reorder_point, order_up_to, received_before, received_quantity, planned_at, due_at)
     values ('o1', 'w1', 'steady', 80, 100, 120, 200, 0, 20, now(), now())`,
    `insert into state.price (store_id, product_id, valid_from, event_id, price, reason)
     values ('s1', 'steady', '2024-01-01', 'a', 2.5, 'regular'), ('s1', 'steady', now() - interval '1 hour', 'b', 2.25, 'promotion')`,
    `insert into ops.discount (store_id, product_id, batch_id, discount_date, expires_on, percent, on_hand, started_at)
     values ('s1', 'steady', 'new', date '${day}' + 1, date '${day}' + 2, 30, 10, now())`,
    `insert into ops.alert (dedup_key, alert_type, store_id, product_id, severity, message, evidence, first_seen, last_seen)
     values ('k', 'stock_out', 's1', 'steady', 'warning', 'm', '{}', now(), now())`,
    `insert into state.availability_model (store_id, profile_date, model, usual_visitors, evaluated_hour)
     values ('s1', '${day}', '{}', '{}', now())`,
    `insert into state.availability_hour (hour, store_id, product_id, p_available)
     values ('${day}T10:00:00Z', 's1', 'steady', 0.1), ('${day}T11:00:00Z', 's1', 'steady', 0.2)`,
  ]
  for (const statement of statements) await world.rows(statement)
}

test('a history of daily sums that was loaded afterwards counts as known in time', async () => {
  const loadedAt = '2026-01-01T00:00:00Z'
  const imported = { store_id: 'imported', unit_price: '0', payment_method: 'unknown' } as const
  const history = daysBetween('2022-01-01', '2022-01-20')
  await addKnown(history.map((date, index) => sold(date, 'p', index + 1, imported, loadedAt)))
  await build(history, { origins: history.slice(-1) })
  const rows = await featuresOf(history.at(-1)!)
  expect(rows).toHaveLength(1)
  expect(rows[0]).toMatchObject({ lag_1: 20, mean_7: 17, price_ratio: null, category: null, traffic_mean_7: null })
  expect(rows[0]!.trend_28).toBeGreaterThan(0)
})
