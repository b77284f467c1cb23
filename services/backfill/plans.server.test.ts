import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, expect, it as test } from 'vitest'
import { registerAssets, startRun } from '../../platform/ledger.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { connectTemporal } from '../../platform/temporal/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { applyPlan, PlanOutdatedError, pauseBackfill, readBackfill, readPlanCells, readPlans } from './plans.ts'

let database: TestDatabase
let pool: Pool
let temporal: Client

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
  temporal = await connectTemporal(database.settings)
  await registerAssets(pool, [
    { name: 'fact_sales', description: 'x', store: 'postgres', codeVersion: 'c', upstream: [] },
  ])
})
afterAll(async () => {
  await temporal?.connection.close()
  await pool?.end()
  await database?.drop()
})

async function planOf(plan: string): Promise<void> {
  await pool.query(
    `insert into ops.backfill_plans (plan, assets, from_date, to_date, forced, failed_only, planned_at)
     values ($1, '{fact_sales}', '2024-05-01', '2024-05-02', false, false, now())`,
    [plan],
  )
  await pool.query(
    `insert into ops.backfill_cells (plan, date, asset, position, reason)
     select $1, date, 'fact_sales', 1, 'missing' from unnest('{2024-05-01, 2024-05-02}'::date[]) as date`,
    [plan],
  )
}

test('lists plans in pages, the newest first, with what each builds', async () => {
  for (const plan of ['one', 'two', 'three']) await planOf(plan)
  const first = await readPlans(pool, { limit: 2 })
  expect(first.items.map(({ plan }) => plan)).toEqual(['three', 'two'])
  const second = await readPlans(pool, { limit: 2, cursor: first.next! })
  expect([second.items.map(({ plan }) => plan), second.next]).toEqual([['one'], null])
  expect(await readPlanCells(pool, 'one', { date: '2024-05-02' })).toMatchObject([
    { asset: 'fact_sales', date: '2024-05-02', reason: 'missing', status: 'planned' },
  ])
  await expect(readPlanCells(pool, 'four')).rejects.toMatchObject({ code: 'not_found', kind: 'plan' })
})

test('does not change or run what can not be', async () => {
  const open = { pool, temporal }
  await planOf('idle')
  expect(await readBackfill(open, 'idle')).toMatchObject({ plan: { status: 'planned', cells: 2 }, run: null })
  await expect(pauseBackfill(open, 'idle')).rejects.toMatchObject({ code: 'conflict' })
  await expect(applyPlan(open, 'idle', { concurrency: 65 })).rejects.toMatchObject({ field: 'concurrency' })
  await startRun(pool, {
    asset: 'fact_sales',
    date: '2024-05-01',
    reason: 'requested',
    workflowId: 'other',
    runId: 'r',
  })
  const outdated = await applyPlan(open, 'idle').catch((error: unknown) => error)
  expect(outdated).toBeInstanceOf(PlanOutdatedError)
  expect(outdated).toMatchObject({
    code: 'conflict',
    moves: [{ asset: 'fact_sales', date: '2024-05-01', status: 'running', workflowId: 'other' }],
    message: expect.stringContaining('fact_sales 2024-05-01: planned as missing, now running by other'),
  })
})
