/**
 * Deliveries of purchase orders by suppliers.
 *
 * **State**: `ops.goods_receipt`, one row per message about an order; received, damaged and cancelled units on the lines of
 * the order, `ops.purchase_order_line`. The order's workflow is signalled within a minute and updates its status.
 *
 * **Outputs**: the order to `purchase_orders`; the lot of each delivery, with all that came of it, to `batch_catalog`; if the location does not report its own goods, one `warehouse_events` (`in`,
 * `receipt`) per delivery to a warehouse, or one `inventory_updates` (`delivery`) per delivery to a store; all through the
 * outbox.
 *
 * **Rules**
 *
 * - Messages without an order, or about another system's order, count as applied and change nothing. A message about an
 *   order id of Shelfline (`PO-…`) that does not exist becomes a dead letter, and so does one with more damaged than
 *   delivered units.
 * - Goods are booked into stock once: by the location's own events, or by the receipt, never by both. `ref.goods_in` defines
 *   which; without a row it is the receipt, except for simulated suppliers, whose warehouses send their own events. Damaged
 *   units are not booked. A delivery without a lot is a separate lot, named by its shipment.
 * - Cancelled units are no longer expected, up to the outstanding units of the line. Units that were not ordered are stored
 *   without a line.
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
  // The lines are added up from the receipts, and the order is published with its lines: each sees what the one before wrote.
  if (receipts.length > 0) {
    const changed = await client.query<{ purchase_order_id: string }>({ ...apply, values: [receipts] })
    const orders = changed.rows.map(({ purchase_order_id }) => purchase_order_id)
    await client.query('select ops.publish_purchase_order(id) from unnest($1::text[]) as id', [orders])
  }
  return { applied, duplicate: values.length - applied, late: 0 }
}
