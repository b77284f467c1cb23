/**
 * Master data: products, stores, their targets and opening hours, the shelves of their products and where they are, suppliers and their terms.
 *
 * **State**: `ref.products` and every version of them in `ref.product_versions`; `ref.stores`; `ref.shelves`, and with a
 * new shelf its empty row in `state.shelf`; `ref.store_layout`; `ref.sales_target`; `ref.opening_hours`; `ref.suppliers`; `ref.supply_terms`.
 *
 * **Rules**
 *
 * - Per product, store, shelf, place of a shelf, target, day of opening hours, supplier and terms the record with the newest `event_at` applies, in whatever order they
 *   arrive.
 * - A record without a change, because it or a newer one arrived before, counts as a duplicate.
 * - Invalid terms (a pack of zero, a minimum above the maximum), suppliers without a lead time, shelves without a width or
 *   depth and hours with only one of their times become dead letters. Terms may arrive before their product and supplier, a place before its shelf.
 */
import { mergingProcessor } from '../runtime/merging-processor.ts'

export const referenceData = mergingProcessor('reference_data', {
  product_catalog: 'merge_products',
  store_catalog: 'merge_stores',
  shelf_profiles: 'merge_shelves',
  store_layouts: 'merge_store_layouts',
  sales_targets: 'merge_sales_targets',
  opening_hours: 'merge_opening_hours',
  supplier_catalog: 'merge_suppliers',
  supply_terms: 'merge_supply_terms',
})
