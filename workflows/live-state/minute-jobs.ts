import { upsertSearchAttributes } from '@temporalio/workflow'
import type { MinuteJobsReport } from '../../activities/live-state/minute-jobs.ts'
import { stateRules } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'

/** Lets the live state act: holds, restocking, orders, markdowns, removals, alerts. */
export function minuteJobs(): Promise<MinuteJobsReport> {
  upsertSearchAttributes(describedBy({ pipeline: 'minute-jobs' }))
  return stateRules.runMinuteJobs()
}
