/**
 * The stock of every warehouse, in total and per lot.
 *
 * **State**: `state.warehouse`, `state.warehouse_lot`; read through the views `state.warehouse_live` and
 * `state.warehouse_lot_live`.
 *
 * **Outputs**: one record per changed product to `warehouse_state` (key `<warehouse_id>/<product_id>`) and per changed lot
 * to `warehouse_batch_state` (key `<warehouse_id>/<product_id>/<batch_id>`), through the outbox.
 *
 * **Rules**
 *
 * - Goods in add, goods out subtract, whatever the reason; both for the lot that the event names.
 * - Goods out without a lot reduce the product; the lots show it through `state.warehouse_lot_live`, first expired first out.
 * - The expiry of a lot is the earliest of its events.
 *
 * Everything is a sum, a minimum or a maximum, so the order in which events arrive, and how often, does not matter.
 */
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { ensureEventIdMonths } from '../runtime/event-ids.ts'
import { preparedStatement } from '../runtime/prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from '../runtime/processor.ts'

const statement = preparedStatement('apply_warehouse')

export const warehouseState: Processor = {
  name: 'warehouse_state',
  topics: ['warehouse_events'],
  apply,
}

async function apply(client: PoolClient, { values, dates }: ValidBatch): Promise<Outcomes> {
  await ensureEventIdMonths(client, dates)
  const { rows } = await client.query<{ new: number }>({ ...statement, values: [jsonArray(values)] })
  const applied = rows[0]!.new
  return { applied, duplicate: values.length - applied, late: 0 }
}
