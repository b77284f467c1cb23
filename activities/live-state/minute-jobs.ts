import type { BatchDependencies } from '../dependencies.ts'
import { refuse } from '../failures.ts'

/** Rows that one job changes in one run; what is beyond waits for the next minute. */
const JOB_ROWS_MAX = 5_000

export interface MinuteJobsReport {
  /** The instant that the jobs were run for: simulated while a simulation's clock runs. */
  asOf: string
  jobs: { job: string; changed: number; milliseconds: number }[]
}

interface JobRun {
  changed: number
  ms: number
  error: string | null
}

export function createMinuteJobActivities({ pool, metrics, logger }: BatchDependencies) {
  /** A transaction a job: what one locks is free before the next begins, and one that fails holds up no other. */
  async function runJob(job: string, asOf: Date): Promise<JobRun> {
    const { rows } = await pool.query<JobRun>(
      'select changed, ms::float8 as ms, error from ops.run_minute_job($1, $2, $3)',
      [job, asOf, JOB_ROWS_MAX],
    )
    const run = rows[0]!
    metrics.minuteJobRan(job, run.changed, run.ms, run.error !== null)
    if (run.error !== null) logger.error({ job, error: run.error }, 'a minute job failed; it is retried in a minute')
    return run
  }

  return {
    /**
     * Runs every minute job once, in order, as of the business clock.
     *
     * @throws JobsFailed, not retried, when all have run and some failed, naming them
     */
    async runMinuteJobs(): Promise<MinuteJobsReport> {
      const { rows } = await pool.query<{ job: string; as_of: Date }>(
        'select job, now.as_of from ops.minute_job cross join (select ops.now() as as_of) as now order by position',
      )
      const asOf = rows[0]!.as_of
      const report: MinuteJobsReport = { asOf: asOf.toISOString(), jobs: [] }
      const failures: string[] = []
      for (const { job } of rows) {
        const { changed, ms, error } = await runJob(job, asOf)
        report.jobs.push({ job, changed, milliseconds: ms })
        if (error !== null) failures.push(`${job}: ${error}`)
      }
      const broken = await pool.query<{ alert_type: string; last_error: string }>(
        'select alert_type, last_error from ops.alert_rule where last_error is not null order by position',
      )
      failures.push(...broken.rows.map(({ alert_type, last_error }) => `alert rule ${alert_type}: ${last_error}`))
      if (failures.length > 0) throw refuse('JobsFailed', failures.join('; '))
      return report
    },
  }
}

export type MinuteJobActivities = ReturnType<typeof createMinuteJobActivities>
