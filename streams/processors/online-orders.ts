/**
 * The status of online orders: created, paid, packed, shipped, delivered or cancelled, and whether they are overdue; their lines, and
 * what is reserved for them.
 *
 * **State**: `state.online_order`; read through `state.online_order_live`, which adds the status and what is overdue now.
 * `state.online_order_line`; read through `state.online_reserved`: units that orders wait for, by store and product.
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
 * - Units of a line are reserved from `ordered` on, until they are picked or cancelled, or the order is shipped, delivered or cancelled.
 *   Lines are sums, so that their order does not matter, and they may arrive before the order.
 */
import type { TopicName } from '../../contracts/topics.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { ensureEventIdMonths } from '../runtime/event-ids.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from '../runtime/processor.ts'

const statements: Partial<Record<TopicName, { name: string; text: string }>> = {
  customer_events: preparedStatement('apply_online_orders'),
  online_order_lines: preparedStatement('apply_online_order_lines'),
}

export const onlineOrders: Processor = {
  name: 'online_orders',
  topics: Object.keys(statements) as TopicName[],
  apply,
}

async function apply(client: PoolClient, { topic, values, dates }: ValidBatch): Promise<Outcomes> {
  await ensureEventIdMonths(client, dates)
  const { rows } = await client.query<{ applied: number }>({ ...statements[topic]!, values: [jsonArray(values)] })
  const { applied } = rows[0]!
  return { applied, duplicate: values.length - applied, late: 0 }
}
