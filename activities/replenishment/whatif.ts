/** What a change of policy, lead time or budget would do to a day's orders; nothing is written. */
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import {
  type Expected,
  type PlanChange,
  type PlanQuestion,
  planSupplier,
  readSuppliers,
  type Supplier,
  shareBudget,
  worthOf,
} from './plan.ts'

/** Locations that are looked up at once. */
const LOCATIONS_MAX = 200

export interface WhatIfQuestion {
  /** The day of the review, YYYY-MM-DD. */
  date: string
  location?: string
  supplier?: string
  change: WhatIfChange
}

export interface WhatIfChange extends PlanChange {
  /** Money that each location's orders of the day may come to. */
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

/**
 * Plans the day twice, as it is and with the change, in one transaction that can't write and sees one state of the world.
 * Both are planned as if nothing were drafted for the day yet.
 *
 * @param onLocation called after each location
 */
export function whatIf(
  pool: Pool,
  question: WhatIfQuestion,
  onLocation: (done: number) => void,
): Promise<WhatIfAnswer> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read, read only')
    const { rows } = await client.query<{ asOf: Date }>('select ops.now() as "asOf"')
    const comparison = new Comparison()
    let locations = 0
    for await (const locationId of dueLocations(client, question)) {
      const here = { locationId, date: question.date, asOf: rows[0]!.asOf }
      const suppliers = await readSuppliers(client, here, question.supplier)
      await priceLocation(client, here, suppliers, comparison, 'present', {})
      await priceLocation(client, here, suppliers, comparison, 'changed', question.change)
      locations += 1
      onLocation(locations)
    }
    return { date: question.date, locations, ...comparison.answer() }
  })
}

async function* dueLocations(client: PoolClient, { location, supplier }: WhatIfQuestion): AsyncGenerator<string> {
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

export const nothing = (): PricedOrders => ({
  ...{ orders: 0, lines: 0, units: 0, value: 0, demand: 0, lost: 0, wasted: 0 },
})

export const sumOf = (left: PricedOrders, right: PricedOrders): PricedOrders => ({
  orders: left.orders + right.orders,
  lines: left.lines + right.lines,
  units: left.units + right.units,
  value: left.value + right.value,
  demand: left.demand + right.demand,
  lost: left.lost + right.lost,
  wasted: left.wasted + right.wasted,
})

/** Share of the demand between two deliveries that is met; null where none is expected. */
export const fillOf = ({ demand, lost }: PricedOrders): number | null =>
  demand > 0 ? Math.max(0, 1 - lost / demand) : null
