import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  CellSettledError,
  failRun,
  type Run,
  readLedger,
  recordChecks,
  registerAssets,
  renewRun,
  startRun,
  succeedRun,
} from './ledger.ts'
import { createLogger } from './log.ts'
import { createPool, inTransaction, type Pool } from './postgres/postgres.ts'
import { loadSettings } from './settings/settings.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'

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

const request = (date: string, workflowId: string) => ({
  asset: 'cleansed/sales',
  date,
  reason: 'requested' as const,
  workflowId,
  runId: 'r1',
})
const start = async (date: string, workflowId: string) => (await startRun(pool, request(date, workflowId))) as Run
const built = { inputs: { 'raw/pos_transactions': 7 }, codeVersion: 'c1', rows: 10, bytes: 100, outputVersion: 3 }
const only = async (date: string) => (await readLedger(pool, { from: date, to: date }))[0]!
const waitingForLocks = async () =>
  (
    await pool.query(
      `select count(*)::int as sessions from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
  ).rows[0].sessions
const history = async (date: string) =>
  (await pool.query('select status, error from ops.partition_runs where date = $1 order by run', [date])).rows

test('a run that succeeds is in the ledger and in the history', async () => {
  const run = await start('2024-05-01', 'w1')
  expect(await succeedRun(pool, run, built)).toBeGreaterThanOrEqual(0)
  expect(await only('2024-05-01')).toMatchObject({
    status: 'succeeded',
    run: run.run,
    succeededRun: run.run,
    inputs: { 'raw/pos_transactions': 7 },
    rows: 10,
    outputVersion: 3,
  })
  expect(await history('2024-05-01')).toEqual([{ status: 'succeeded', error: null }])
})

test('a run that fails leaves the figures of the partition from before', async () => {
  await succeedRun(pool, await start('2024-05-02', 'w1'), built)
  const second = await start('2024-05-02', 'w1')
  await failRun(pool, second, 'no disk')
  expect(await only('2024-05-02')).toMatchObject({ status: 'failed', error: 'no disk', rows: 10, run: second.run })
})

test('another workflow waits for the lease, the same one does not', async () => {
  const first = await start('2024-05-03', 'w1')
  expect(await startRun(pool, request('2024-05-03', 'w2'))).toMatchObject({ workflowId: 'w1' })
  const second = await start('2024-05-03', 'w1')
  expect(second.run).toBeGreaterThan(first.run)
  expect(await history('2024-05-03')).toMatchObject([{ status: 'failed', error: expect.stringContaining('was lost') }])
})

test('a run that lost its partition can neither keep it nor write it down', async () => {
  const lost = await start('2024-05-04', 'w1')
  await pool.query(
    "update ops.partition_ledger set lease_until = now() - interval '1 second' where date = '2024-05-04'",
  )
  expect((await only('2024-05-04')).isAbandoned).toBe(true)
  const winner = await start('2024-05-04', 'w2')
  expect(await renewRun(pool, lost)).toBe(false)
  expect(await renewRun(pool, winner)).toBe(true)
  expect(await succeedRun(pool, lost, built)).toBeUndefined()
  await failRun(pool, lost, 'too late')
  expect(await only('2024-05-04')).toMatchObject({ status: 'running', run: winner.run, error: null })
})

test('of many workflows that start one partition at once, one gets it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => startRun(pool, request('2024-05-05', `w${index}`))),
  )
  expect(answers.filter((answer) => 'run' in answer)).toHaveLength(1)
})

test('checks are kept with their failing rows', async () => {
  const run = await start('2024-05-06', 'w1')
  await recordChecks(pool, run, [
    { check: 'rows', severity: 'warn', passed: true, finding: 'all there', failingRows: 0 },
    {
      check: 'orphans',
      severity: 'block',
      passed: false,
      finding: '1 orphan',
      failingRows: 1,
      examples: [{ reason: 'no store', row: { store_id: 'x' } }],
    },
  ])
  const { rows } = await pool.query('select check_name, reason, failing_row from ops.check_failures where run = $1', [
    run.run,
  ])
  expect(rows).toEqual([{ check_name: 'orphans', reason: 'no store', failing_row: { store_id: 'x' } }])
})

test('the history can only grow', async () => {
  await expect(pool.query('delete from ops.partition_runs')).rejects.toThrow('permission denied')
})

test('the catalogue follows the worker', async () => {
  const asset = (name: string, upstream: string[]) => ({
    name,
    description: 'd',
    store: 'lake' as const,
    upstream,
    codeVersion: '1',
  })
  await registerAssets(pool, [asset('a', []), asset('b', ['a'])])
  await registerAssets(pool, [asset('b', []), asset('c', ['b'])])
  const { rows } = await pool.query('select asset, upstream, position from ops.assets order by position')
  expect(rows).toEqual([
    { asset: 'b', upstream: [], position: 1 },
    { asset: 'c', upstream: ['b'], position: 2 },
  ])
})

test("a plan's cell that another attempt settles meanwhile is not started again", async () => {
  const date = '2024-05-20'
  await pool.query(
    `insert into ops.backfill_plans (plan, assets, from_date, to_date, forced, failed_only)
     values ('p', array['cleansed/sales'], $1, $1, true, false)`,
    [date],
  )
  await pool.query(
    `insert into ops.backfill_cells (plan, date, asset, position, reason) values ('p', $1, 'cleansed/sales', 1, 'forced')`,
    [date],
  )
  const ofPlan = { ...request(date, 'w1'), plan: 'p' }
  const first = (await startRun(pool, ofPlan)) as Run
  const { second } = await inTransaction(pool, async (client) => {
    await succeedRun(client, first, { ...built, plan: 'p' })
    // Its statement has seen the cell as planned, and waits for the ledger's row.
    const second = startRun(pool, ofPlan)
    second.catch(() => undefined)
    await expect.poll(waitingForLocks, { timeout: 30_000 }).toBe(1)
    return { second }
  })
  await expect(second).rejects.toBeInstanceOf(CellSettledError)
  expect(await only(date)).toMatchObject({ status: 'succeeded', run: first.run })
  await expect(startRun(pool, ofPlan)).rejects.toThrow('another attempt has settled its cell of plan p')
})
