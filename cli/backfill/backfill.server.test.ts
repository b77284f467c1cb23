import { randomUUID } from 'node:crypto'
import type { Client } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { backfillWorkflowId } from '../../activities/backfill/plans.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { connectTemporal } from '../../platform/temporal/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { environmentOf, type Outcome, shelfline } from '../testing.ts'

let database: TestDatabase
let pool: Pool
let temporal: Client

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, createLogger({ logLevel: 'silent' }, 'test'))
  temporal = await connectTemporal(database.settings)
})
afterAll(async () => {
  await temporal?.connection.close()
  await pool?.end()
  await database?.drop()
})

const backfill = (...words: string[]): Promise<Outcome> =>
  shelfline(['backfill', ...words], environmentOf(database.settings))

/** A plan whose workflow waits for a worker that never comes. */
async function runningPlan(): Promise<string> {
  const plan = `test-${randomUUID()}`
  await pool.query(
    `insert into ops.backfill_plans (plan, assets, from_date, to_date, forced, failed_only, status)
     values ($1, '{fact_sales}', '2024-05-01', '2024-05-02', false, false, 'running')`,
    [plan],
  )
  await pool.query(
    `insert into ops.backfill_cells (plan, date, asset, position, reason)
     values ($1, '2024-05-01', 'fact_sales', 1, 'missing')`,
    [plan],
  )
  await temporal.workflow.start('backfill', {
    taskQueue: `nobody-${plan}`,
    workflowId: backfillWorkflowId(plan),
    args: [{ plan }],
  })
  return plan
}

const signalsOf = async (plan: string): Promise<(string | null | undefined)[]> => {
  const { events } = await temporal.workflow.getHandle(backfillWorkflowId(plan)).fetchHistory()
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signaled }) => signaled?.signalName ?? [])
}

const terminate = (plan: string) => temporal.workflow.getHandle(backfillWorkflowId(plan)).terminate()

describe('a backfill that is being cancelled', () => {
  test('is sent nothing more: what would be lost is refused with what to do', async () => {
    const plan = await runningPlan()
    expect(await backfill('pause', plan)).toMatchObject({ code: 0, out: `${plan} paused\n` })
    expect(await backfill('cancel', plan)).toMatchObject({ code: 0, out: `${plan} is being cancelled\n` })
    for (const words of [
      ['resume', plan],
      ['resume', plan, '--concurrency', '4'],
      ['pause', plan],
      ['set', plan, '--concurrency', '4'],
      ['apply', plan],
    ]) {
      const { code, error } = await backfill(...words)
      expect([words[0], code, error]).toEqual([words[0], 2, expect.stringContaining('is being cancelled: wait until')])
    }
    expect((await backfill('status', plan)).out).toContain('is being cancelled')
    expect(await signalsOf(plan)).toEqual(['pause'])
    await terminate(plan)
  })
})

describe('a backfill that has ended', () => {
  test('can not be paused, set or cancelled', async () => {
    const plan = await runningPlan()
    await terminate(plan)
    for (const words of [
      ['pause', plan],
      ['set', plan, '--concurrency', '4'],
      ['cancel', plan],
    ]) {
      const { code, error } = await backfill(...words)
      expect([words[0], code, error]).toEqual([words[0], 2, expect.stringContaining('is not running')])
    }
  })
})

test('refuses a concurrency that can not be before it resumes anything', async () => {
  const plan = await runningPlan()
  const { code, error } = await backfill('resume', plan, '--concurrency', 'many')
  expect([code, error]).toEqual([2, expect.stringContaining('--concurrency many is not a whole number')])
  expect(await signalsOf(plan)).toEqual([])
  await terminate(plan)
})
