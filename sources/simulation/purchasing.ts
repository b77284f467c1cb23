import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { type Client, WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { BATCH_TASK_QUEUE } from '../../platform/temporal/temporal.ts'
import { Random } from './random.ts'

/** What people do with an order that waits for them. The rest is left until tomorrow. */
const APPROVED = 0.6
const EDITED = 0.2
const DENIED = 0.12
/** An invoice that asks too much; the next morning there is a right one. */
const WRONG_INVOICE = 0.1

const SETTLE_POLL_MS = 50
/** The run fails when orders take longer than this from one state to the next. */
const SETTLE_MAX_MS = 60_000

export interface PurchasingOptions {
  client: Client
  pool: Pool
  run: string
  seed: number
  warehouseIds: readonly string[]
  /** Called when orders wait for approval, before a person decides. */
  onProposed: () => Promise<void>
}

/** What became of the orders of a run. */
export interface PurchasingSummary {
  orders: number
  byStatus: Record<string, number>
  /** Orders with a step of that kind: submit, approve, edit, deny, send, receive, give_up, invoice, dispute, … */
  byStep: Record<string, number>
  automatic: number
  lateDeliveries: number
  shortLines: number
  damagedLines: number
  refusals: string[]
}

interface WaitingOrder {
  purchase_order_id: string
  status: string
  revision: number
  approvals_needed: number
  /** By line number. */
  lines: {
    line: number
    product: string
    quantity: number
    pack: number
    good: number
    invoiced: number
    cost: string
  }[]
}

/**
 * The people of a run's warehouses. Every morning deliveries are booked and invoiced, orders are planned by the workflow
 * `replenishment`, and buyers approve, edit and deny what waits for them, by Updates. Who does what with which order
 * follows from the seed and the order.
 */
export class Purchasing {
  readonly #options: PurchasingOptions
  readonly #refusals: string[] = []

  constructor(options: PurchasingOptions) {
    this.#options = options
  }

  /** Three buyers, two senior buyers and two directors, for the run's warehouses only. */
  async begin(): Promise<void> {
    const { pool, warehouseIds } = this.#options
    await pool.query(statement('simulation/seed_approvers.sql'), [this.#people('buyer', 3), 'buyer', warehouseIds])
    await pool.query(statement('simulation/seed_approvers.sql'), [
      this.#people('senior', 2),
      'senior_buyer',
      warehouseIds,
    ])
    await pool.query(statement('simulation/seed_approvers.sql'), [
      this.#people('director', 2),
      'director',
      warehouseIds,
    ])
  }

  #people(title: string, count: number): string[] {
    return Array.from({ length: count }, (_, at) => `${this.#options.run}-${title}-${at + 1}`)
  }

  /** @param date the simulated day, YYYY-MM-DD */
  async review(date: string): Promise<void> {
    await this.#hearNews(date)
    for (const order of await this.#waiting('received')) await this.#invoice(order, date)
    await this.#decide(date, 'left over')
    for (const warehouseId of this.#options.warehouseIds) {
      const workflowId = `replenishment-${date}-${warehouseId}`
      await this.#run('replenishment', workflowId, { date, location: warehouseId })
    }
    await this.#settled()
    await this.#options.onProposed()
    await this.#decide(date, 'new')
    await this.#settled()
  }

  /** The schedule notifies the orders' workflows once a minute of the real clock: a simulated day is over by then. */
  async #hearNews(date: string): Promise<void> {
    await this.#run('orderNews', `order-news-${this.#options.run}-${date}`)
    await this.#settled()
  }

  async #run(workflow: string, workflowId: string, ...args: unknown[]): Promise<void> {
    const { client } = this.#options
    try {
      await client.workflow.execute(workflow, { taskQueue: BATCH_TASK_QUEUE, workflowId, args })
    } catch (error) {
      if (!(error instanceof WorkflowFailedError)) throw error
      throw new Error(`simulate: ${workflowId}: ${error.cause?.message ?? error.message}`)
    }
  }

  /** Waits until no order of the run is on its way from the draft to its approvers, or from them to its supplier. */
  async #settled(): Promise<void> {
    const { pool, warehouseIds } = this.#options
    const giveUpAt = performance.now() + SETTLE_MAX_MS
    for (;;) {
      const { rows } = await pool.query<{ purchase_order_id: string; status: string }>({
        name: 'simulation_unsettled',
        text: statement('simulation/read_unsettled.sql'),
        values: [warehouseIds],
      })
      if (rows.length === 0) return
      if (performance.now() > giveUpAt) {
        const { purchase_order_id, status } = rows[0]!
        throw new Error(
          `simulate: ${purchase_order_id} is ${status} for ${SETTLE_MAX_MS / 1000} s; is \`shelfline worker batch\` running?`,
        )
      }
      await pause(SETTLE_POLL_MS)
    }
  }

  async #waiting(status: string): Promise<WaitingOrder[]> {
    const { rows } = await this.#options.pool.query<WaitingOrder>(statement('simulation/read_orders.sql'), [
      this.#options.warehouseIds,
      status,
    ])
    return rows
  }

  async #decide(date: string, occasion: string): Promise<void> {
    for (const order of await this.#waiting('awaiting_approval')) {
      const random = new Random(this.#options.seed, 'buyers', order.purchase_order_id, date, occasion)
      const choice = random.next()
      if (choice < APPROVED) await this.#approve(order)
      else if (choice < APPROVED + EDITED) await this.#editAndApprove(order, random)
      else if (choice < APPROVED + EDITED + DENIED) {
        await this.#ask(order, 'deny', { by: this.#people('director', 1)[0], reason: 'not this week' })
      }
    }
  }

  /** As many directors as are needed: a director may approve every order. */
  async #approve(order: WaitingOrder): Promise<void> {
    for (const by of this.#people('director', order.approvals_needed)) await this.#ask(order, 'approve', { by })
  }

  /** A buyer orders a pack more or less of a line; another buyer approves it, or the role that has to. */
  async #editAndApprove(order: WaitingOrder, random: Random): Promise<void> {
    const { line, quantity, pack } = random.pick(order.lines)
    const packs = Math.max(1, quantity / pack + (random.chance(0.5) ? 1 : -1) * random.integer(1, 2))
    const by = this.#people('buyer', 1)[0]
    const reasonCode = random.pick(['promotion', 'stock', 'forecast', 'space'])
    const isEdited = await this.#ask(order, 'edit', { by, line, quantity: String(packs * pack), reasonCode })
    if (!isEdited) return this.#approve(order)
    const edited = (await this.#waiting('awaiting_approval')).find(
      ({ purchase_order_id }) => purchase_order_id === order.purchase_order_id,
    )
    if (edited !== undefined) await this.#approve(edited)
  }

  /** The supplier invoices what arrived undamaged, now and then for too much. */
  async #invoice(order: WaitingOrder, date: string): Promise<void> {
    const random = new Random(this.#options.seed, 'invoice', order.purchase_order_id, date)
    const isWrong = random.chance(WRONG_INVOICE)
    const lines = order.lines
      .filter(({ good, invoiced }) => good > invoiced)
      .map(({ product, good, invoiced, cost }, at) => ({
        product,
        quantity: String(good - invoiced + (isWrong && at === 0 ? 1 : 0)),
        unitPrice: cost,
      }))
    const number = `I-${order.purchase_order_id}-${date}`.slice(0, 100)
    if (lines.length > 0) await this.#ask(order, 'invoice', { by: 'the supplier', number, lines })
  }

  /** @returns false when it was refused, which is reported at the end */
  async #ask(
    { purchase_order_id: order }: WaitingOrder,
    update: string,
    { by, ...asked }: Record<string, unknown> & { by: string | undefined },
  ): Promise<boolean> {
    const { pool, client } = this.#options
    const decision = randomUUID()
    const values = [decision, order, update, by, JSON.stringify(asked)]
    await pool.query(statement('purchase-orders/ask_decision.sql'), values)
    try {
      await client.workflow
        .getHandle(`purchase-order-${order}`)
        .executeUpdate(update, { args: [{ ...asked, decision }] })
      return true
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error
      this.#refusals.push(error.cause?.message ?? error.message)
      return false
    }
  }

  async summary(): Promise<PurchasingSummary> {
    const { rows } = await this.#options.pool.query<Omit<PurchasingSummary, 'refusals'>>(
      statement('simulation/summarize_orders.sql'),
      [this.#options.warehouseIds],
    )
    return { ...rows[0]!, refusals: this.#refusals }
  }
}
