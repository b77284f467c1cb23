import { MockActivityEnvironment } from '@temporalio/testing'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { registerAssets } from '../../platform/ledger.ts'
import { openTestAssets, saleLine, stockMovement, type TestAssets } from '../assets/framework/testing.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createBatchMetrics } from '../metrics.ts'
import { createDataQualityActivities } from './data-quality.ts'
import { createMaintenanceActivities } from './maintenance.ts'

let room: TestAssets
let dependencies: BatchDependencies
beforeAll(async () => {
  room = await openTestAssets()
  dependencies = { ...room.context, metrics: createBatchMetrics(new Registry()), assets: [] }
})
afterAll(() => room?.close())

const asActivity = <Result>(activity: () => Promise<Result>) =>
  new MockActivityEnvironment().run(activity) as Promise<Result>
const failed = async () => {
  const report = await asActivity(createDataQualityActivities(dependencies).checkQuality)
  return report.failed.map(({ check }) => check).sort()
}

test('the partitions of the coming months are made once', async () => {
  const { ensurePartitions } = createMaintenanceActivities(dependencies)
  const first = await asActivity(ensurePartitions)
  expect(first.to > first.from).toBe(true)
  expect(await asActivity(ensurePartitions)).toEqual({ ...first, created: 0 })
})

test('the sums for reports are brought up to date', async () => {
  const { refreshBi } = createMaintenanceActivities(dependencies)
  const { aggregates } = await asActivity(refreshBi)
  expect(aggregates.length).toBeGreaterThan(0)
})

test('an empty system has nothing to complain about; each kind of trouble is found and kept', async () => {
  expect(await failed()).toEqual([])
  const { pool } = room.context
  // Ten days in which two stores sell; on the ninth, the newest complete one, the second store is silent.
  await pool.query(`
    insert into state.sales_day (store_id, product_id, sale_date, units, revenue, returned_units, returned_revenue, lines)
    select store_id, 'p', day::date, 1, 1, 0, 0, 1
    from generate_series(date '2024-05-01', date '2024-05-10', interval '1 day') as day
    cross join (values ('a'), ('b')) as store (store_id)
    where not (store_id = 'b' and day >= '2024-05-09')`)
  await registerAssets(pool, [{ name: 'x', description: '', store: 'lake', upstream: [], codeVersion: '1' }])
  await pool.query(`
    insert into ops.partition_ledger (asset, date, status, run, workflow_id, run_id, reason, started_at, lease_until)
    values ('x', '2024-05-09', 'failed', 1, 'w', 'r', 'requested', now(), now())`)
  await pool.query(`
    insert into ops.stream_offsets (processor, topic, partition, position, consumed, applied, problem)
    values ('raw_sink', 'pos_transactions', 0, 5, 5, 5, 'offset 3 is gone')`)
  await room.addRaw('pos_transactions', [saleLine()])
  expect(await failed()).toEqual([
    'failed_partitions',
    'missing_stores',
    'raw_rows_equal_consumed',
    'stale_assets',
    'stopped_streams',
  ])
  const kept = await room.rows(`
    select check_name, failing_row ->> 'store_id' as store, failing_row ->> 'stored' as stored
    from ops.check_failures where check_name in ('missing_stores', 'raw_rows_equal_consumed') order by check_name`)
  expect(kept).toEqual([
    { check_name: 'missing_stores', store: 'b', stored: null },
    { check_name: 'raw_rows_equal_consumed', store: null, stored: '1' },
  ])
})

test('a live state that the raw lake does not give is found', async () => {
  const { checkState } = createDataQualityActivities(dependencies)
  expect(await asActivity(checkState)).toEqual({ checks: 2, failed: [] })
  await room.addRaw('inventory_updates', [stockMovement()])
  await room.context.pool.query(`
    insert into ops.stream_offsets (processor, topic, partition, position)
    values ('sales_state', 'pos_transactions', 0, 0)`)
  const { failed: found } = await asActivity(checkState)
  expect(found).toMatchObject([{ check: 'state_equals_recompute', severity: 'block' }])
  expect(found[0]!.finding).toMatch(/^18 of \d+ rows of the live state differ/)
})
