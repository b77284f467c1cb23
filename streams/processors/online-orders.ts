/**
 * The status of online orders: created, paid, packed, shipped, delivered or cancelled, and whether they are overdue.
 *
 * **State**: `state.online_order`; read through `state.online_order_live`, which adds the status and what is overdue now.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - For each step the first event counts, for promises the last one. Steps may arrive in any order and may be missing: the
 *   status is the furthest known step.
 * - An order is overdue when its promised time has passed and it is neither delivered nor cancelled.
 * - Visits and complaints are not about orders: they count as applied and change nothing. An event about an order without
 *   an order id becomes a dead letter.
 */
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { ensureEventIdMonths } from '../runtime/event-ids.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from '../runtime/processor.ts'

const statement = preparedStatement('apply_online_orders')

export const onlineOrders: Processor = {
  name: 'online_orders',
  topics: ['customer_events'],
  apply,
}

async function apply(client: PoolClient, { values, dates }: ValidBatch): Promise<Outcomes> {
  await ensureEventIdMonths(client, dates)
  const { rows } = await client.query<{ applied: number }>({ ...statement, values: [jsonArray(values)] })
  const { applied } = rows[0]!
  return { applied, duplicate: values.length - applied, late: 0 }
}
