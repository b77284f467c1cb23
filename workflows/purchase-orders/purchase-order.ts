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
  patched,
  rootCause,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { OrderRequest, PurchaseOrder } from '../../activities/purchase-orders/order.ts'
import type { StepResult } from '../../activities/purchase-orders/purchase-order.ts'
import type { OrderSendingActivities } from '../../activities/purchase-orders/sending.ts'
import { orderSteps, supplierMessages } from '../activities.ts'
import { describedBy } from '../search-attributes.ts'
import {
  type OrderRefusal,
  type OrderUpdate,
  type OrderUpdates,
  parseRequest,
  refused,
  refuseImpossible,
} from './requests.ts'

/** A received order whose invoices don't come is closed without them. */
const INVOICE_WAIT_MS = 60 * 86_400_000
/** A run of the workflow with a longer history hands over to the next. */
const HISTORY_EVENTS_MAX = 2_000

export interface PurchaseOrderInput {
  purchaseOrderId: string
  /** Where a run whose history grew too long continues. */
  progress?: OrderProgress
}

/** What the database does not know of a waiting order. */
export interface OrderProgress {
  /** Since when, in milliseconds since the epoch, invoices of this revision are waited for; null: they are not. */
  invoiceWait: InvoiceWait | null
}

interface InvoiceWait {
  revision: number
  untilMs: number
}

export interface PurchaseOrderOutput {
  purchaseOrderId: string
  status: string
  revision: number
  /** The supplier's answer to a cancellation; left out where they did not have to be notified of one. */
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
  approveOrder,
  denyOrder,
  cancelOrder,
  resendOrder,
  delegateOrder,
  editOrder,
  acknowledgeOrder,
  invoiceOrder,
] as const

/** There are deliveries that the order's workflow does not know yet, or one that is no longer expected. */
export const deliveriesChanged = defineSignal('deliveriesChanged')
export const purchaseOrderState = defineQuery<PurchaseOrder | null>('order')

/**
 * The life of one order: approval, sending, deliveries, invoice. The order itself is in the database, where every step is
 * written in one transaction; the workflow decides what comes next and waits. Killed and started again, it continues from
 * what is written. Escalation, expiry and the wait for invoices go by the real clock, also while a simulation runs.
 *
 * From the Web UI: `{"purchaseOrderId": "PO-…"}`. People decide in the web application or by a command, which know who they are: an Update
 * of the Web UI has no decision, and is refused.
 */
export async function purchaseOrder({ purchaseOrderId, progress }: PurchaseOrderInput): Promise<PurchaseOrderOutput> {
  const life = new Life(purchaseOrderId, progress)
  const order = await life.begin()
  upsertSearchAttributes(describedBy({ pipeline: 'purchase-order', businessDate: order.reviewDate }))
  while (!life.isOver) {
    await life.next()
    if (life.isLong || isHistoryLong()) {
      // Signals are in what the next run reads first, and Updates that are not accepted yet are given to it.
      await condition(allHandlersFinished)
      await continueAsNew<typeof purchaseOrder>({ purchaseOrderId, progress: life.progress })
    }
  }
  const withdrawal = await life.withdraw()
  await condition(allHandlersFinished)
  const { status, revision } = life.order
  return { purchaseOrderId, status, revision, ...(withdrawal && { withdrawal }) }
}

function isHistoryLong(): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo()
  return historyLength > HISTORY_EVENTS_MAX || continueAsNewSuggested
}

class Life {
  readonly #id: string
  #order: PurchaseOrder | undefined
  /** What was delivered before this run began is looked at first. */
  #hasNews = true
  /** Signals have made the history long while the order waits: the wait continues in another run. */
  #isLong = false
  #invoiceWait: InvoiceWait | null
  #withdrawal: Withdrawal | undefined

  constructor(purchaseOrderId: string, progress?: OrderProgress) {
    this.#id = purchaseOrderId
    this.#invoiceWait = progress?.invoiceWait ?? null
    setHandler(purchaseOrderState, () => this.#order ?? null)
    setHandler(deliveriesChanged, () => {
      this.#hasNews = true
      // A history that is longer already is replayed to where it is, and continued from there.
      if (isHistoryLong() && patched('waits-continue-as-new')) this.#isLong = true
    })
    for (const definition of updates) this.#answer(definition.name as OrderUpdate)
  }

  get order(): PurchaseOrder {
    return this.#order!
  }

  /** Orders of earlier releases don't have it: nothing can be done to them now. */
  get isOver(): boolean {
    return this.order.isOver ?? this.order.steps.length === 0
  }

  get isLong(): boolean {
    return this.#isLong
  }

  get progress(): OrderProgress {
    return { invoiceWait: this.#invoiceWait }
  }

  async begin(): Promise<PurchaseOrder> {
    this.#remember(await orderSteps.readPurchaseOrder(this.#id))
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
        const { order, message } = await this.#step(requestId, parseRequest(step, input), input)
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

  /** @throws ApplicationFailure `OrderRefused` when it can't be done, `OrderForbidden` when the person may not */
  async #step(requestId: string, request: OrderRequest, input?: unknown): Promise<StepResult> {
    try {
      const result = await orderSteps.stepPurchaseOrder({
        purchaseOrderId: this.#id,
        requestId,
        request,
        ...(input !== undefined && { input }),
      })
      this.#remember(result.order)
      return result
    } catch (error) {
      const type = refusalOf(error)
      throw type === undefined ? error : refused(rootCause(error)!, type)
    }
  }

  /** A step of Shelfline's own. Where another step was first, the order as it is now counts. */
  async #take(step: OrderRequest['step'], detail?: Record<string, unknown>): Promise<void> {
    await this.#try(`${step}/${this.order.revision}`, { step, by: 'shelfline', ...(detail && { detail }) })
  }

  /** A step because nothing happened to the order since a revision: with what has happened meanwhile it is not taken. */
  async #takeUnchanged(step: OrderRequest['step'], revision: number): Promise<void> {
    await this.#try(`${step}/${revision}`, { step, by: 'shelfline', revision })
  }

  async #try(requestId: string, request: OrderRequest): Promise<void> {
    try {
      await this.#step(requestId, request)
    } catch (error) {
      if (refusalOf(error) === undefined) throw error
      await this.begin()
    }
  }

  /** Waits until something has happened to the order, or another run is to wait on. @returns false when so long nothing did */
  async #changed(withinMs?: number): Promise<boolean> {
    const { revision } = this.order
    const isChanged = () => this.order.revision !== revision || this.#isLong
    if (withinMs === undefined) {
      await condition(isChanged)
      return true
    }
    return withinMs > 0 ? condition(isChanged, withinMs) : isChanged()
  }

  /** What comes next, from where the order is. */
  async next(): Promise<void> {
    if (this.order.isWithdrawn) return this.#withdrawRest()
    switch (this.order.status) {
      case 'draft':
        return this.#take('submit')
      case 'awaiting_approval':
        return this.#decide()
      case 'approved':
        return this.#send()
      case 'received':
        return this.#awaitInvoices()
      default:
        return this.#follow()
    }
  }

  async #decide(): Promise<void> {
    const { revision, expiresInMs, escalatesInMs, isEscalated } = this.order
    const escalation = isEscalated ? null : escalatesInMs
    const step = escalation === null ? 'expire' : 'escalate'
    if (await this.#changed(escalation ?? expiresInMs ?? undefined)) return
    // An edit starts the wait again, also one that comes at this moment.
    await this.#takeUnchanged(step, revision)
  }

  async #awaitInvoices(): Promise<void> {
    const { revision } = this.order
    if (this.#invoiceWait?.revision !== revision) {
      this.#invoiceWait = { revision, untilMs: Date.now() + INVOICE_WAIT_MS }
    }
    if (await this.#changed(this.#invoiceWait.untilMs - Date.now())) return
    await this.#takeUnchanged('close', revision)
  }

  /** Sends it, until the supplier has it or refuses it, or a person cancels it. */
  async #send(): Promise<void> {
    if (this.order.isSendRefused) {
      await this.#changed()
      return
    }
    const scope = new CancellationScope()
    let isOver = false
    const attempt = scope
      .run(() => supplierMessages.sendPurchaseOrder(this.#id))
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

  /** Notifies the supplier of a cancellation, unless this run has done so. @returns undefined when they need not be notified */
  async withdraw(): Promise<Withdrawal | undefined> {
    if (this.order.isWithdrawn)
      this.#withdrawal ??= await supplierMessages.withdrawPurchaseOrder(this.#id).catch(failureToSend)
    return this.#withdrawal
  }

  /** Goods that arrived are invoiced meanwhile: the order may be closed before its supplier was notified. The result is written. */
  async #withdrawRest(): Promise<void> {
    const { kind, detail } = (await this.withdraw())!
    await this.#take(kind === 'sent' ? 'withdraw' : 'fail_withdraw', detail)
  }
}

/** What can't be sent in days waits for a person; a person who cancels it ends the attempt. */
function failureToSend(error: unknown): { kind: 'refused' | 'cancelled'; detail: Record<string, unknown> } {
  if (isCancellation(error)) return { kind: 'cancelled', detail: {} }
  return { kind: 'refused', detail: { reason: rootCause(error) } }
}

function refusalOf(error: unknown): OrderRefusal | undefined {
  const cause = error instanceof ActivityFailure ? error.cause : error
  const types: OrderRefusal[] = ['OrderRefused', 'OrderForbidden']
  return cause instanceof ApplicationFailure ? types.find((type) => type === cause.type) : undefined
}
