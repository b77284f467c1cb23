import { DefaultLogger, type LogEntry, type Logger as TemporalLogger } from '@temporalio/worker'
import type { Logger } from '../platform/log.ts'

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const

/** Temporal's own lines as lines of our log. What it logs of every task is for debugging: one level down. */
export function temporalLogger(logger: Logger): TemporalLogger {
  return new DefaultLogger('INFO', ({ level, message, meta }: LogEntry) => {
    const { sdkComponent, workflowId, activityType, attempt, error } = meta ?? {}
    const ours = level === 'INFO' ? 'debug' : levels[level]
    logger[ours]({ sdkComponent, workflowId, activityType, attempt, ...(error && { error: describe(error) }) }, message)
  })
}

const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error))
