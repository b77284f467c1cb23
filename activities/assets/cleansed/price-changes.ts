import { contractColumns } from '../framework/columns.ts'
import { datedTable } from '../framework/lake-input.ts'
import { cleansedAsset } from './cleansed-asset.ts'
import { eventId, isSynthetic, isUnknownProduct, isUnknownStore, knownAt, storeId } from './columns.ts'

const field = contractColumns('price_changes')

export const priceChangesInput = datedTable(
  'cleansed/price_changes',
  'Price changes of a day: validated, each event once; of two for the same instant the one that was known later counts.',
  {
    event_id: eventId,
    store_id: storeId,
    product_id: field.product_id,
    old_price: field.old_price,
    new_price: field.new_price,
    reason: field.reason,
    promotion_id: field.promotion_id,
    is_superseded: { type: 'boolean', comment: 'Another price for the same instant was known later and counts.' },
    is_synthetic: isSynthetic,
    is_unknown_store: isUnknownStore,
    is_unknown_product: isUnknownProduct,
    source: field.source,
    event_at: field.event_at,
    known_at: knownAt,
  },
)

export const cleansedPriceChanges = cleansedAsset({
  output: priceChangesInput,
  topic: 'price_changes',
  orderBy: ['store_id', 'product_id', 'event_at', 'event_id'],
  sql: { cleanse: 'cleansed/cleanse_price_changes.sql' },
  revision: 1,
  members: { products: true },
  checks: [
    {
      check: 'price_range',
      severity: 'warn',
      question: 'the new price is zero or above 10,000',
      condition: 'new_price = 0 or new_price > 10000',
    },
    {
      check: 'superseded_changes',
      severity: 'warn',
      question: 'another price for the same instant was known later and counts instead',
      condition: 'is_superseded',
    },
  ],
})
