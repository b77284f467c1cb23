import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  ApplicationFailure,
  continueAsNew,
  defineQuery,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  rootCause,
  setHandler,
  startChild,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
  workflowInfo,
} from '@temporalio/workflow'
import type { FailureType } from '../../activities/failures.ts'
import type {
  LocationRequest,
  ReplenishmentScope,
  ReplenishmentSummary,
} from '../../activities/replenishment/replenishment.ts'
import { orderDrafts, replenishmentQueries } from '../activities.ts'
import { mapBounded } from '../assets/graph.ts'
import { assertDay } from '../assets/materialize.ts'
import type { purchaseOrder } from '../purchase-orders/purchase-order.ts'
import { describedBy } from '../search-attributes.ts'

/** Locations that are planned at once; what a worker really takes is its own setting. */
const LOCATIONS_AT_ONCE_MAX = 4
/** Locations whose failure is reported in full. */
const FAILURES_TOLD_MAX = 20

export interface ReplenishmentInput extends ReplenishmentScope {
  /** The day of the review, YYYY-MM-DD; left out: today, by the business clock. */
  date?: string
  /** Where a run that grew too long continues. */
  progress?: ReplenishmentProgress
}

export interface ReplenishmentProgress {
  date: string | null
  /** The last location of the pages that are done. */
  after: string
  locationsDone: number
  /** Workflows of orders that were started, those of earlier drafts without a workflow among them. */
  ordersStarted: number
  failed: { locationId: string; error: string }[]
  failures: number
}

export interface ReplenishmentOutput extends ReplenishmentSummary {
  date: string
  locations: number
  ordersStarted: number
}

export const replenishmentProgress = defineQuery<ReplenishmentProgress>('progress')

/**
 * Plans the orders of a day, location by location, and starts the workflow of each. From the Web UI: `{}` for today and
 * everything, or `{"date": "2024-05-01", "location": "W1", "supplier": "S1"}`.
 *
 * @throws ApplicationFailure `LocationsFailed` naming the locations that could not be planned, after the others were
 */
export async function replenishment(input: ReplenishmentInput = {}): Promise<ReplenishmentOutput> {
  if (input.date !== undefined) assertDay('replenishment', input.date)
  const progress = input.progress ?? newProgress()
  setHandler(replenishmentProgress, () => progress)
  const { progress: _, date: wanted, ...scope } = input
  const date = await replenishmentQueries.replenishmentDay(wanted)
  progress.date = date
  upsertSearchAttributes(describedBy({ pipeline: 'replenishment', businessDate: date }))

  for (;;) {
    const locations = await replenishmentQueries.dueLocations(scope, progress.after)
    if (locations.length === 0) break
    await mapBounded(locations, LOCATIONS_AT_ONCE_MAX, (locationId) =>
      plan({ date, locationId, ...pick(scope) }, progress),
    )
    progress.after = locations.at(-1)!
    if (workflowInfo().continueAsNewSuggested) {
      return continueAsNew<typeof replenishment>({ ...scope, date, progress })
    }
  }
  assertNoneFailed(date, progress)
  const summary = await replenishmentQueries.summarizeReplenishment(date, scope)
  return { date, locations: progress.locationsDone, ordersStarted: progress.ordersStarted, ...summary }
}

const newProgress = (): ReplenishmentProgress => ({
  date: null,
  after: '',
  locationsDone: 0,
  ordersStarted: 0,
  failed: [],
  failures: 0,
})

const pick = ({ supplier }: ReplenishmentScope) => (supplier === undefined ? {} : { supplier })

/** One location in a workflow of its own, so that its history is not the whole day's. */
async function plan(request: LocationRequest, progress: ReplenishmentProgress): Promise<void> {
  try {
    progress.ordersStarted += await executeChild(replenishLocation, {
      args: [request],
      workflowId: `${workflowInfo().workflowId}/${request.locationId}`,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      typedSearchAttributes: describedBy({ pipeline: 'replenish-location', businessDate: request.date }),
    })
  } catch (error) {
    if (isCancellation(error)) throw error
    progress.failures += 1
    if (progress.failed.length < FAILURES_TOLD_MAX) {
      progress.failed.push({ locationId: request.locationId, error: rootCause(error) ?? 'unknown' })
    }
  }
  progress.locationsDone += 1
}

/**
 * The orders of one location, one supplier after the other: what one order takes of the location's budget and needs is
 * known to the next.
 *
 * @returns workflows of orders that were started
 */
export async function replenishLocation(request: LocationRequest): Promise<number> {
  let started = 0
  for (const { supplierId, budget } of await orderDrafts.openLocation(request)) {
    const summary = `${request.locationId} from ${supplierId}`
    const bounds = budget === undefined ? {} : { budget }
    const draft = await orderDrafts.draftOrder.executeWithOptions({ summary }, [
      { ...request, supplier: supplierId, ...bounds },
    ])
    for (const purchaseOrderId of draft.purchaseOrderIds) started += await begin(purchaseOrderId)
  }
  return started
}

/** An order lives on when this workflow ends. One that has begun already was started by another run. */
async function begin(purchaseOrderId: string): Promise<number> {
  try {
    await startChild<typeof purchaseOrder>('purchaseOrder', {
      args: [{ purchaseOrderId }],
      workflowId: `purchase-order-${purchaseOrderId}`,
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
    })
    return 1
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return 0
    throw error
  }
}

function assertNoneFailed(date: string, { failed, failures, locationsDone }: ReplenishmentProgress): void {
  if (failures === 0) return
  const type: FailureType = 'LocationsFailed'
  const errors = failed.map(({ locationId, error }) => `${locationId} failed (${error})`).join('; ')
  const more = failures > failed.length ? `; and ${failures - failed.length} more` : ''
  throw ApplicationFailure.nonRetryable(
    `replenishment ${date}: ${failures} of ${locationsDone} locations were not planned: ${errors}${more}`,
    type,
    { date, failed },
  )
}
