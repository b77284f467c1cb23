import { upsertSearchAttributes } from '@temporalio/workflow'
import type { RetentionReport } from '../../activities/privacy/retention.ts'
import { retention } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'

/** Ends what is kept of people when its time is over; its result is the report. */
export function privacy(): Promise<RetentionReport> {
  upsertSearchAttributes(describedBy({ pipeline: 'privacy' }))
  return retention.enforceRetention()
}
