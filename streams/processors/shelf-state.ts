/**
 * What is on every shelf, in baskets and of each lot, as of the events that came.
 *
 * **State**: `state.shelf`, `state.basket`, `state.shelf_lot`; read through the views `state.shelf_live` and
 * `state.shelf_lot_live`.
 *
 * **Outputs**: one record per changed shelf to `shelf_state` (key `<store_id>/<product_id>`) and per changed lot to
 * `shelf_batch_state` (key `<store_id>/<product_id>/<batch_id>`), through the outbox.
 *
 * **Rules**
 *
 * - A pickup takes goods off the shelf and puts them into the customer's basket of the day; a putback does the opposite.
 *   Customers who are not known share one basket per product and day. A basket ends with the store's day: what is picked
 *   before midnight and paid after it counts as lost, and as sold without a pickup, until a count puts the shelf right.
 * - What moves goods has no sign: a negative quantity is a dead letter, except in counts and changes of weight.
 * - What is put back on a shelf that is not the product's counts where it belongs: its sensor says what it is and not that
 *   nobody will find it. The home shelf weighs less than its count then, and whoever counts it corrects that.
 * - A sale settles its basket. What it holds beyond what was picked came from the shelf unseen, and is taken off there:
 *   `unpicked_sales` is the sum over all baskets of `max(0, sold − max(0, picked))`.
 * - Returned goods do not come back to the shelf: staff do that, with a refill.
 * - A refill adds, a removal takes off, both also to the lot that they name; a count adds its signed correction.
 * - A weight changes no count: it is kept, newest first, to be held against the count.
 * - A later pickup clears the mark that a basket counts as taken; any later news clears what was decided about its loss.
 * - A shelf without a profile has its state all the same.
 *
 * Everything is a sum, a minimum or a maximum, so the order in which events arrive, and how often, does not matter.
 */
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { ensureEventIdMonths } from '../runtime/event-ids.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import type { Outcomes, Processor, ValidBatch } from '../runtime/processor.ts'
import { textColumns } from '../runtime/text-columns.ts'

const statement = preparedStatement('apply_shelf')
const common = ['event_id', 'event_at', 'store_id', 'product_id', 'customer_id', 'quantity']
const ofShelf = ['event_type', 'weight', 'batch_id', 'expires_on']
const shelfColumns = textColumns('shelf_events', [...common, ...ofShelf])
const saleColumns = textColumns('pos_transactions', common)

export const shelfState: Processor = {
  name: 'shelf_state',
  topics: ['shelf_events', 'pos_transactions'],
  apply,
}

async function apply(client: PoolClient, { topic, events, dates }: ValidBatch): Promise<Outcomes> {
  await ensureEventIdMonths(client, dates)
  const columns = topic === 'shelf_events' ? shelfColumns(events) : [...saleColumns(events), ...ofShelf.map(() => null)]
  const { rows } = await client.query<{ new: number }>({ ...statement, values: [topic, ...columns] })
  const applied = rows[0]!.new
  return { applied, duplicate: events.length - applied, late: 0 }
}
