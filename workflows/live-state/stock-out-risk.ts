import { upsertSearchAttributes } from '@temporalio/workflow'
import type { RiskReport } from '../../activities/live-state/stock-out-risk.ts'
import { riskAndNotifications } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'

/** Learns what is usual once a day and store; keeps availability and stock-out risk in step with the live state. */
export function stockOutRisk(): Promise<RiskReport> {
  upsertSearchAttributes(describedBy({ pipeline: 'stock-out-risk' }))
  return riskAndNotifications.evaluateRisk()
}
