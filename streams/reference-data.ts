/**
 * Master data: products, stores and the shelves of their products.
 *
 * **State**: `ref.products` and every version of them in `ref.product_versions`; `ref.stores`; `ref.shelves`, and with a
 * new shelf its empty row in `state.shelf`.
 *
 * **Rules**
 *
 * - Per product, store and shelf the record with the newest `event_at` counts, in whatever order they come.
 * - A record that tells nothing new, because it or a newer one came before, counts as a duplicate.
 */
import { mergingProcessor } from './merging-processor.ts'

export const referenceData = mergingProcessor('reference_data', {
  product_catalog: 'merge_products',
  store_catalog: 'merge_stores',
  shelf_profiles: 'merge_shelves',
})
