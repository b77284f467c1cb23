/**
 * What suppliers deliver of orders.
 *
 * **State**: `ops.goods_receipt`, one row per message about an order; what came, what of it was damaged and what will not
 * come on the lines of the order, `ops.purchase_order_line`. The order's workflow hears of it within a minute and moves its
 * status on.
 *
 * **Outputs**: the order to `purchase_orders`; for goods that nobody else tells of, one `warehouse_events` (`in`, `receipt`)
 * per delivery to a warehouse, or one `inventory_updates` (`delivery`) per delivery to a store; all through the outbox.
 *
 * **Rules**
 *
 * - Messages about no order, or about an order that is none of ours, count as applied and change nothing. One that names an
 *   order of ours (`PO-…`) that does not exist becomes a dead letter, and so does one with more damaged than came.
 * - Goods are taken into stock once: by the location's own events, or by the receipt, never by both. `ref.goods_in` says
 *   by whom; without a row it is the receipt, but for simulated suppliers, whose warehouses tell themselves. What is damaged
 *   is not taken into stock. A delivery without a lot is a lot of its own, named by its shipment.
 * - What is cancelled will not come, up to what is still to come of the line. What was not ordered is kept without a line.
 *
 * Everything on the lines is a sum, so that the order in which messages arrive does not matter.
 */
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { ensureEventIdMonths } from '../runtime/event-ids.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from '../runtime/processor.ts'

const take = preparedStatement('take_receipts')
const apply = preparedStatement('apply_receipts')

export const goodsReceipts: Processor = {
  name: 'goods_receipts',
  topics: ['supplier_shipments'],
  apply: receive,
}

async function receive(client: PoolClient, { values, dates }: ValidBatch): Promise<Outcomes> {
  await ensureEventIdMonths(client, dates)
  const { rows } = await client.query<{ applied: number; receipts: number[] }>({ ...take, values: [jsonArray(values)] })
  const { applied, receipts } = rows[0]!
  // The lines are added up from the receipts, and the order is told with its lines: each sees what the one before wrote.
  if (receipts.length > 0) {
    const changed = await client.query<{ purchase_order_id: string }>({ ...apply, values: [receipts] })
    const orders = changed.rows.map(({ purchase_order_id }) => purchase_order_id)
    await client.query('select ops.tell_purchase_order(id) from unnest($1::text[]) as id', [orders])
  }
  return { applied, duplicate: values.length - applied, late: 0 }
}
