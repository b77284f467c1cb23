import { afterAll, beforeAll, expect, it as test } from 'vitest'
import { failRun, recordChecks, registerAssets, startRun, succeedRun } from '../../platform/ledger.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { readAssets } from './assets.ts'
import { readGrid, readPartitions, showPartition } from './ledger.ts'

const DAY = '2024-05-02'
let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

async function begin(asset: string, date: string) {
  const run = await startRun(pool, { asset, date, reason: 'requested', workflowId: 'w', runId: 'r' })
  if (!('run' in run)) throw new Error(`${asset} ${date} is held`)
  return run
}

async function build(asset: string, date: string, inputs: Record<string, number> = {}) {
  await succeedRun(pool, await begin(asset, date), { inputs, codeVersion: 'c', rows: 10, bytes: 100 })
}

test('has nothing before anything was built', async () => {
  expect(await readGrid(pool)).toBeUndefined()
  await expect(readGrid(pool, { asset: ['fact_sales'] })).rejects.toMatchObject({ code: 'unavailable' })
  await expect(readGrid(pool, { from: '2024-05-32' })).rejects.toMatchObject({ code: 'invalid', field: 'from' })
})

test('is a grid of assets and days, and everything about one of its cells', async () => {
  const entry = { description: 'x', store: 'lake' as const, codeVersion: 'c' }
  await registerAssets(pool, [
    { ...entry, name: 'cleansed/sales', upstream: [] },
    { ...entry, name: 'fact_sales', upstream: ['cleansed/sales'] },
    { ...entry, name: 'agg_sales', upstream: ['fact_sales'] },
  ])
  await build('cleansed/sales', '2024-05-01', { 'raw/pos_transactions': 3 })
  await build('cleansed/sales', DAY, { 'raw/pos_transactions': 4 })
  await build('fact_sales', DAY, { 'cleansed/sales': 2 })
  const failed = await begin('fact_sales', DAY)
  const row = { store_id: '7', quantity: -3 }
  await recordChecks(pool, { ...failed }, [
    { check: 'rows', severity: 'warn', passed: true, finding: '10 rows', failingRows: 0 },
    {
      check: 'no_negative',
      severity: 'block',
      passed: false,
      finding: '1 row is negative',
      failingRows: 1,
      examples: [{ reason: 'quantity below zero', row }],
    },
  ])
  await failRun(pool, failed, 'check no_negative failed')

  const grid = await readGrid(pool)
  expect(grid).toMatchObject({
    assets: ['cleansed/sales', 'fact_sales', 'agg_sales'],
    from: '2024-05-01',
    to: DAY,
    days: 2,
    partitions: [
      { asset: 'cleansed/sales', date: '2024-05-01', state: 'succeeded', rows: 10, error: null },
      { asset: 'cleansed/sales', date: DAY, state: 'succeeded' },
      { asset: 'fact_sales', date: DAY, state: 'failed', rows: 10, error: 'check no_negative failed' },
    ],
  })
  expect(await readGrid(pool, { asset: ['fact_sales'], from: '2023-01-01', to: '2024-12-31' })).toMatchObject({
    assets: ['fact_sales'],
    from: '2023-11-28',
    to: '2024-12-31',
    days: 731,
    partitions: [{ asset: 'fact_sales' }],
  })
  expect((await readPartitions(pool, { asset: ['fact_sales'] }))!.partitions).toMatchObject([
    { inputs: { 'cleansed/sales': 2 }, status: 'failed' },
  ])

  const details = await showPartition(pool, { asset: 'fact_sales', date: DAY })
  expect(details).toMatchObject({
    partition: { run: failed.run, status: 'failed', inputs: { 'cleansed/sales': 2 } },
    runs: [
      { run: failed.run, status: 'failed', error: 'check no_negative failed' },
      { status: 'succeeded', rows: 10 },
    ],
    checks: [
      { check: 'no_negative', passed: false, examples: [{ reason: 'quantity below zero', row }] },
      { check: 'rows', passed: true, examples: [] },
    ],
    upstream: [{ asset: 'cleansed/sales', state: 'succeeded' }],
    downstream: [{ asset: 'agg_sales', state: 'missing', run: null }],
  })
  expect(await showPartition(pool, { asset: 'agg_sales', date: DAY })).toMatchObject({ partition: null, runs: [] })
  await expect(showPartition(pool, { asset: 'nothing', date: DAY })).rejects.toThrow(
    'asset "nothing" does not exist: use one of cleansed/sales, fact_sales, agg_sales',
  )
  expect((await readAssets(pool)).map(({ asset }) => asset)).toEqual(['cleansed/sales', 'fact_sales', 'agg_sales'])
})
