/**
 * The activities as workflows call them. Every bound is written here, once, and a proxy has only the activities that its bounds are
 * meant for, so that none can be called with another's.
 */
import { ActivityCancellationType, proxyActivities, proxyLocalActivities } from '@temporalio/workflow'
import type { BackfillActivities } from '../activities/backfill/backfill.ts'
import type { PartitionActivities } from '../activities/backfill/partitions.ts'
import type { DataQualityActivities } from '../activities/data-quality/data-quality.ts'
import type { MaintenanceActivities } from '../activities/data-quality/maintenance.ts'
import type { FailureType } from '../activities/failures.ts'
import type { ForecastActivities } from '../activities/forecasting/forecasts.ts'
import type { MinuteJobActivities } from '../activities/live-state/minute-jobs.ts'
import type { RiskActivities } from '../activities/live-state/stock-out-risk.ts'
import type { NotificationActivities } from '../activities/notifications/notifications.ts'
import type { RetentionActivities } from '../activities/privacy/retention.ts'
import type { OrderNewsActivities } from '../activities/purchase-orders/news.ts'
import type { PurchaseOrderActivities } from '../activities/purchase-orders/purchase-order.ts'
import type { OrderSendingActivities } from '../activities/purchase-orders/sending.ts'
import type { ReplenishmentActivities } from '../activities/replenishment/replenishment.ts'
import type { PowerBiActivities } from '../activities/reports/power-bi.ts'

const notRetried: FailureType[] = [
  'InvalidInput',
  'ChecksFailed',
  'PartitionsFailed',
  'JobsFailed',
  'ModelsFailed',
  'ModelUnusable',
]

/** Seconds without a sign of life after which a worker counts as lost and its work moves on. */
const HEARTBEAT_TIMEOUT = '10 seconds'

/** Queries of the database and of the settings that take milliseconds; they run in the workflow's worker without a task of their own. */
export const localQueries = proxyLocalActivities<
  Pick<PartitionActivities, 'assertAsset' | 'planDay'> &
    Pick<BackfillActivities, 'beginBackfill' | 'nextBackfillDates' | 'failCell' | 'finishBackfill'> &
    Pick<ForecastActivities, 'planTraining'> &
    Pick<PowerBiActivities, 'wantsPowerBiRefresh'>
>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: '5 minutes',
  retry: {
    initialInterval: '500 milliseconds',
    maximumInterval: '10 seconds',
    maximumAttempts: 20,
    nonRetryableErrorTypes: notRetried,
  },
})

/**
 * Statements on the live state, some seconds in all. Beside the workflow, because a slot that a partition takes for minutes
 * would hold it up; few attempts, because the next minute is another.
 */
export const stateRules = proxyLocalActivities<Pick<MinuteJobActivities, 'runMinuteJobs'>>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '2 seconds', maximumAttempts: 3, nonRetryableErrorTypes: notRetried },
})

/** Works off what is due, page by page; an attempt that is lost continues where it was. */
export const riskAndNotifications = proxyActivities<
  Pick<RiskActivities, 'evaluateRisk'> & Pick<NotificationActivities, 'notify'>
>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '2 seconds', maximumInterval: '30 seconds', maximumAttempts: 3 },
})

/**
 * Builds one partition, or a part of one. The pauses between the attempts (2, 4, 8, 16, 32 seconds) outlast the lease of
 * a run that another workflow has lost.
 */
export const partitionBuilds = proxyActivities<
  Pick<PartitionActivities, 'materializePartition' | 'stageShard' | 'publishShards' | 'abandonShards'>
>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 6,
    nonRetryableErrorTypes: notRetried,
  },
})

/**
 * Builds the cells of one date. A cell's own failures are dealt with inside, so that an attempt fails only when its worker
 * is lost or the database is away; hence the many attempts.
 */
export const backfillDates = proxyActivities<Pick<BackfillActivities, 'materializeDate'>>({
  startToCloseTimeout: '4 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '1 second',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
    maximumAttempts: 50,
    nonRetryableErrorTypes: notRetried,
  },
})

/** Reads the lake and much of the ledger. */
export const repairPlans = proxyActivities<Pick<BackfillActivities, 'planRepair'>>({
  startToCloseTimeout: '10 minutes',
  retry: { initialInterval: '2 seconds', maximumInterval: '30 seconds', maximumAttempts: 5 },
})

export const maintenance = proxyActivities<
  Pick<MaintenanceActivities, 'ensurePartitions' | 'refreshBi'> &
    Pick<DataQualityActivities, 'checkQuality' | 'checkState'>
>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '2 seconds',
    maximumInterval: '30 seconds',
    maximumAttempts: 4,
    nonRetryableErrorTypes: notRetried,
  },
})

/** Reads and writes files of the lake; a run that breaks off is continued by the next. */
export const retention = proxyActivities<Pick<RetentionActivities, 'enforceRetention'>>({
  startToCloseTimeout: '4 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '10 seconds', maximumInterval: '2 minutes', maximumAttempts: 3 },
})

/** Trains a model: one attempt after another, each from the beginning. */
export const modelTraining = proxyActivities<Pick<ForecastActivities, 'trainModel'>>({
  startToCloseTimeout: '4 hours',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '10 seconds',
    maximumInterval: '2 minutes',
    maximumAttempts: 3,
    nonRetryableErrorTypes: notRetried,
  },
})

/** Steps of an order. A database that is away is waited for: an order must not be lost with its workflow. */
export const orderSteps = proxyLocalActivities<
  Pick<PurchaseOrderActivities, 'readPurchaseOrder' | 'stepPurchaseOrder'> &
    Pick<OrderNewsActivities, 'listOrderNews' | 'markOrderNewsTold'>
>({
  startToCloseTimeout: '30 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    maximumInterval: '1 minute',
    nonRetryableErrorTypes: [...notRetried, 'OrderRefused', 'OrderForbidden'],
  },
})

/** A supplier who doesn't answer is asked again for three days, more and more seldom; then a person has to look. */
export const supplierMessages = proxyActivities<
  Pick<OrderSendingActivities, 'sendPurchaseOrder' | 'withdrawPurchaseOrder'>
>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '3 days',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '15 minutes',
    nonRetryableErrorTypes: notRetried,
  },
})

/** What is to be planned, and the result: queries of some seconds. */
export const replenishmentQueries = proxyLocalActivities<
  Pick<ReplenishmentActivities, 'dueLocations' | 'replenishmentDay' | 'summarizeReplenishment'>
>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '10 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '10 seconds', nonRetryableErrorTypes: notRetried },
})

/** Plans the orders of one location. A planner that waits for another planner of the same location waits within the first bound. */
export const orderDrafts = proxyActivities<Pick<ReplenishmentActivities, 'openLocation' | 'draftOrder'>>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '2 seconds',
    backoffCoefficient: 2,
    maximumInterval: '1 minute',
    maximumAttempts: 6,
    nonRetryableErrorTypes: notRetried,
  },
})

/** Requests of some seconds to a service that may be away, or ask for a pause. */
export const powerBi = proxyActivities<Pick<PowerBiActivities, 'beginPowerBiRefresh' | 'readPowerBiRefresh'>>({
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '6 hours',
  retry: {
    initialInterval: '5 seconds',
    backoffCoefficient: 2,
    maximumInterval: '10 minutes',
    nonRetryableErrorTypes: notRetried,
  },
})

/** Reads a fortnight of the lake and of reports. */
export const driftMeasurement = proxyActivities<Pick<ForecastActivities, 'measureDrift'>>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: HEARTBEAT_TIMEOUT,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: {
    initialInterval: '2 seconds',
    maximumInterval: '30 seconds',
    maximumAttempts: 4,
    nonRetryableErrorTypes: notRetried,
  },
})
