import type { Column } from '../../../lake/schema.ts'
import { cleansedAsset } from '../framework/lake-asset.ts'
import { datedTable } from '../framework/lake-input.ts'

const columns: readonly Column[] = [
  { name: 'event_id', type: 'string', nullable: false },
  { name: 'store_id', type: 'string', nullable: false },
  { name: 'inventory_id', type: 'string', nullable: false },
  { name: 'product_id', type: 'string', nullable: false },
  { name: 'quantity_change', type: 'decimal(18,6)', nullable: false },
  { name: 'new_quantity', type: 'decimal(18,6)', nullable: false },
  { name: 'reason', type: 'string', nullable: false },
  { name: 'is_synthetic', type: 'boolean', nullable: false },
  { name: 'is_unknown_store', type: 'boolean', nullable: false },
  { name: 'is_unknown_product', type: 'boolean', nullable: false },
  { name: 'source', type: 'string', nullable: false },
  { name: 'event_at', type: 'timestamp', nullable: false },
  { name: 'known_at', type: 'timestamp', nullable: false },
  { name: 'date', type: 'date', nullable: false },
]

export const inventoryInput = datedTable('cleansed/inventory', columns)

export const cleansedInventory = cleansedAsset({
  name: 'cleansed/inventory',
  description: 'Stock movements of a day: validated, each event once, unknown stores and products kept and flagged.',
  topic: 'inventory_updates',
  columns,
  orderBy: ['store_id', 'product_id', 'event_at', 'event_id'],
  statementFile: 'cleansed/cleanse_inventory.sql',
  revision: 1,
  rejection: "case when abs(quantity_change) >= 1e9 then 'implausible_number' end",
  members: { products: true },
  rules: [
    {
      check: 'quantity_range',
      severity: 'warn',
      reason: 'the change is beyond 100,000 units either way',
      condition: 'abs(quantity_change) > 100000',
    },
  ],
})
