import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common'
import {
  getExternalWorkflowHandle,
  isCancellation,
  ParentClosePolicy,
  startChild,
  upsertSearchAttributes,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import type { OrderNews } from '../../activities/purchase-orders/news.ts'
import { orderSteps } from '../activities.ts'
import { mapBounded } from '../assets/graph.ts'
import { describedBy } from '../search-attributes.ts'
import { deliveriesChanged, purchaseOrder } from './purchase-order.ts'

const SIGNALS_AT_ONCE_MAX = 20

export interface OrderNewsOutput {
  orders: number
  /** Whose workflow was not there: it was begun (again). */
  begun: number
}

/**
 * Notifies the workflows of orders of what was delivered, at least once: what was sent is marked after it, and a workflow that is
 * notified twice looks twice. An order without a workflow gets one, so that none is lost with its workflow.
 */
export async function orderNews(): Promise<OrderNewsOutput> {
  upsertSearchAttributes(describedBy({ pipeline: 'order-news' }))
  const news = await orderSteps.listOrderNews()
  const begun = await mapBounded(news, SIGNALS_AT_ONCE_MAX, tell)
  if (news.length > 0) await orderSteps.markOrderNewsTold(news)
  return { orders: news.length, begun: begun.filter(Boolean).length }
}

/** @returns whether the order's workflow had to be begun */
async function tell({ purchaseOrderId }: OrderNews): Promise<boolean> {
  const workflowId = `purchase-order-${purchaseOrderId}`
  try {
    await getExternalWorkflowHandle(workflowId).signal(deliveriesChanged)
    return false
  } catch (error) {
    if (isCancellation(error)) throw error
  }
  try {
    await startChild(purchaseOrder, {
      workflowId,
      args: [{ purchaseOrderId }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    })
    return true
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return false
    throw error
  }
}
