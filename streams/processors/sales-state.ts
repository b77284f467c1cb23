/**
 * The stock that should be on hand in every store, and the sales.
 *
 * **State**: `state.stock` per store and product; `state.sales_day` per store, product and day.
 *
 * **Rules**
 *
 * - A sale reduces the stock by its quantity and adds to the sales of its day; a return is a negative sale.
 * - A stock movement changes the stock, except with the reason `sale`, because the sale itself does.
 * - An event of a day whose cleansed partition was already built counts as late, and the day is rebuilt.
 */
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { ensureEventIdMonths } from '../runtime/event-ids.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from '../runtime/processor.ts'
import { textColumns } from '../runtime/text-columns.ts'

const applySales = preparedStatement('apply_sales')
const saleColumns = textColumns('pos_transactions', [
  'event_id',
  'event_at',
  'store_id',
  'product_id',
  'quantity',
  'unit_price',
  'discount',
  'net_amount',
])
const applyInventory = preparedStatement('apply_inventory')

export const salesState: Processor = {
  name: 'sales_state',
  topics: ['pos_transactions', 'inventory_updates'],
  ignoresCustomers: true,
  apply,
}

async function apply(client: PoolClient, batch: ValidBatch): Promise<Outcomes> {
  const { topic, events, dates } = batch
  await ensureEventIdMonths(client, dates)
  const query =
    topic === 'pos_transactions'
      ? { ...applySales, values: saleColumns(events) }
      : { ...applyInventory, values: [jsonArray(batch.values)] }
  const { rows } = await client.query<{ new: number; late: number }>(query)
  const { new: fresh, late } = rows[0]!
  return { applied: fresh - late, duplicate: events.length - fresh, late }
}
