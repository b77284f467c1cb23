/** Replenishment as its workflows ask for it: what is due, and the orders of one location. Every draft is written once. */
import { addDays } from '../../contracts/calendar.ts'
import type { OrderLineExplanation } from '../../models/replenishment/order-line.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { currentLife, whilePulsing } from '../activity-context.ts'
import { requireBegun } from '../backfill/begun-days.ts'
import type { BatchDependencies } from '../dependencies.ts'
import type { Provenance, Skip } from './lines.ts'
import {
  type DecidedLine,
  type PlanQuestion,
  planSupplier,
  readSuppliers,
  type Supplier,
  type SupplierPlan,
  type SupplierShare,
  shareBudget,
} from './plan.ts'
import { proposeTransfers } from './transfers.ts'

/** Locations that a workflow gets at once. */
const LOCATIONS_MAX = 200
/** Products of a location without terms that are reported. */
const SKIPS_MAX = 1_000
/** Examples of what was skipped, in the run's result. */
const EXAMPLES_MAX = 20
/** Drafts whose decision has not begun, of one location and supplier. */
const DRAFTS_MAX = 50

const texts = {
  dueLocations: statement('replenishment/due_locations.sql'),
  skipsOfLocation: statement('replenishment/insert_skips_of_location.sql'),
  skips: statement('replenishment/insert_skips.sql'),
  order: statement('replenishment/insert_order.sql'),
  summary: statement('replenishment/summary.sql'),
}

export interface ReplenishmentScope {
  location?: string
  supplier?: string
}

export interface LocationRequest {
  /** The day of the review, YYYY-MM-DD. */
  date: string
  locationId: string
  supplier?: string
}

export interface SupplierRequest extends LocationRequest {
  supplier: string
  /** The most that this supplier's order may cost; left out: no bound. */
  budget?: number
}

export interface DraftedOrder {
  /** Drafts that wait for a decision; the one of this day among them, if anything was ordered. */
  purchaseOrderIds: string[]
  lines: number
  reviewed: number
}

export interface ReplenishmentSummary {
  orders: number
  lines: number
  /** Decimal text by currency. */
  value: Record<string, string>
  /** All orders of the day by status, those that are not counted above among them. */
  statuses: Record<string, number>
  /** Cancelled before they were sent: not counted above, and their day is free for another order. */
  cancelled: number
  /** From other locations, that wait to be accepted. */
  transfers: number
  /** Products by reason. */
  skipped: Record<string, number>
  examples: { locationId: string; supplierId: string; productId: string; reason: string; detail: string }[]
}

/** @param place 2 and more where the orders of the day before it were cancelled before they were sent */
export const purchaseOrderId = (supplierId: string, locationId: string, date: string, place = 1): string =>
  `PO-${supplierId}-${locationId}-${date.replaceAll('-', '')}${place > 1 ? `-${place}` : ''}`

export interface ReplenishmentDependencies {
  pool: Pool
  settings: Pick<BatchDependencies['settings'], 'timeZone'>
}

export function createReplenishmentActivities({ pool, settings }: ReplenishmentDependencies) {
  return {
    /** The day that it is for the business, unless one is given. */
    async replenishmentDay(date: string | undefined): Promise<string> {
      if (date !== undefined) {
        await requireBegun(pool, settings.timeZone, 'replenishment', date)
        return date
      }
      const { rows } = await pool.query<{ today: string }>('select (ops.now() at time zone $1)::date as today', [
        settings.timeZone,
      ])
      return rows[0]!.today
    },
    async dueLocations({ location, supplier }: ReplenishmentScope, after: string): Promise<string[]> {
      const values = [location ?? null, supplier ?? null, after, LOCATIONS_MAX]
      const { rows } = await pool.query<{ locationId: string }>(texts.dueLocations, values)
      return rows.map(({ locationId }) => locationId)
    },
    openLocation(request: LocationRequest): Promise<SupplierShare[]> {
      const life = currentLife()
      return whilePulsing(life.heartbeat, () => openLocation(pool, request, pulsing(life)))
    },
    draftOrder(request: SupplierRequest): Promise<DraftedOrder> {
      const life = currentLife()
      return whilePulsing(life.heartbeat, () => draftOrder(pool, request, pulsing(life)))
    },
    async summarizeReplenishment(
      date: string,
      { location, supplier }: ReplenishmentScope,
    ): Promise<ReplenishmentSummary> {
      const values = [date, location ?? null, supplier ?? null, EXAMPLES_MAX]
      return (await pool.query<ReplenishmentSummary>(texts.summary, values)).rows[0]!
    },
  }
}

export type ReplenishmentActivities = ReturnType<typeof createReplenishmentActivities>

/** A page's end: sends a heartbeat, and ends the work when it is cancelled. */
const pulsing =
  ({ heartbeat, signal }: ReturnType<typeof currentLife>) =>
  () => {
    signal.throwIfAborted()
    heartbeat()
  }

/**
 * Proposes what other locations could send, so that it is not bought; writes down what of a location can't be planned, in
 * place of what an earlier run of the day wrote; and returns the suppliers that it orders from, with what each may be ordered for.
 */
export async function openLocation(pool: Pool, request: LocationRequest, beat: () => void): Promise<SupplierShare[]> {
  const { date, locationId, supplier } = request
  // In its own transaction, so that nothing waits for these rows while transfers are computed.
  await pool.query('select ops.expire_transfers(ops.now())')
  await inLocation(pool, locationId, (client, asOf) =>
    proposeTransfers(client, { locationId, date, asOf }, supplier, beat),
  )
  return inLocation(pool, locationId, async (client, asOf) => {
    await client.query(
      `delete from ops.replenishment_skip
       where review_date = $1 and location_id = $2 and ($3::text is null or supplier_id = $3)`,
      [date, locationId, supplier ?? null],
    )
    await client.query(texts.skipsOfLocation, [date, locationId, supplier ?? null, SKIPS_MAX, asOf])
    const suppliers = await readSuppliers(client, { locationId, date, asOf }, supplier)
    const budget = suppliers[0]?.budgetPerDay ?? null
    if (budget === null) return suppliers.map(({ supplierId }) => ({ supplierId }))
    return shareWhatIsLeft(client, { date, locationId, asOf }, suppliers, budget, beat)
  })
}

/** The day's budget less what the day's orders have taken; who has an order of this day gets no more. */
async function shareWhatIsLeft(
  client: PoolClient,
  question: PlanQuestion,
  suppliers: readonly Supplier[],
  budget: number,
  beat: () => void,
): Promise<SupplierShare[]> {
  const { rows } = await client.query<{ supplierId: string; taken: number }>(
    `select supplier_id as "supplierId",
       case when status in ('denied', 'expired', 'cancelled') then 0 else total_value end::float8 as taken
     from ops.purchase_order
     where location_id = $1 and review_date = $2 and not (status = 'cancelled' and sent_at is null)`,
    [question.locationId, question.date],
  )
  const left = rows.reduce((money, { taken }) => money - taken, budget)
  const waiting = suppliers.filter((supplier) => rows.every(({ supplierId }) => supplierId !== supplier.supplierId))
  const shares = await shareBudget(client, question, waiting, Math.max(0, left), beat)
  return suppliers.map(({ supplierId }) => shares.find((share) => share.supplierId === supplierId) ?? { supplierId })
}

/** Plans one supplier's order and drafts it, unless there is one of this day that was not cancelled before it was sent. */
export function draftOrder(pool: Pool, request: SupplierRequest, beat: () => void): Promise<DraftedOrder> {
  const { date, locationId, supplier: supplierId, budget } = request
  return inLocation(pool, locationId, async (client, asOf) => {
    const question = { date, locationId, asOf }
    let plan: SupplierPlan | undefined
    const ofDay = await ordersOfDay(client, supplierId, question)
    if (ofDay.every(({ isFree }) => isFree)) {
      const [supplier] = await readSuppliers(client, question, supplierId)
      plan = supplier && (await planSupplier(client, question, supplier, beat, budget))
      if (plan !== undefined) await write(client, question, supplier!, plan, ofDay)
    }
    return {
      purchaseOrderIds: await waitingDrafts(client, supplierId, locationId),
      lines: plan?.lines.length ?? 0,
      reviewed: plan?.reviewed ?? 0,
    }
  })
}

/**
 * One transaction, in which no other run plans this location: what one planner drafts is on order for the next. Each
 * statement sees what is committed by then, hence `read committed`: a snapshot from before the lock would not.
 */
function inLocation<Result>(
  pool: Pool,
  locationId: string,
  work: (client: PoolClient, asOf: Date) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(hashtextextended('replenishment/' || $1, 0))`, [locationId])
    const { rows } = await client.query<{ asOf: Date }>('select ops.now() as "asOf"')
    return work(client, rows[0]!.asOf)
  })
}

interface OrderOfDay {
  id: string
  /** It was cancelled before it was sent, and leaves the day to another one. */
  isFree: boolean
}

async function ordersOfDay(
  client: PoolClient,
  supplierId: string,
  { locationId, date }: { locationId: string; date: string },
): Promise<OrderOfDay[]> {
  const { rows } = await client.query<OrderOfDay>(
    `select purchase_order_id as id, status = 'cancelled' and sent_at is null as "isFree"
     from ops.purchase_order where supplier_id = $1 and location_id = $2 and review_date = $3
     order by created_at, purchase_order_id`,
    [supplierId, locationId, date],
  )
  return rows
}

async function write(
  client: PoolClient,
  { date, locationId, asOf }: { date: string; locationId: string; asOf: Date },
  { supplierId, currency }: Supplier,
  { lines, skips, leadTimeDays }: SupplierPlan,
  ofDay: readonly OrderOfDay[],
): Promise<void> {
  await client.query(texts.skips, [date, locationId, supplierId, asOf, JSON.stringify(skips.map(asRow))])
  if (lines.length === 0) return
  const expectedOn = addDays(date, Math.round(leadTimeDays))
  const id = purchaseOrderId(supplierId, locationId, date, ofDay.length + 1)
  const { rowCount } = await client.query(texts.order, [
    id,
    supplierId,
    locationId,
    date,
    currency,
    expectedOn,
    asOf,
    JSON.stringify(lines.map(asOrderLine)),
    ofDay.at(-1)?.id ?? null,
  ])
  if (rowCount === 0)
    throw new Error(
      `order id ${id} belongs to another supplier and location: choose ids such that a supplier's end is no location's beginning`,
    )
  await client.query('select ops.publish_purchase_order($1)', [id])
}

const asRow = ({ productId, reason, detail }: Skip) => ({ product_id: productId, reason, detail })

/** As `ops.purchase_order_line.explanation` has it. */
export interface StoredExplanation extends OrderLineExplanation {
  product_name: string
  remarks: string[]
  provenance: Provenance
}

const explanationOf = ({ productName, remarks, provenance, decision }: DecidedLine): StoredExplanation => ({
  product_name: productName,
  ...decision.explanation,
  remarks,
  provenance,
})

const asOrderLine = (line: DecidedLine) => ({
  product_id: line.productId,
  quantity: line.decision.quantity,
  unit_cost: line.input.terms.unitCost,
  explanation: explanationOf(line),
})

/** Also those of earlier days: the run that drafted them may have been killed before it started their workflow. */
async function waitingDrafts(client: PoolClient, supplierId: string, locationId: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select purchase_order_id as id from ops.purchase_order
     where supplier_id = $1 and location_id = $2 and status = 'draft' order by review_date desc limit $3`,
    [supplierId, locationId, DRAFTS_MAX],
  )
  return rows.map(({ id }) => id)
}
