/**
 * The policies that jobs and alerts use: for shelves, warehouses and orders to suppliers.
 *
 * **State**: `ref.policy`, every version of every policy; read through `ref.shelf_policy`, `ref.warehouse_policy` and
 * `ref.replenishment_policy`, which resolve the values for each shelf and for each product of a warehouse or location.
 *
 * **Outputs**: none.
 *
 * **Rules**
 *
 * - The newest version of a policy applies, by its `event_at`; a version that is already known is a duplicate.
 * - Each value comes from the most specific policy that has it: store and product, product, store and category, category,
 *   store, everything; then the default.
 * - A policy with contradictory values (restock_below above restock_to) becomes a dead letter.
 */
import { mergingProcessor } from '../runtime/merging-processor.ts'

export const policies = mergingProcessor('policies', {
  shelf_policies: 'merge_shelf_policies',
  warehouse_policies: 'merge_warehouse_policies',
  replenishment_policies: 'merge_replenishment_policies',
})
