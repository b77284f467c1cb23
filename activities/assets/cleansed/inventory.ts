import { contractColumns } from '../framework/columns.ts'
import { datedTable } from '../framework/lake-input.ts'
import { cleansedAsset } from './cleansed-asset.ts'
import { eventId, isSynthetic, isUnknownProduct, isUnknownStore, knownAt, storeId } from './columns.ts'

const field = contractColumns('inventory_updates')

export const inventoryInput = datedTable(
  'cleansed/inventory',
  'Stock movements of a day: validated, each event once, unknown stores and products kept and flagged.',
  {
    event_id: eventId,
    store_id: storeId,
    inventory_id: field.inventory_id,
    product_id: field.product_id,
    quantity_change: field.quantity_change,
    new_quantity: field.new_quantity,
    reason: field.reason,
    is_synthetic: isSynthetic,
    is_unknown_store: isUnknownStore,
    is_unknown_product: isUnknownProduct,
    source: field.source,
    event_at: field.event_at,
    known_at: knownAt,
  },
)

export const cleansedInventory = cleansedAsset({
  output: inventoryInput,
  topic: 'inventory_updates',
  orderBy: ['store_id', 'product_id', 'event_at', 'event_id'],
  sql: { cleanse: 'cleansed/cleanse_inventory.sql' },
  revision: 1,
  members: { products: true },
  checks: [
    {
      check: 'quantity_range',
      severity: 'warn',
      question: 'the change is beyond 100,000 units either way',
      condition: 'abs(quantity_change) > 100000',
    },
  ],
})
