/**
 * The state of every shelf: units on the shelf, in baskets and per lot.
 *
 * **State**: `state.shelf`, `state.basket`, `state.shelf_lot`; read through the views `state.shelf_live` and
 * `state.shelf_lot_live`.
 *
 * **Outputs**: one record per changed shelf to `shelf_state` (key `<store_id>/<product_id>`) and per changed lot to
 * `shelf_batch_state` (key `<store_id>/<product_id>/<batch_id>`), through the outbox.
 *
 * **Rules**
 *
 * - A pickup moves units from the shelf into the customer's basket of the day; a putback does the opposite. Unknown customers
 *   share one basket per product and day. A basket ends with the store's day: units that are picked before midnight and paid
 *   after it count as lost, and as sold without a pickup, until a count corrects the shelf.
 * - The quantity of a movement has no sign: a negative quantity is a dead letter, except in counts and changes of weight.
 * - A putback on another product's shelf counts for the product's own shelf: the sensor recognises the product, and staff
 *   are expected to move it. Until then the home shelf weighs less than its count; a count corrects that.
 * - A sale settles its basket. Units that were sold but not picked were taken from the shelf unseen, and are subtracted there:
 *   `unpicked_sales` is the sum over all baskets of `max(0, sold − max(0, picked))`.
 * - Returned units do not go back to the shelf automatically: staff do that, with a refill.
 * - A refill adds, a removal subtracts, both also for the lot that they name; a count adds its signed correction.
 * - A weight changes no count: the newest is stored, for comparison with the count.
 * - A later pickup clears the mark that a basket counts as taken; any later event clears the decision about its loss.
 * - A shelf without a profile has a state too.
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
