import type { Context } from './context.ts'
import type { InHand, Visit } from './customers.ts'
import { type Receipt, type StorePayments, type Tell, totalOf } from './payments.ts'
import type { Place } from './place.ts'
import { Random } from './random.ts'
import { dayOf, HOUR_MS, instantOf, MINUTE_MS } from './time.ts'

/** Later orders are for the next day, which the world does not have. */
const LAST_ORDER_HOUR = 17
const CANCELLED_SHARE = 0.05
const RETURN_SHARE = 0.05
const RISK_MAX = 60
const PROMISED_AFTER_MS = 6 * HOUR_MS

interface Wanted {
  place: Place
  units: number
  lineNo: number
}

/** What staff of the store do for an order. */
export interface Picking {
  places: readonly Place[]
  /** Takes what the shelf holds of a line. */
  pick(customerId: string, wanted: Wanted): InHand & { units: number }
  /** Sells what was picked. */
  sell(receipt: Receipt, seen: readonly number[]): void
}

/** The web shop of one store: orders with their lines, picked from its shelves. */
export class OnlineShop {
  readonly #context: Context
  readonly #site: { index: number; storeId: string; visitsPerDay: number }
  readonly #tell: Tell
  readonly #payments: StorePayments
  readonly #picking: Picking
  #orders = 0

  constructor(
    context: Context,
    site: { index: number; storeId: string; visitsPerDay: number },
    tell: Tell,
    payments: StorePayments,
    picking: Picking,
  ) {
    this.#context = context
    this.#site = site
    this.#tell = tell
    this.#payments = payments
    this.#picking = picking
  }

  startDay(dayMs: number): void {
    const { timeline, customers, options } = this.#context
    const { index, storeId, visitsPerDay } = this.#site
    const share = options.online ?? 0
    if (share === 0) return
    const random = new Random(options.seed, 'online', index, dayMs)
    const prefix = `${storeId}-${dayOf(dayMs).replaceAll('-', '')}-o`
    for (const visit of customers.plan(random, prefix, dayMs, visitsPerDay * 7 * share)) {
      const isCancelled = random.chance(CANCELLED_SHARE)
      const riskScore = random.integer(0, RISK_MAX)
      const pickAtMs = visit.enterMs + random.integer(30, 120) * MINUTE_MS
      if (visit.enterMs < dayMs + LAST_ORDER_HOUR * HOUR_MS) {
        timeline.at(visit.enterMs, () => this.#order(visit, pickAtMs, isCancelled, riskScore))
      }
    }
  }

  #order({ customerId, wants }: Visit, pickAtMs: number, isCancelled: boolean, riskScore: number): void {
    const { timeline } = this.#context
    this.#orders += 1
    const orderId = `${this.#site.storeId}-o${this.#orders}`
    const lines = wants
      .filter(({ temptation }) => temptation === null)
      .map(({ product, units }, at) => ({ place: this.#picking.places[product]!, units, lineNo: at + 1 }))
    const cents = lines.reduce((sum, { place, units }) => sum + units * place.tillCents, 0)
    this.#step(customerId, orderId, 'order_created', { promised_at: instantOf(timeline.nowMs + PROMISED_AFTER_MS) })
    for (const line of lines) this.#line(orderId, line, 'ordered', line.units)
    this.#payments.report('scored', orderId, cents, { risk_score: riskScore })
    this.#payments.report('authorised', orderId, cents)
    this.#step(customerId, orderId, 'order_paid')
    timeline.at(pickAtMs, () =>
      isCancelled ? this.#cancel(customerId, orderId, lines, cents) : this.#pick(customerId, orderId, lines, cents),
    )
  }

  #cancel(customerId: string, orderId: string, lines: readonly Wanted[], cents: number): void {
    for (const line of lines) this.#line(orderId, line, 'cancelled', line.units)
    this.#step(customerId, orderId, 'order_cancelled')
    this.#payments.report('voided', orderId, cents)
  }

  /** What the shelves do not hold is cancelled; what is picked is sold, and captured. */
  #pick(customerId: string, orderId: string, wanted: readonly Wanted[], authorisedCents: number): void {
    const { timeline } = this.#context
    const picked = wanted.map((line) => ({ line, found: this.#picking.pick(customerId, line) }))
    for (const { line, found } of picked) {
      this.#line(orderId, line, 'picked', found.units)
      this.#line(orderId, line, 'cancelled', line.units - found.units)
    }
    const there = picked.filter(({ found }) => found.units > 0)
    if (there.length === 0) {
      this.#step(customerId, orderId, 'order_cancelled')
      this.#payments.report('voided', orderId, authorisedCents)
      return
    }
    const receipt: Receipt = {
      transactionId: orderId,
      customerId,
      method: 'card',
      tillId: null,
      cashierId: null,
      lines: there.map(({ line: { place }, found: { units } }) => ({ place, units, cents: units * place.tillCents })),
    }
    this.#picking.sell(
      receipt,
      there.map(({ found }) => found.seen),
    )
    this.#step(customerId, orderId, 'order_packed')
    this.#payments.report('captured', orderId, totalOf(receipt))
    this.#payments.afterSale(receipt, RETURN_SHARE)
    timeline.at(timeline.nowMs + 30 * MINUTE_MS, () => this.#step(customerId, orderId, 'order_shipped'))
    timeline.at(timeline.nowMs + 90 * MINUTE_MS, () => this.#step(customerId, orderId, 'order_delivered'))
  }

  #line(
    orderId: string,
    { place, lineNo }: Wanted,
    event_type: 'ordered' | 'picked' | 'cancelled',
    units: number,
  ): void {
    if (units === 0) return
    this.#tell('online_order_lines', {
      store_id: this.#site.storeId,
      order_id: orderId,
      line_no: lineNo,
      product_id: place.product.productId,
      event_type,
      quantity: String(units),
    })
  }

  #step(
    customerId: string,
    orderId: string,
    event_type:
      | 'order_created'
      | 'order_paid'
      | 'order_packed'
      | 'order_shipped'
      | 'order_delivered'
      | 'order_cancelled',
    more: { promised_at?: string } = {},
  ): void {
    this.#tell('customer_events', {
      store_id: this.#site.storeId,
      customer_id: customerId,
      order_id: orderId,
      event_type,
      ...more,
    })
  }
}
