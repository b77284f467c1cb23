import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  rootCause,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { FailureType } from '../activities/failures.ts'
import type { OrderRequest, PurchaseOrder, StepResult } from '../activities/purchase-order.ts'
import type { OrderSendingActivities } from '../activities/purchase-order-sending.ts'
import { ordering, sending } from './activities.ts'
import {
  type OrderUpdate,
  type OrderUpdates,
  parseRequest,
  refused,
  refuseImpossible,
} from './purchase-order-requests.ts'
import { describedBy } from './search-attributes.ts'

/** A received order whose invoices don't come is closed without them. */
const INVOICE_WAIT_MS = 60 * 86_400_000
/** A run of the workflow with a longer history hands over to the next. */
const HISTORY_EVENTS_MAX = 2_000

export interface PurchaseOrderInput {
  purchaseOrderId: string
}

export interface PurchaseOrderOutput {
  purchaseOrderId: string
  status: string
  revision: number
  /** What the supplier said to a cancellation; left out where he did not have to hear of one. */
  withdrawal?: Withdrawal
}

type Withdrawal =
  | Awaited<ReturnType<OrderSendingActivities['withdrawPurchaseOrder']>>
  | ReturnType<typeof failureToSend>

export interface OrderAnswer {
  status: string
  revision: number
  /** One sentence. */
  message: string
}

const update = <Name extends OrderUpdate>(name: Name) => defineUpdate<OrderAnswer, [OrderUpdates[Name]]>(name)

export const approveOrder = update('approve')
export const denyOrder = update('deny')
export const cancelOrder = update('cancel')
export const resendOrder = update('resend')
export const delegateOrder = update('delegate')
export const editOrder = update('edit')
export const acknowledgeOrder = update('acknowledge')
export const invoiceOrder = update('invoice')
const updates = [
  ...[approveOrder, denyOrder, cancelOrder, resendOrder, delegateOrder, editOrder, acknowledgeOrder, invoiceOrder],
] as const

/** There are deliveries that the order's workflow has not heard of, or one that nobody waits for any more. */
export const deliveriesChanged = defineSignal('deliveriesChanged')
export const purchaseOrderState = defineQuery<PurchaseOrder | null>('order')

/**
 * The life of one order: approval, sending, deliveries, invoice. The order itself is in the database, where every step is
 * written in one transaction; the workflow decides what comes next and waits. Killed and started again, it goes on from
 * what is written. Escalation, expiry and the wait for invoices go by the real clock, also while a simulation runs.
 *
 * From the Web UI: `{"purchaseOrderId": "PO-…"}`, and the Updates with `{"by": "ann"}`.
 */
export async function purchaseOrder({ purchaseOrderId }: PurchaseOrderInput): Promise<PurchaseOrderOutput> {
  const life = new Life(purchaseOrderId)
  const order = await life.begin()
  upsertSearchAttributes(describedBy({ pipeline: 'purchase-order', businessDate: order.reviewDate }))
  while (life.order.steps.length > 0) {
    await life.next()
    const { historyLength, continueAsNewSuggested } = workflowInfo()
    if (historyLength > HISTORY_EVENTS_MAX || continueAsNewSuggested) {
      await condition(allHandlersFinished)
      await continueAsNew<typeof purchaseOrder>({ purchaseOrderId })
    }
  }
  const withdrawal = await life.withdraw()
  await condition(allHandlersFinished)
  const { status, revision } = life.order
  return { purchaseOrderId, status, revision, ...(withdrawal && { withdrawal }) }
}

class Life {
  readonly #id: string
  #order: PurchaseOrder | undefined
  /** What was delivered before this run began is looked at first. */
  #hasNews = true
  #withdrawal: Withdrawal | undefined

  constructor(purchaseOrderId: string) {
    this.#id = purchaseOrderId
    setHandler(purchaseOrderState, () => this.#order ?? null)
    setHandler(deliveriesChanged, () => {
      this.#hasNews = true
    })
    for (const definition of updates) this.#answer(definition.name as OrderUpdate)
  }

  get order(): PurchaseOrder {
    return this.#order!
  }

  async begin(): Promise<PurchaseOrder> {
    this.#remember(await ordering.readPurchaseOrder(this.#id))
    return this.order
  }

  /** Steps are taken side by side, and an answer may come after a newer one. */
  #remember(order: PurchaseOrder): void {
    if (this.#order === undefined || order.revision >= this.#order.revision) this.#order = order
  }

  #answer(step: OrderUpdate): void {
    setHandler(
      defineUpdate<OrderAnswer, [unknown]>(step),
      async (input) => {
        const requestId = `update/${currentUpdateInfo()!.id}`
        const { order, message } = await this.#step(requestId, parseRequest(step, input))
        return { status: order.status, revision: order.revision, message }
      },
      {
        validator: (input) => {
          const request = parseRequest(step, input)
          if (this.#order !== undefined) refuseImpossible(step, request, this.#order)
        },
      },
    )
  }

  /** @throws ApplicationFailure `OrderRefused` when it can't be done */
  async #step(requestId: string, request: OrderRequest): Promise<StepResult> {
    try {
      const result = await ordering.stepPurchaseOrder({ purchaseOrderId: this.#id, requestId, request })
      this.#remember(result.order)
      return result
    } catch (error) {
      if (isRefusal(error)) throw refused(rootCause(error)!)
      throw error
    }
  }

  /** A step of Shelfline's own. Where somebody else was first, the order as it is now counts. */
  async #take(step: OrderRequest['step'], detail?: Record<string, unknown>): Promise<void> {
    const requestId = `${step}/${this.order.revision}`
    try {
      await this.#step(requestId, { step, by: 'shelfline', ...(detail && { detail }) })
    } catch (error) {
      if (!isRefusal(error)) throw error
      await this.begin()
    }
  }

  /** Waits until something has happened to the order. @returns false when so long nothing did */
  async #changed(withinMs?: number): Promise<boolean> {
    const { revision } = this.order
    const isChanged = () => this.order.revision !== revision
    if (withinMs === undefined) {
      await condition(isChanged)
      return true
    }
    return withinMs > 0 ? condition(isChanged, withinMs) : isChanged()
  }

  /** What comes next, from where the order is. */
  async next(): Promise<void> {
    switch (this.order.status) {
      case 'draft':
        return this.#take('submit')
      case 'awaiting_approval':
        return this.#decide()
      case 'approved':
        return this.#send()
      case 'received':
        if (this.order.isWithdrawn) return this.#withdrawRest()
        if (await this.#changed(INVOICE_WAIT_MS)) return
        return this.#take('close')
      default:
        return this.#follow()
    }
  }

  async #decide(): Promise<void> {
    const { expiresInMs, escalatesInMs, isEscalated } = this.order
    const escalation = isEscalated ? null : escalatesInMs
    const step = escalation === null ? 'expire' : 'escalate'
    if (await this.#changed(escalation ?? expiresInMs ?? undefined)) return
    await this.#take(step)
  }

  /** Sends it, until the supplier has it or refuses it, or somebody cancels it. */
  async #send(): Promise<void> {
    if (this.order.isSendRefused) {
      await this.#changed()
      return
    }
    const scope = new CancellationScope()
    let isOver = false
    const attempt = scope
      .run(() => sending.sendPurchaseOrder(this.#id))
      .catch(failureToSend)
      .finally(() => {
        isOver = true
      })
    await condition(() => isOver || this.order.status !== 'approved')
    if (!isOver) scope.cancel()
    const { kind, detail } = await attempt
    if (kind !== 'cancelled') await this.#take(kind === 'sent' ? 'send' : 'fail_send', detail)
  }

  async #follow(): Promise<void> {
    const isFollowed = () => this.order.steps.includes('settle')
    await condition(() => this.#hasNews || !isFollowed())
    this.#hasNews = false
    if (isFollowed()) await this.#take('settle')
  }

  /** Tells the supplier of a cancellation, unless this run has told him. @returns undefined when he needn't hear of one */
  async withdraw(): Promise<Withdrawal | undefined> {
    if (this.order.isWithdrawn) this.#withdrawal ??= await sending.withdrawPurchaseOrder(this.#id).catch(failureToSend)
    return this.#withdrawal
  }

  /** Goods that came are invoiced meanwhile: the order may be closed before its supplier has heard. */
  async #withdrawRest(): Promise<void> {
    const { kind, detail } = (await this.withdraw())!
    await this.#take(kind === 'sent' ? 'withdraw' : 'fail_withdraw', detail)
  }
}

/** What can't be sent in days waits for a person; somebody who cancels it ends the attempt. */
function failureToSend(error: unknown): { kind: 'refused' | 'cancelled'; detail: Record<string, unknown> } {
  if (isCancellation(error)) return { kind: 'cancelled', detail: {} }
  return { kind: 'refused', detail: { reason: rootCause(error) } }
}

function isRefusal(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error
  const type: FailureType = 'OrderRefused'
  return cause instanceof ApplicationFailure && cause.type === type
}
