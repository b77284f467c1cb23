import { upsertSearchAttributes } from '@temporalio/workflow'
import type { NotificationReport } from '../../activities/notifications/notifications.ts'
import { riskAndNotifications } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'

/** Notifies people of alerts, of orders that wait for approval, and in the morning of the day before. */
export function notify(): Promise<NotificationReport> {
  upsertSearchAttributes(describedBy({ pipeline: 'notify' }))
  return riskAndNotifications.notify()
}
