/** The recorder around activities as a worker calls them, and what it leaves in the database. */
import { ApplicationFailure, CancelledFailure, type Context } from '@temporalio/activity'
import { MockActivityEnvironment } from '@temporalio/testing'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import { createRetryRecorder } from './retries.ts'

let database: TestDatabase
let pool: Pool
beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'error' }, 'test'))
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})
let registry: Registry
let recorder: ReturnType<typeof createRetryRecorder>
beforeEach(async () => {
  await pool.query('delete from ops.activity_retry')
  registry = new Registry()
  recorder = createRetryRecorder({ pool, registry, logger: createLogger({ logLevel: 'silent' }, 'test') })
})

const info = (attempt: number) => ({
  activityType: 'sendPurchaseOrder',
  activityId: '1',
  attempt,
  workflowExecution: { workflowId: 'purchase-order-PO-1', runId: 'r' },
  retryPolicy: { initialInterval: 2_000, backoffCoefficient: 2, maximumInterval: 900_000 },
  scheduledTimestampMs: Date.now(),
  scheduleToCloseTimeoutMs: 0,
})

/** One attempt in an activity's context; its error is what the worker would report. */
function attempt(number: number, work: () => Promise<unknown>): Promise<unknown> {
  const environment = new MockActivityEnvironment(info(number))
  const { execute } = recorder(environment.context as Context)
  return environment.run(() => execute!({ args: [], headers: {} }, work)).catch((error: unknown) => error)
}
const failing = (error: unknown) => () => Promise.reject(error)
const rows = async () =>
  (
    await pool.query(
      `select purchase_order_id, activity, attempts, last_error, is_alerting,
         round(extract(epoch from next_try_at - last_failed_at))::int as wait from ops.activity_retrying`,
    )
  ).rows

test('what fails is there from the first time until it succeeds, with why and when it is retried', async () => {
  await attempt(1, failing(new Error('the store is away')))
  expect(await rows()).toEqual([
    {
      purchase_order_id: 'PO-1',
      activity: 'sendPurchaseOrder',
      attempts: 1,
      wait: 2,
      last_error: 'the store is away',
      is_alerting: false,
    },
  ])
  for (let number = 2; number <= 5; number += 1) await attempt(number, failing(new Error(`away ${number}`)))
  expect(await rows()).toMatchObject([{ attempts: 5, last_error: 'away 5', is_alerting: true, wait: 32 }])
  expect(await registry.metrics()).toContain('shelfline_activities_retried{activity="sendPurchaseOrder"} 1')
  await attempt(6, async () => 'sent')
  expect(await rows()).toEqual([])
  expect(await registry.metrics()).toContain(
    'shelfline_activity_failures_total{activity="sendPurchaseOrder",outcome="retried"} 5',
  )
})

test('an attempt whose end was not reported is known from the next one', async () => {
  let seen: unknown[] = []
  await attempt(3, async () => {
    seen = await rows()
  })
  expect(seen).toMatchObject([{ attempts: 2, last_error: expect.stringContaining('did not end in time') }])
  expect(await rows()).toEqual([])
})

test('a next attempt under way keeps why the one before failed', async () => {
  await attempt(1, failing(new Error('no answer')))
  let seen: unknown[] = []
  await attempt(2, async () => {
    seen = await rows()
  })
  expect(seen).toMatchObject([{ attempts: 1, last_error: 'no answer' }])
})

test('what is not retried is not kept', async () => {
  await attempt(1, failing(new Error('away')))
  const thrown = await attempt(2, failing(ApplicationFailure.nonRetryable('no', 'OrderRefused')))
  expect(thrown).toMatchObject({ message: 'no' })
  expect(await rows()).toEqual([])
})

test('a worker that stops leaves what is known', async () => {
  await attempt(1, failing(new Error('away')))
  await attempt(2, failing(new CancelledFailure('WORKER_SHUTDOWN')))
  expect(await rows()).toMatchObject([{ attempts: 1, last_error: 'away' }])
})

test('the error of an activity is the activity’s, also when it can not be recorded', async () => {
  const gone = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
  await gone.end()
  recorder = createRetryRecorder({
    pool: gone,
    registry: new Registry(),
    logger: createLogger({ logLevel: 'silent' }, 'test'),
  })
  expect(await attempt(1, failing(new Error('mine')))).toMatchObject({ message: 'mine' })
  expect(await attempt(2, async () => 'done')).toBe('done')
})

test('no password is kept', async () => {
  await attempt(1, failing(new Error('postgres://me:mystery@db:5432/x does not answer')))
  expect((await rows())[0].last_error).not.toContain('mystery')
})
