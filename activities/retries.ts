/**
 * Activities that fail and are retried: kept in `ops.activity_retry`, counted, and reported by the alert
 * `work_retried`, so that the people an activity works for see it. Without this only the log of one worker would show it.
 */
import { ApplicationFailure, CancelledFailure, type Context } from '@temporalio/activity'
import type { RetryPolicy } from '@temporalio/common'
import type { ActivityInboundCallsInterceptor } from '@temporalio/worker'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { Logger } from '../platform/log.ts'
import type { Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { redact } from '../platform/redact.ts'

/** The activity itself must not wait for its record for longer than this. */
const RECORD_MS_MAX = 2_000
/** As Temporal has them where a policy leaves them out. */
const POLICY_DEFAULTS = { initialIntervalMs: 1_000, backoffCoefficient: 2, maximumIntervalFactor: 100 }

const texts = {
  recordFailure: statement('retries/record_failure.sql'),
  forget: statement('retries/forget.sql'),
  countAlerting: statement('retries/count_alerting.sql'),
}

/** What is needed of an attempt to know whether another one follows. */
export interface Attempt {
  /** From 1. */
  attempt: number
  /** Its intervals in milliseconds, as Temporal reports them. */
  retryPolicy?: RetryPolicy
  /** Milliseconds since the epoch. */
  scheduledTimestampMs: number
  /** Of all attempts together; 0: no bound. */
  scheduleToCloseTimeoutMs: number
}

/**
 * How long Temporal waits before it tries again after this error.
 *
 * @returns milliseconds; undefined when it does not try again
 */
export function retryDelayMs(
  error: unknown,
  { attempt, retryPolicy = {}, scheduledTimestampMs, scheduleToCloseTimeoutMs }: Attempt,
  nowMs: number,
): number | undefined {
  if (error instanceof ApplicationFailure && error.nonRetryable) return undefined
  const type = error instanceof ApplicationFailure ? error.type : (error as Error | undefined)?.name
  const { nonRetryableErrorTypes = [], maximumAttempts = 0 } = retryPolicy
  if (type != null && nonRetryableErrorTypes.includes(type)) return undefined
  if (maximumAttempts > 0 && attempt >= maximumAttempts) return undefined
  const asked = error instanceof ApplicationFailure ? error.nextRetryDelay : undefined
  const delayMs = asked === undefined || asked === null ? backoffMs(attempt, retryPolicy) : Number(asked)
  const endsAtMs = scheduledTimestampMs + scheduleToCloseTimeoutMs
  return scheduleToCloseTimeoutMs > 0 && nowMs + delayMs >= endsAtMs ? undefined : delayMs
}

function backoffMs(attempt: number, { initialInterval, backoffCoefficient, maximumInterval }: RetryPolicy): number {
  const initialMs = Number(initialInterval ?? POLICY_DEFAULTS.initialIntervalMs)
  const coefficient = backoffCoefficient ?? POLICY_DEFAULTS.backoffCoefficient
  const maximumMs = Number(maximumInterval ?? initialMs * POLICY_DEFAULTS.maximumIntervalFactor)
  return Math.min(initialMs * coefficient ** (attempt - 1), maximumMs)
}

export interface RetriesDependencies {
  pool: Pool
  logger: Logger
  registry: Registry
}

/** Wraps every activity of a worker; an activity that succeeds at once costs nothing. Its record never fails an activity. */
export function createRetryRecorder({ pool, logger, registry }: RetriesDependencies) {
  const failures = new Counter({
    name: 'shelfline_activity_failures_total',
    help: 'Failed attempts of activities, by outcome: retried or final.',
    labelNames: ['activity', 'outcome'],
    registers: [registry],
  })
  exportRetries(registry, pool)

  async function write(text: string, values: unknown[]): Promise<void> {
    const { promise: tooLong, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`not written within ${RECORD_MS_MAX} ms`)), RECORD_MS_MAX)
    try {
      await Promise.race([pool.query(text, values), tooLong])
    } catch (error) {
      logger.warn({ error: (error as Error).message }, 'a retry was not recorded')
    } finally {
      clearTimeout(timer)
    }
  }

  return (context: Context): ActivityInboundCallsInterceptor => {
    const { info, cancellationSignal } = context
    const { activityType, attempt } = info
    const { workflowId = '', runId = '' } = info.workflowExecution ?? {}
    const key = [workflowId, runId, info.activityId]
    const failed = (number: number, reason: string, delayMs: number | null) =>
      write(texts.recordFailure, [...key, activityType, number, redact(reason), delayMs])
    async function noteFailure(error: unknown): Promise<void> {
      if (error instanceof CancelledFailure || cancellationSignal.aborted) {
        // Else the worker stops, or Temporal has timed the attempt out: the next one records it.
        if (attempt > 1 && context.cancellationDetails?.cancelRequested) await write(texts.forget, key)
        return
      }
      const delayMs = retryDelayMs(error, info, Date.now())
      failures.inc({ activity: activityType, outcome: delayMs === undefined ? 'final' : 'retried' })
      if (delayMs !== undefined) await failed(attempt, reasonOf(error), delayMs)
      else if (attempt > 1) await write(texts.forget, key)
    }
    return {
      async execute(input, next) {
        // An attempt that never reported its end leaves its mark here.
        if (attempt > 1) await failed(attempt - 1, 'it did not end in time, or its worker was lost', null)
        try {
          const result = await next(input)
          if (attempt > 1) await write(texts.forget, key)
          return result
        } catch (error) {
          await noteFailure(error)
          throw error
        }
      },
    }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** While the database can't be read it reports nothing; the counter of failures still does. */
function exportRetries(registry: Registry, pool: Pool): void {
  new Gauge({
    name: 'shelfline_activities_retried',
    help: 'Activities that failed at least five times and are retried, by activity.',
    labelNames: ['activity'],
    registers: [registry],
    async collect() {
      this.reset()
      const { rows } = await pool
        .query<{ activity: string; count: number }>(texts.countAlerting)
        .catch(() => ({ rows: [] as { activity: string; count: number }[] }))
      for (const { activity, count } of rows) this.set({ activity }, count)
    },
  })
}
