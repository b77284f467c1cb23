/**
 * The rules that jobs and alerts go by: policies for shelves, warehouses and orders to suppliers.
 *
 * **State**: `ref.policy`, every version of every policy; read through `ref.shelf_policy`, `ref.warehouse_policy` and
 * `ref.replenishment_policy`, which say what holds for each shelf and for each product of a warehouse or location.
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
import { mergingProcessor } from '../runtime/merging-processor.ts'

export const policies = mergingProcessor('policies', {
  shelf_policies: 'merge_shelf_policies',
  warehouse_policies: 'merge_warehouse_policies',
  replenishment_policies: 'merge_replenishment_policies',
})
