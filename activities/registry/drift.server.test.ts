/** Drift from the lake and the reports to the table and the alerts, in a database and a lake of its own. */

import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addDays, daysBetween } from '../../contracts/calendar.ts'
import { withConnection } from '../../platform/duckdb/duckdb.ts'
import { originFeatures } from '../assets/features/columns.ts'
import { demandInput } from '../assets/features/demand.ts'
import { openTestAssets, type TestAssets } from '../assets/framework/testing.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createBatchMetrics } from '../metrics.ts'
import { measureDrift } from './drift.ts'
import { evidenceFile } from './evidence.ts'
import { profileFeatures } from './profile.ts'
import { registerTrained } from './registration.ts'

/** A Wednesday, and no holiday. */
const DATE = '2024-05-15'
const SERIES = 300

let world: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  world = await openTestAssets()
  dependencies = { ...world.context, metrics: createBatchMetrics(new Registry()), assets: [] }
  await world.rows(`insert into ref.stores select id, id, 'east', 'UTC', 'United States', 'USD', now()
    from unnest(array['s1', 's2']) as id`)
  await world.addMembers(['s1', 's2'], {})
  for (const date of daysBetween('2024-04-01', '2024-04-07')) await addFeatures(date)
  for (const date of daysBetween(addDays(DATE, -28), DATE)) await addSales(date, ['s1', 's2'])
})
afterAll(() => world?.close())

/** Features that lie the same on every day, but for `change`. */
function addFeatures(date: string, change: Readonly<Record<string, string>> = {}): Promise<void> {
  const values = originFeatures.map((name, index) => {
    const value = `((hash(n, ${index}, '${date}') % 1000) / 100.0)`
    return `(${change[name] ?? value})::float as "${name}"`
  })
  return world.put(
    demandInput,
    date,
    `select 's' || (n % 2 + 1) as store_id, 'p' || n as product_id, null::varchar as category, null::varchar as department,
       [0.0::float] as recent, 'smooth' as demand_class, 'A' as abc_class, 'X' as xyz_class, ${values.join(', ')},
       date '${date}' as date
     from range(${SERIES}) as series (n)`,
  )
}

const addSales = (date: string, stores: readonly string[]) =>
  world.putDailySales(
    date,
    `(select unnest([${stores.map((store) => `'${store}'`).join(', ')}]) as store_id, 'p1' as product_id, 3 as units)`,
  )

async function profileAll() {
  const opened = await world.context.lake.ensureTable(demandInput.table, demandInput.definition)
  const relation = await opened.scan({ where: { date: { to: '2024-04-30' } } })
  return withConnection(world.context.duckdb, (connection) => profileFeatures(connection, relation, originFeatures))
}

/** A champion that was trained on the first week of April and was wrong by half then. */
async function trainChampion(): Promise<number> {
  const profiles = await profileAll()
  const error = { candidate: 'chosen', segment: 'all', horizon: '1-7', metric: 'wape', value: 0.5, rows: 4_000 }
  const stores = {
    s1: { rows: 2_000, actual: 1_000, absoluteError: 500 },
    s2: { rows: 100, actual: 50, absoluteError: 25 },
  }
  const { version } = await registerTrained(
    dependencies,
    {
      model: 'demand',
      trainedFrom: '2024-04-01',
      trainedThrough: '2024-04-07',
      codeVersion: 'c',
      seed: 1,
      parameters: {},
      inputs: {},
      trainingRows: 1,
      durationMs: 1,
      workflowId: 'w',
      metrics: [error],
      files: {
        'evidence.json': evidenceFile({ measured: { from: '2024-04-01', through: '2024-04-07' }, profiles, stores }),
      },
      decision: { isBetter: true, reason: 'promoted: the first version' },
    },
    new AbortController().signal,
  )
  return version
}

/** A fortnight of forecasts of both stores that were off by this share of what sold. */
const addErrors = (version: number, share: number) =>
  world.rows(
    `insert into analytics.forecast_accuracy
     select day::date, store_key, 'Fruit', 1, 'demand', ${version}, 10, 100, 100, 100 * (${share} + 0.02 * (extract(day from day)::integer % 3)), 10, 1, 8, 9
     from generate_series('${addDays(DATE, -13)}'::date, '${DATE}'::date, '1 day') as day, analytics.dim_store where is_current`,
  )

const drifted = () =>
  world.rows<{ kind: string; subject: string; store_id: string; message: string }>(
    `select kind, subject, store_id, message from ops.model_drift where is_drifted order by kind, subject, store_id`,
  )
const alerts = async () => {
  // The rules look every ten minutes.
  await world.rows('update ops.alert_rule set last_as_of = null')
  await world.rows(`select ops.observe_alerts(now(), 100)`)
  return world.rows<{ alert_type: string; store_id: string; message: string }>(
    `select alert_type, store_id, message from ops.alert where status = 'open' order by alert_type, store_id`,
  )
}
const thisWeek = daysBetween(addDays(DATE, -6), DATE)

test('without a champion nothing can have drifted', async () => {
  expect(await measureDrift(dependencies, DATE)).toMatchObject({ version: undefined, measured: 0 })
})

test('of what all series of a store share there are as many values as stores', async () => {
  const profiles = await profileAll()
  expect(profiles.mean_7).toMatchObject({ size: SERIES })
  expect(profiles.store_mean_7).toMatchObject({ size: 2 })
  expect(profiles.traffic_mean_28).toMatchObject({ size: 2 })
})

test('the same world is no drift, feature by feature, and raises no alert', async () => {
  const version = await trainChampion()
  await addErrors(version, 0.45)
  for (const date of thisWeek) await addFeatures(date)
  const report = await measureDrift(dependencies, DATE)
  // Every feature but the one that grows by itself, all stores, and the one store that training judged often enough.
  expect(report).toMatchObject({ version, measured: originFeatures.length - 1 + 2, drifted: [] })
  expect(await drifted()).toEqual([])
  expect(await alerts()).toEqual([])
})

test('a feature that moved, an error that grew and a store that is silent are seen, reported and resolved', async () => {
  const version = 1
  await world.rows('delete from analytics.forecast_accuracy')
  await addErrors(version, 0.9)
  for (const date of thisWeek) await addFeatures(date, { price_last: '(n % 10) + 4', lag_1: 'null' })
  await addSales(DATE, ['s1'])
  await measureDrift(dependencies, DATE)
  expect(await drifted()).toMatchObject([
    { kind: 'error', subject: 'forecast', store_id: '*' },
    { kind: 'error', subject: 'forecast', store_id: 's1' },
    { kind: 'feature', subject: 'lag_1', store_id: '*' },
    { kind: 'feature', subject: 'price_last', store_id: '*' },
    { kind: 'gap', subject: 'daily_sales', store_id: 's2' },
  ])
  expect(await alerts()).toEqual([
    {
      alert_type: 'accuracy_drop',
      store_id: '*',
      message: expect.stringContaining('of all stores by demand@1 are less accurate'),
    },
    {
      alert_type: 'accuracy_drop',
      store_id: 's1',
      message: expect.stringMatching(/WAPE 0\.9.*0\.500 in training.*to train it again: shelfline run train-models$/),
    },
    {
      alert_type: 'feature_drift',
      store_id: '*',
      message: expect.stringMatching(/demand@1: 2 features differ .*\(lag_1, price_last\).*train-models/),
    },
    {
      alert_type: 'feature_drift',
      store_id: 's2',
      message: expect.stringContaining('Nothing came from s2 on 2024-05-15'),
    },
  ])
})

test('measured again, the day is replaced; a new champion has no drift of its own yet', async () => {
  const count = () =>
    world.rows(`select count(*)::int as n, count(distinct drift_date)::int as days from ops.model_drift`)
  const before = await count()
  await measureDrift(dependencies, DATE)
  expect(await count()).toEqual(before)
  await trainChampion()
  await world.rows(`update ops.alert set last_seen = last_seen - interval '1 hour'`)
  expect(await alerts()).toEqual([])
})
