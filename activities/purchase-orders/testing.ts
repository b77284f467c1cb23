/** What tests of orders share: a supplier, their terms, people who decide, and orders that are not decided. */
import { randomUUID } from 'node:crypto'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import type { OrderRequest } from './order.ts'
import type { PurchaseOrderActivities } from './purchase-order.ts'

export interface OrderSeed {
  id?: string
  supplier?: string
  location?: string
  /** YYYY-MM-DD */
  date?: string
  /** Units by product; each costs 2.50. */
  lines?: Record<string, number>
  /** Days from the review until it is expected. */
  leadDays?: number
}

export const UNIT_COST = 2.5

/** Supplier `acme` delivers tea and milk in packs of six; ann and bob are buyers, cleo a senior buyer, dan is for w2 only. */
export async function seedSupply(pool: Pool, adapter: 'file' | 'webhook' | 'simulator' = 'file', endpoint?: string) {
  await pool.query(
    `insert into ref.suppliers
       (supplier_id, name, adapter, endpoint, order_weekdays, cut_off, time_zone, lead_time_days, currency, recorded_at)
     values ('acme', 'Acme', $1, $2, '{1,2,3,4,5,6,7}', '16:00', 'UTC', 2, 'GBP', now())`,
    [adapter, endpoint ?? null],
  )
  await pool.query(
    `insert into ref.supply_terms (terms_id, product_id, supplier_id, unit_cost, pack_size, preference, recorded_at)
     select '*/' || product || '/acme', product, 'acme', $1, 6, 1, now() from unnest(array['tea', 'milk']) as product`,
    [UNIT_COST],
  )
  await pool.query(
    `insert into ref.approver (person, role, location_id, changed_by) values
       ('ann', 'buyer', null, 'test'), ('bob', 'buyer', null, 'test'), ('cleo', 'senior_buyer', null, 'test'),
       ('dan', 'buyer', 'w2', 'test')`,
  )
}

/** What a person asks of an order, as the program writes it that has authenticated them. @returns what names it to the workflow */
export async function seedDecision(
  pool: Pool,
  order: string,
  step: string,
  by: string,
  input: object,
): Promise<string> {
  const decision = randomUUID()
  await pool.query(statement('purchase-orders/ask_decision.sql'), [decision, order, step, by, JSON.stringify(input)])
  return decision
}

/** A step that a person asks for, without its workflow. */
export async function stepBy(
  pool: Pool,
  { stepPurchaseOrder }: Pick<PurchaseOrderActivities, 'stepPurchaseOrder'>,
  { order, by, step, requestId }: { order: string; by: string; step: OrderRequest['step']; requestId: string },
  input: Partial<OrderRequest> = {},
) {
  const decision = await seedDecision(pool, order, step, by, input)
  const request = { ...input, step, by: 'shelfline', decision }
  return stepPurchaseOrder({ purchaseOrderId: order, requestId, request, input: { ...input, decision } })
}

/** @returns the order's id */
export async function seedOrder(pool: Pool, seed: OrderSeed = {}): Promise<string> {
  const { supplier = 'acme', location = 'w1', date = '2026-11-02', lines = { tea: 240 }, leadDays = 2 } = seed
  const id = seed.id ?? `PO-${supplier}-${location}-${date.replaceAll('-', '')}`
  await pool.query(
    `insert into ops.purchase_order
       (purchase_order_id, supplier_id, location_id, review_date, currency, total_value, expected_on, created_at, updated_at)
     values ($1, $2, $3, $4, 'GBP', $5, $4::date + $6::integer, ops.now(), ops.now())`,
    [id, supplier, location, date, Object.values(lines).reduce((sum, units) => sum + units, 0) * UNIT_COST, leadDays],
  )
  await pool.query(
    `insert into ops.purchase_order_line
       (purchase_order_id, line_no, product_id, proposed_quantity, quantity, unit_cost, explanation)
     select $1, row_number() over (order by product), product, units, units, $4, '{}'
     from unnest($2::text[], $3::numeric[]) as line (product, units)`,
    [id, Object.keys(lines), Object.values(lines), UNIT_COST],
  )
  return id
}
