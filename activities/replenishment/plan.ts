/** What a location orders from a supplier on a day: read, decided, and not yet written. */
import { type BudgetClaim, shareOut } from '../../models/replenishment/budget.ts'
import { OrderLineError } from '../../models/replenishment/check-line.ts'
import { decideOrderLine } from '../../models/replenishment/decide.ts'
import { type LeadTime, learnLeadTime, meanLeadTime, shiftedLeadTime } from '../../models/replenishment/lead-time.ts'
import { decideOrder, type OrderDecision, type OrderTerms } from '../../models/replenishment/order.ts'
import type { OrderLineDecision } from '../../models/replenishment/order-line.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { nextOrderDay, orderDay } from './calendar.ts'
import { readDependence } from './dependence.ts'
import {
  type KnownLine,
  type LineContext,
  type PolicyChange,
  readLinePages,
  type Skip,
  type UsedForecast,
} from './lines.ts'

type Reader = Pick<PoolClient, 'query'>

const readSuppliersText = statement('replenishment/read_suppliers.sql')
const readLeadTimesText = statement('replenishment/read_lead_times.sql')

/** An order is one message in Kafka: this many lines fit into it. */
const ORDER_LINES_MAX = 2_000
/** Skips of one supplier that are reported. */
const SKIPS_MAX = 1_000
/** A forecast that is older than this is no longer used. */
const FORECAST_AGE_DAYS_MAX = 7
/** Days of demand that are read beyond the longest lead time and the review. */
const HORIZON_MARGIN_DAYS = 7

/** A supplier that a location orders from, as of now. */
export interface Supplier {
  supplierId: string
  orderWeekdays: number[]
  isPastCutOff: boolean
  leadTimeDays: number
  minimumOrderValue: number
  currency: string
  /** Null where the stores that the location serves have several. */
  locationCurrency: string | null
  /** Money that the location may order for in a day; null: no bound. */
  budgetPerDay: number | null
}

export interface PlanQuestion {
  locationId: string
  /** The day of the review, YYYY-MM-DD. */
  date: string
  asOf: Date
  change?: PlanChange
}

/** What replaces the present policies, to see its effect. */
export interface PlanChange extends PolicyChange {
  /** Days that every delivery takes longer; less than 0: shorter. */
  leadTimeDays?: number
}

export interface DecidedLine extends KnownLine {
  decision: OrderLineDecision
}

export interface SupplierPlan {
  /** Lines with a quantity, in the order of their products. */
  lines: DecidedLine[]
  skips: Skip[]
  /** Products that were looked at. */
  reviewed: number
  /** Days until the goods come, on average. */
  leadTimeDays: number
  /** Over all lines, those that order nothing among them. */
  expected: Expected
}

/** Units from the delivery until the next one; waste until the goods expire. */
export interface Expected {
  demand: number
  lost: number
  wasted: number
}

export async function readSuppliers(
  client: Reader,
  { locationId, date, asOf }: PlanQuestion,
  supplierId?: string,
): Promise<Supplier[]> {
  const values = [locationId, date, supplierId ?? null, asOf]
  return (await client.query<Supplier>(readSuppliersText, values)).rows
}

/**
 * Decides every line that the location orders from the supplier on this day: each for itself, and those that order
 * something together where a budget or the supplier's minimum asks for it.
 *
 * @param budget the most that the order may cost; left out: no bound
 * @param beat called after each page; throws when the work is to end
 * @returns undefined on a day on which the supplier takes no orders
 */
export async function planSupplier(
  client: Reader,
  question: PlanQuestion,
  supplier: Supplier,
  beat: () => void,
  budget?: number,
): Promise<SupplierPlan | undefined> {
  const day = orderDay(question.date, calendarOf(supplier))
  if (day === undefined) return undefined
  const leadTime = await leadTimeOf(client, question, supplier, day.waitDays)
  const plan: SupplierPlan = {
    lines: [],
    skips: [],
    reviewed: 0,
    leadTimeDays: meanLeadTime(leadTime),
    expected: noneExpected(),
  }
  const context = await contextOf(client, question, supplier, leadTime, day.untilNextDays)
  for await (const { lines, skips } of readLinePages(client, context)) {
    plan.reviewed += lines.length + skips.length
    addSkips(plan, skips)
    for (const line of lines) decide(plan, line)
    beat()
  }
  settleTogether(plan, supplier, budget)
  for (const { decision } of plan.lines) addExpected(plan, decision)
  return plan
}

const calendarOf = ({ orderWeekdays, isPastCutOff }: Supplier) => ({ weekdays: orderWeekdays, isPastCutOff })

/**
 * What is known of some products of a location, whether their suppliers take orders today or not: then of the next day on
 * which they do. Products that can't be decided are left out.
 */
export async function readKnownLines(
  client: Reader,
  question: PlanQuestion,
  supplier: Supplier,
  productIds: readonly string[],
): Promise<KnownLine[]> {
  const day = nextOrderDay(question.date, calendarOf(supplier))
  const leadTime = await leadTimeOf(client, question, supplier, day.waitDays)
  const context = await contextOf(client, question, supplier, leadTime, day.untilNextDays)
  const known: KnownLine[] = []
  for await (const { lines } of readLinePages(client, context, productIds)) known.push(...lines)
  return known
}

async function contextOf(
  client: Reader,
  { locationId, date, asOf, change }: PlanQuestion,
  { supplierId, orderWeekdays, locationCurrency, currency }: Supplier,
  leadTime: LeadTime,
  untilNextDays: number,
): Promise<LineContext> {
  return {
    locationId,
    supplierId,
    date,
    asOf,
    leadTime,
    untilNextDays,
    forecast: await newestForecast(client, date),
    horizonDays: leadTime.days.at(-1)! + untilNextDays + HORIZON_MARGIN_DAYS,
    weekdays: orderWeekdays,
    isOneCurrency: locationCurrency === currency,
    ...(change && { change }),
  }
}

/** What may be ordered from a supplier; without a budget: as much as is needed. */
export interface SupplierShare {
  supplierId: string
  budget?: number
}

/**
 * A day's budget over a location's suppliers, by what each would be ordered for without one and by what each takes at
 * least. A supplier who gets nothing is given what can't be enough, so that their plan shows what keeps their order from being made.
 */
export async function shareBudget(
  client: Reader,
  question: PlanQuestion,
  suppliers: readonly Supplier[],
  budget: number,
  beat: () => void,
): Promise<SupplierShare[]> {
  const claims: BudgetClaim[] = []
  for (const supplier of suppliers) {
    const plan = await planSupplier(client, question, supplier, beat)
    claims.push({ wanted: plan === undefined ? 0 : worthOf(plan.lines), minimum: supplier.minimumOrderValue })
  }
  const { shares, left } = shareOut(budget, claims)
  return suppliers.map(({ supplierId }, index) => ({ supplierId, budget: shares[index]! || left }))
}

/** What an order is worth, as a figure to compare with. */
export const worthOf = (lines: readonly DecidedLine[]): number =>
  lines.reduce((sum, { decision }) => sum + Number(decision.value), 0)

function settleTogether(plan: SupplierPlan, { supplierId, minimumOrderValue }: Supplier, budget?: number): void {
  const worth = worthOf(plan.lines)
  const isWithin = worth <= (budget ?? worth) && worth >= minimumOrderValue
  if (plan.lines.length === 0 || isWithin) return
  if (budget !== undefined && budget < minimumOrderValue) {
    const detail = `the minimum order value of ${supplierId} is ${minimumOrderValue}, but only ${budget.toFixed(2)} of the budget is left: raise budget_per_day, or order less often`
    addSkips(plan, [{ productId: '', reason: 'budget_below_minimum', detail }])
    redecide(plan, { budget: 0 })
    return
  }
  const { isPostponed } = redecide(plan, { minimumOrderValue, ...(budget !== undefined && { budget }) })
  if (!isPostponed) return
  const detail = `the order would be worth ${worth.toFixed(2)}, below the minimum order value ${minimumOrderValue} of ${supplierId}: waiting costs less`
  addSkips(plan, [{ productId: '', reason: 'below_minimum_order_value', detail }])
}

/** Decides the lines again, together, and keeps those that order something. */
function redecide(plan: SupplierPlan, terms: OrderTerms): OrderDecision {
  const inputs = plan.lines.map(({ input }) => input)
  const order = decideOrder(inputs, terms)
  plan.lines = plan.lines.flatMap((line, index) => {
    const { decision } = order.lines[index]!
    if (decision !== undefined && decision.packs > 0) return { ...line, decision }
    if (decision !== undefined) addExpected(plan, decision)
    return []
  })
  return order
}

const noneExpected = (): Expected => ({ demand: 0, lost: 0, wasted: 0 })

function addExpected({ expected }: SupplierPlan, { explanation: { terms } }: OrderLineDecision): void {
  const figure = (wanted: string) => Number(terms.find(({ name }) => name === wanted)?.value ?? 0)
  expected.demand += figure('mean_demand') - figure('mean_demand_before_delivery')
  expected.lost += figure('expected_lost_units')
  expected.wasted += figure('expected_waste_units')
}

function decide(plan: SupplierPlan, line: KnownLine): void {
  const decision = decided(line)
  if ('reason' in decision) addSkips(plan, [decision])
  else if (decision.packs === 0) addExpected(plan, decision)
  else if (plan.lines.length < ORDER_LINES_MAX) plan.lines.push({ ...line, decision })
  else {
    const detail = `an order has at most ${ORDER_LINES_MAX} lines: it is planned again at the next review`
    addSkips(plan, [{ productId: line.productId, reason: 'order_full', detail }])
  }
}

function decided(line: KnownLine): OrderLineDecision | Skip {
  try {
    return decideOrderLine(line.input)
  } catch (error) {
    if (!(error instanceof OrderLineError)) throw error
    return { productId: line.productId, reason: 'impossible_line', detail: error.message }
  }
}

function addSkips(plan: SupplierPlan, skips: readonly Skip[]): void {
  plan.skips.push(...skips.slice(0, SKIPS_MAX - plan.skips.length))
}

/** From the review until the goods come: what the supplier's deliveries took, after the days that the order waits. */
async function leadTimeOf(
  client: Reader,
  { asOf, change }: PlanQuestion,
  { supplierId, leadTimeDays }: Supplier,
  waitDays: number,
): Promise<LeadTime> {
  const { rows } = await client.query<{ days: number; deliveries: number }>(readLeadTimesText, [supplierId, asOf])
  const receipts = rows.map(({ days, deliveries }) => ({ days, count: deliveries }))
  const learned = learnLeadTime(Math.ceil(leadTimeDays), receipts, supplierId)
  const shiftDays = waitDays + (change?.leadTimeDays ?? 0)
  return shiftDays === 0 ? learned : shiftedLeadTime(learned, shiftDays)
}

/** The newest forecast that is not too old; null: there is none. */
async function newestForecast(client: Reader, date: string): Promise<UsedForecast | null> {
  const { rows } = await client.query<{ date: string | null; run: number | null }>(
    `select newest.date, ledger.succeeded_run as run
     from (
       select max(forecast_date) as date from analytics.fact_forecast
       where forecast_date between $1::date - $2::integer and $1::date - 1
     ) as newest
     left join ops.partition_ledger as ledger on ledger.asset = 'fact_forecast' and ledger.date = newest.date`,
    [date, FORECAST_AGE_DAYS_MAX],
  )
  const { date: found, run } = rows[0]!
  if (found === null) return null
  return { date: found, run, dependence: await readDependence(client, found) }
}
