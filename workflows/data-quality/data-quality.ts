import { upsertSearchAttributes } from '@temporalio/workflow'
import type { QualityReport } from '../../activities/data-quality/data-quality.ts'
import { maintenance } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'

/** Looks for missing stores, stale assets, streams that are stopped, messages that were lost on the way, and a day unlike its past. */
export function dataQuality(): Promise<QualityReport> {
  upsertSearchAttributes(describedBy({ pipeline: 'data-quality' }))
  return maintenance.checkQuality()
}

/** Recomputes the live state from the raw lake and compares: they are equal, or something is wrong. */
export function stateCheck(): Promise<QualityReport> {
  upsertSearchAttributes(describedBy({ pipeline: 'state-check' }))
  return maintenance.checkState()
}
