import type { TopicName } from '../../contracts/topics.ts'
import type { Context } from './context.ts'
import { OPENS_AT_HOUR, type PaymentMethod, TILLS } from './customers.ts'
import { PaymentFaults } from './faults.ts'
import { type Facts, money } from './messages.ts'
import type { Place } from './place.ts'
import { Random } from './random.ts'
import { DAY_MS, HOUR_MS, instantOf, MINUTE_MS, midnightBefore } from './time.ts'

/** Sends an event of the store. */
export type Tell = <Name extends TopicName>(topic: Name, facts: Facts<Name>, atMs?: number, knownAtMs?: number) => void

export interface SoldLine {
  place: Place
  units: number
  /** Paid for all of them. */
  cents: number
}

/** What was sold to one customer at once. */
export interface Receipt {
  transactionId: string
  customerId: string
  method: PaymentMethod
  /** Null: online. */
  tillId: string | null
  cashierId: string | null
  lines: readonly SoldLine[]
}

/** Of transactions: a line is brought back. */
const RETURN_SHARE = 0.005
/** Of payments by card: the bank takes the money back. */
const CHARGE_BACK_SHARE = 0.001
/** A dishonest cashier pays back for some of the newest sales. */
const RECENT_MAX = 50
const chargeBackReasons = ['fraud', 'not_received', 'not_as_described', 'duplicate'] as const

/** What the payment provider of a store reports, and what customers bring back. */
export class StorePayments {
  readonly #context: Context
  readonly #storeId: string
  readonly #tell: Tell
  readonly #takeBack: (receipt: Receipt, line: SoldLine) => string
  readonly #random: Random
  readonly #faults: PaymentFaults
  readonly #recent: Receipt[] = []

  /** @param takeBack takes goods back, and gives the transaction of the return */
  constructor(
    context: Context,
    site: { index: number; storeId: string },
    tell: Tell,
    takeBack: (receipt: Receipt, line: SoldLine) => string,
  ) {
    const { seed, faults } = context.options
    this.#context = context
    this.#storeId = site.storeId
    this.#tell = tell
    this.#takeBack = takeBack
    this.#random = new Random(seed, 'payments', site.index)
    this.#faults = new PaymentFaults(faults, seed, site.index)
  }

  get #now(): number {
    return this.#context.timeline.nowMs
  }

  /** On some days a cashier pays back to themselves. */
  startDay(dayMs: number, cashierId: (till: number, hour: number) => string): void {
    if (!this.#faults.hasFalseRefunds()) return
    const { till, hour, count } = this.#faults.falseRefunds(OPENS_AT_HOUR + 3, TILLS)
    for (let number = 0; number < count; number += 1) {
      const atMs = dayMs + hour * HOUR_MS + (5 + 10 * number) * MINUTE_MS
      this.#context.timeline.at(atMs, () =>
        this.#refundFalsely(`${this.#storeId}-till-${till + 1}`, cashierId(till, hour)),
      )
    }
  }

  #refundFalsely(tillId: string, cashierId: string): void {
    const receipt = this.#recent.shift()
    if (receipt === undefined) return
    const { transactionId } = receipt
    const cents = totalOf(receipt)
    this.#context.truth.note({
      kind: 'false refund',
      at: instantOf(this.#now),
      storeId: this.#storeId,
      transactionId,
      cents,
    })
    this.report('refunded', transactionId, cents, { till_id: tillId, cashier_id: cashierId })
  }

  /** A sale at a till. */
  paid(receipt: Receipt): void {
    if (isElectronic(receipt)) this.#pay(receipt)
    this.afterSale(receipt)
  }

  #pay(receipt: Receipt): void {
    const { transactionId, tillId, cashierId } = receipt
    const cents = totalOf(receipt)
    const at = { till_id: tillId, cashier_id: cashierId }
    if (this.#faults.isUnpaid()) {
      this.#context.truth.note({
        kind: 'unpaid sale',
        at: instantOf(this.#now),
        storeId: this.#storeId,
        transactionId,
        cents,
      })
      this.report('declined', transactionId, cents, at)
      return
    }
    this.report('authorised', transactionId, cents, at)
    this.report('captured', transactionId, cents, at)
  }

  /** What may follow a sale that is paid: the bank takes the money back, or the customer brings something back. */
  afterSale(receipt: Receipt, returnShare = RETURN_SHARE): void {
    const { timeline } = this.#context
    if (isElectronic(receipt)) {
      this.#recent.push(receipt)
      if (this.#recent.length > RECENT_MAX) this.#recent.shift()
      if (this.#random.chance(CHARGE_BACK_SHARE)) {
        const reason = this.#random.pick(chargeBackReasons)
        timeline.at(this.#now + this.#random.integer(1, 10) * DAY_MS, () =>
          this.report('charged_back', receipt.transactionId, totalOf(receipt), { reason }),
        )
      }
    }
    if (!this.#random.chance(returnShare)) return
    const line = this.#random.pick(receipt.lines)
    const atMs =
      midnightBefore(this.#now) +
      this.#random.integer(1, 3) * DAY_MS +
      this.#random.integer(9 * 60, 20 * 60) * MINUTE_MS
    timeline.at(atMs, () => this.#return(receipt, line))
  }

  #return(receipt: Receipt, line: SoldLine): void {
    const transactionId = this.#takeBack(receipt, line)
    if (!isElectronic(receipt)) return
    const { tillId, cashierId } = receipt
    this.report('refunded', transactionId, line.cents, { till_id: tillId, cashier_id: cashierId })
  }

  /** The provider reports within a second; it does not depend on the line of the till. */
  report(
    event_type: Facts<'payment_events'>['event_type'],
    transactionId: string,
    cents: number,
    more: Partial<Facts<'payment_events'>> = {},
  ): void {
    this.#tell('payment_events', {
      store_id: this.#storeId,
      payment_id: `${transactionId}-p`,
      transaction_id: transactionId,
      event_type,
      amount: money(cents),
      ...more,
    })
  }
}

const isElectronic = ({ method }: Receipt): boolean => method !== 'cash'

export const totalOf = ({ lines }: Pick<Receipt, 'lines'>): number => lines.reduce((sum, { cents }) => sum + cents, 0)
