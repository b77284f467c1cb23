/** What a change of policy, lead time or budget would do to a day's orders; nothing is written. */

import {
  type Expected,
  type PlanQuestion,
  planSupplier,
  readSuppliers,
  type Supplier,
  shareBudget,
  worthOf,
} from '../../activities/replenishment/plan.ts'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { InvalidError } from '../errors.ts'
import { requireCount, requireDate } from '../values.ts'
import { businessDay, type PlanScope, requireScope } from './scope.ts'

/** Locations that are looked up at once. */
const LOCATIONS_MAX = 200

export interface WhatIfQuestion extends PlanScope {
  /** The day of the review, YYYY-MM-DD; left out: today. */
  date?: string
  /** At least one of its values. */
  change: WhatIfChange
}

export interface WhatIfChange {
  /** The service target of every policy, between 0 and 1. */
  serviceTarget?: number
  /** Days that every delivery takes longer; less than 0: shorter. */
  leadTimeDays?: number
  /** The most that each location's orders of the day may cost. */
  budgetPerDay?: number
}

/** A day's orders of one supplier, over all locations. */
export interface PricedOrders extends Expected {
  orders: number
  lines: number
  units: number
  /** Money. */
  value: number
}

export interface SupplierComparison {
  supplierId: string
  currency: string
  /** Products and locations that were looked at. */
  reviewed: number
  present: PricedOrders
  changed: PricedOrders
}

export interface WhatIfAnswer {
  date: string
  locations: number
  /** Suppliers that take no orders on this day. */
  closed: string[]
  suppliers: SupplierComparison[]
}

export interface WhatIfDependencies {
  pool: Pool
  /** Of the business, for what today is. */
  timeZone: string
}

/**
 * Plans the day twice, as it is and with the change, in one transaction that can't write and sees one state of the world.
 * Both are planned as if nothing were drafted for the day yet.
 *
 * @param onLocation called after each location
 * @throws InvalidError when there is no change, or a value is impossible
 */
export async function whatIf(
  { pool, timeZone }: WhatIfDependencies,
  question: WhatIfQuestion,
  onLocation: (done: number) => void,
): Promise<WhatIfAnswer> {
  requireChange(question.change)
  if (question.date !== undefined) requireDate('date', question.date)
  await requireScope(pool, question)
  const date = question.date ?? (await businessDay(pool, timeZone))
  return inTransaction(pool, (client) => compare(client, date, question, onLocation))
}

const DAYS_MAX = 365
const BUDGET_MAX = 1e12

function requireChange({ serviceTarget, leadTimeDays, budgetPerDay }: WhatIfChange): void {
  if (serviceTarget === undefined && leadTimeDays === undefined && budgetPerDay === undefined) {
    throw new InvalidError('no change is given', { fix: 'give a service target, lead time days or a budget per day' })
  }
  if (serviceTarget !== undefined && !(serviceTarget > 0 && serviceTarget < 1)) {
    throw new InvalidError('is not between 0 and 1', { field: 'serviceTarget', value: serviceTarget, fix: 'try 0.98' })
  }
  if (leadTimeDays !== undefined) requireCount('leadTimeDays', leadTimeDays, -DAYS_MAX, DAYS_MAX)
  if (budgetPerDay !== undefined && !(budgetPerDay >= 0 && budgetPerDay < BUDGET_MAX)) {
    throw new InvalidError('is not an amount of money', {
      field: 'budgetPerDay',
      value: budgetPerDay,
      fix: 'try 50000',
    })
  }
}

async function compare(
  client: PoolClient,
  date: string,
  { location, supplier, change }: WhatIfQuestion,
  onLocation: (done: number) => void,
): Promise<WhatIfAnswer> {
  await client.query('set transaction isolation level repeatable read, read only')
  const { rows } = await client.query<{ asOf: Date }>('select ops.now() as "asOf"')
  const comparison = new Comparison()
  let locations = 0
  for await (const locationId of dueLocations(client, location, supplier)) {
    const here = { locationId, date, asOf: rows[0]!.asOf }
    const suppliers = await readSuppliers(client, here, supplier)
    await priceLocation(client, here, suppliers, comparison, 'present', {})
    await priceLocation(client, here, suppliers, comparison, 'changed', change)
    locations += 1
    onLocation(locations)
  }
  return { date, locations, ...comparison.answer() }
}

async function* dueLocations(client: PoolClient, location?: string, supplier?: string): AsyncGenerator<string> {
  for (let after = ''; ; ) {
    const values = [location ?? null, supplier ?? null, after, LOCATIONS_MAX]
    const { rows } = await client.query<{ locationId: string }>(statement('replenishment/due_locations.sql'), values)
    for (const { locationId } of rows) yield locationId
    if (rows.length < LOCATIONS_MAX) return
    after = rows.at(-1)!.locationId
  }
}

async function priceLocation(
  client: PoolClient,
  here: PlanQuestion,
  suppliers: readonly Supplier[],
  comparison: Comparison,
  side: Side,
  { budgetPerDay, ...change }: WhatIfChange,
): Promise<void> {
  const question = { ...here, change }
  const budget = budgetPerDay ?? suppliers[0]?.budgetPerDay ?? null
  const shares = budget === null ? [] : await shareBudget(client, question, suppliers, budget, still)
  for (const supplier of suppliers) {
    const share = shares.find(({ supplierId }) => supplierId === supplier.supplierId)?.budget
    const plan = await planSupplier(client, question, supplier, still, share)
    if (plan === undefined) comparison.close(supplier)
    else comparison.add(supplier, side, plan.reviewed, priced(plan))
  }
}

const still = () => undefined

type Plan = NonNullable<Awaited<ReturnType<typeof planSupplier>>>

const priced = ({ lines, expected }: Plan): PricedOrders => ({
  ...expected,
  orders: lines.length > 0 ? 1 : 0,
  lines: lines.length,
  units: lines.reduce((sum, { decision }) => sum + Number(decision.quantity), 0),
  value: worthOf(lines),
})

type Side = 'present' | 'changed'

class Comparison {
  readonly #suppliers = new Map<string, SupplierComparison>()
  readonly #closed = new Set<string>()

  close({ supplierId }: Supplier): void {
    this.#closed.add(supplierId)
  }

  add({ supplierId, currency }: Supplier, side: Side, reviewed: number, orders: PricedOrders): void {
    const known = this.#suppliers.get(supplierId)
    const supplier = known ?? { supplierId, currency, reviewed: 0, present: nothing(), changed: nothing() }
    if (known === undefined) this.#suppliers.set(supplierId, supplier)
    if (side === 'present') supplier.reviewed += reviewed
    supplier[side] = sumOf(supplier[side], orders)
  }

  answer(): Pick<WhatIfAnswer, 'closed' | 'suppliers'> {
    const suppliers = [...this.#suppliers.values()]
    return { closed: [...this.#closed], suppliers: suppliers.sort((a, b) => b.present.value - a.present.value) }
  }
}

const nothing = (): PricedOrders => ({
  orders: 0,
  lines: 0,
  units: 0,
  value: 0,
  demand: 0,
  lost: 0,
  wasted: 0,
})

const sumOf = (left: PricedOrders, right: PricedOrders): PricedOrders => ({
  orders: left.orders + right.orders,
  lines: left.lines + right.lines,
  units: left.units + right.units,
  value: left.value + right.value,
  demand: left.demand + right.demand,
  lost: left.lost + right.lost,
  wasted: left.wasted + right.wasted,
})

/** Sums, one for each currency: money of two is not added up. */
export const totalsOf = (suppliers: readonly SupplierComparison[]): Omit<SupplierComparison, 'supplierId'>[] =>
  [...Map.groupBy(suppliers, ({ currency }) => currency)].map(([currency, own]) => ({
    currency,
    reviewed: own.reduce((sum, { reviewed }) => sum + reviewed, 0),
    present: own.reduce((sum, { present }) => sumOf(sum, present), nothing()),
    changed: own.reduce((sum, { changed }) => sumOf(sum, changed), nothing()),
  }))

/** Share of the demand between two deliveries that is met; null where none is expected. */
export const fillOf = ({ demand, lost }: PricedOrders): number | null =>
  demand > 0 ? Math.max(0, 1 - lost / demand) : null
