/**
 * The rules that jobs and alerts go by: policies for shelves and for warehouses.
 *
 * **State**: `ref.policy`, every version of every policy; read through `ref.shelf_policy` and `ref.warehouse_policy`, which
 * say what holds for each shelf and for each product of a warehouse.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - The newest version of a policy holds, by its `event_at`; one that is known already is a duplicate.
 * - Each value comes from the most specific policy that has it: store and product, product, store and category, category,
 *   store, everything; then the default.
 * - A policy whose values can't hold together (it restocks below more than it fills to) becomes a dead letter.
 */
import type { PoolClient } from '../platform/postgres.ts'
import { preparedStatement } from './prepared-statement.ts'
import { jsonArray, type Outcomes, type Processor, type ValidBatch } from './processor.ts'

const statements = {
  shelf_policies: preparedStatement('merge_shelf_policies'),
  warehouse_policies: preparedStatement('merge_warehouse_policies'),
} as const

export const policies: Processor = {
  name: 'policies',
  topics: ['shelf_policies', 'warehouse_policies'],
  apply,
}

async function apply(client: PoolClient, { topic, values }: ValidBatch): Promise<Outcomes> {
  const { rows } = await client.query<{ new: number }>({
    ...statements[topic as keyof typeof statements],
    values: [jsonArray(values)],
  })
  const applied = rows[0]!.new
  return { applied, duplicate: values.length - applied, late: 0 }
}
