/**
 * Master data: products, stores, the shelves of their products, suppliers and their terms.
 *
 * **State**: `ref.products` and every version of them in `ref.product_versions`; `ref.stores`; `ref.shelves`, and with a
 * new shelf its empty row in `state.shelf`; `ref.suppliers`; `ref.supply_terms`.
 *
 * **Rules**
 *
 * - Per product, store, shelf, supplier and terms the record with the newest `event_at` applies, in whatever order they
 *   arrive.
 * - A record without a change, because it or a newer one arrived before, counts as a duplicate.
 * - Invalid terms (a pack of zero, a minimum above the maximum) and suppliers without a lead time become dead letters. Terms
 *   may arrive before their product and supplier.
 */
import { mergingProcessor } from '../runtime/merging-processor.ts'

export const referenceData = mergingProcessor('reference_data', {
  product_catalog: 'merge_products',
  store_catalog: 'merge_stores',
  shelf_profiles: 'merge_shelves',
  supplier_catalog: 'merge_suppliers',
  supply_terms: 'merge_supply_terms',
})
