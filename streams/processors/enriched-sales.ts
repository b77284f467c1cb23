/**
 * Sale lines with the price, the discount and the stock at the time of the sale.
 *
 * **State**: `state.sale_line`, `state.price` and `state.stock_movement`, for some days (`ops.window_rules`); read through
 * `state.enriched_sale`. `state.sale_transaction`: per transaction what must be paid and what was taken back, for some weeks.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - A line has the price that was in force when it was sold, and the list price, even if the price arrives after the sale:
 *   the two are joined when they are read.
 * - The till is wrong if the customer paid more than the price in force, or if it charged a price that is neither that nor
 *   the list price.
 * - The stock right before a sale is the current stock on hand, counted back over the sales and movements since.
 * - The cost is that of the newest purchase order before the sale; without one, the current cost of the product's preferred
 *   supplier: for this store, else for all places, else elsewhere. Without a cost there is no margin.
 * - A transaction counts what was sold by card or mobile, and what was taken back however it was paid; payments are compared with it
 *   when they are read ([payments](payments.md)).
 * - A line that is older than the days that are kept counts as late and is left to the daily facts.
 */
import type { TopicName } from '../../contracts/topics.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from '../runtime/processor.ts'
import { textColumns } from '../runtime/text-columns.ts'

interface Effect {
  statement: { name: string; text: string }
  /** What it is given; a JSON array where nothing else is stated. */
  parameters?: (events: readonly object[]) => unknown[]
  /** The table whose daily partitions must be there. */
  table?: string
}

const effects: Partial<Record<TopicName, Effect>> = {
  pos_transactions: {
    statement: preparedStatement('apply_sale_lines'),
    parameters: textColumns('pos_transactions', [
      'event_id',
      'event_at',
      'store_id',
      'product_id',
      'transaction_id',
      'line_no',
      'quantity',
      'unit_price',
      'discount',
      'net_amount',
      'customer_id',
      'is_promoted',
      'payment_method',
      'till_id',
      'cashier_id',
      'original_transaction_id',
    ]),
    table: 'sale_line',
  },
  inventory_updates: { statement: preparedStatement('apply_stock_movements'), table: 'stock_movement' },
  price_changes: { statement: preparedStatement('apply_prices') },
}

export const enrichedSales: Processor = {
  name: 'enriched_sales',
  topics: Object.keys(effects) as TopicName[],
  apply,
}

async function apply(client: PoolClient, batch: ValidBatch): Promise<Outcomes> {
  const { topic, events, dates } = batch
  const { statement, table, parameters = () => [jsonArray(batch.values)] } = effects[topic]!
  if (table !== undefined) {
    const text = 'select state.ensure_days(array[$1], $2::date[])'
    await client.query({ name: 'ensure_line_days', text, values: [table, dates] })
  }
  const { rows } = await client.query<{ applied: number; late: number }>({ ...statement, values: parameters(events) })
  const { applied, late } = rows[0]!
  return { applied, duplicate: events.length - applied - late, late }
}
