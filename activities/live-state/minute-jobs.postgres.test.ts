import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../../platform/log.ts'
import { createJobsDatabase, type JobsDatabase, minutes, seedShelf } from '../../sql/jobs/testing.ts'
import type { BatchDependencies } from '../dependencies.ts'
import { createBatchMetrics } from '../metrics.ts'
import { createMinuteJobActivities } from './minute-jobs.ts'

let jobs: JobsDatabase
const registry = new Registry()
let runMinuteJobs: ReturnType<typeof createMinuteJobActivities>['runMinuteJobs']

beforeAll(async () => {
  jobs = await createJobsDatabase()
  const dependencies = {
    pool: jobs.pool,
    logger: createLogger({ logLevel: 'silent' }, 'test'),
    metrics: createBatchMetrics(registry),
  } as BatchDependencies
  ;({ runMinuteJobs } = createMinuteJobActivities(dependencies))
})
afterAll(() => jobs?.close())

const setClock = (instant: string) =>
  jobs.rows(
    `insert into ops.clock (simulated_now, speed, run_id, seed) values ($1, 1, 'test', 1)
     on conflict (is_only) do update set simulated_now = excluded.simulated_now`,
    [instant],
  )

test('runs the jobs as of the simulated clock, and counts them', async () => {
  await seedShelf(jobs, { onShelf: 4 })
  await setClock(minutes(0))
  const report = await runMinuteJobs()
  expect(report.asOf).toBe(minutes(0))
  expect(report.jobs.find(({ job }) => job === 'plan_restock')).toMatchObject({ changed: 1 })
  expect(await registry.metrics()).toContain('shelfline_minute_job_rows_total{job="plan_restock"} 1')
})

test('fails when a job or a rule did, after all have run', async () => {
  await jobs.rows(`insert into ops.minute_job (job, position) values ('no_such_job', 1)`)
  await jobs.rows(
    `insert into ops.alert_rule (alert_type, position, topic, resolve_after, meaning)
     values ('no_such_rule', 1, 'alerts', '1 minute', 'test')`,
  )
  await setClock(minutes(1))
  await expect(runMinuteJobs()).rejects.toMatchObject({
    type: 'JobsFailed',
    nonRetryable: true,
    message: expect.stringMatching(/^no_such_job: .*; alert rule no_such_rule: /),
  })
  const last = `select last_as_of from ops.minute_job where job = 'observe_alerts'`
  expect(await jobs.rows(last)).toEqual([{ last_as_of: new Date(minutes(1)) }])
  expect(await registry.metrics()).toContain('shelfline_minute_job_failures_total{job="no_such_job"} 1')
})
