import { executeChild, ParentClosePolicy, upsertSearchAttributes } from '@temporalio/workflow'
import { repairPlans } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'
import { type BackfillOutput, backfill } from './backfill.ts'

export interface RepairLateOutput {
  /** The plan that was run; null when nothing was stale. */
  repaired: BackfillOutput | null
}

/** Rebuilds the partitions that late events, or a rebuilt upstream, have made stale, and what is made from them. */
export async function repairLate(): Promise<RepairLateOutput> {
  upsertSearchAttributes(describedBy({ pipeline: 'repair-late' }))
  const plan = await repairPlans.planRepair()
  if (plan === null) return { repaired: null }
  const repaired = await executeChild(backfill, {
    args: [{ plan }],
    workflowId: `backfill-${plan}`,
    parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
    typedSearchAttributes: describedBy({ pipeline: 'backfill' }),
  })
  return { repaired }
}
