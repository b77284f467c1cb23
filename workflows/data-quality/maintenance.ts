import { upsertSearchAttributes } from '@temporalio/workflow'
import type { MaterialisedSums, PartitionsAhead } from '../../activities/data-quality/maintenance.ts'
import { maintenance } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'

/** Brings the sums that Power BI reads up to date. */
export function biRefresh(): Promise<MaterialisedSums> {
  upsertSearchAttributes(describedBy({ pipeline: 'bi-refresh' }))
  return maintenance.refreshBi()
}

/** Makes the facts' partitions of the months to come. */
export function ensurePartitions(): Promise<PartitionsAhead> {
  upsertSearchAttributes(describedBy({ pipeline: 'ensure-partitions' }))
  return maintenance.ensurePartitions()
}
