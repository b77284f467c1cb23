import type { Column } from '../../../lake/schema.ts'
import { cleansedAsset } from '../framework/lake-asset.ts'
import { datedTable } from '../framework/lake-input.ts'

const columns: readonly Column[] = [
  { name: 'event_id', type: 'string', nullable: false },
  { name: 'store_id', type: 'string', nullable: false },
  { name: 'product_id', type: 'string', nullable: false },
  { name: 'old_price', type: 'decimal(18,6)' },
  { name: 'new_price', type: 'decimal(18,6)', nullable: false },
  { name: 'reason', type: 'string', nullable: false },
  { name: 'promotion_id', type: 'string' },
  { name: 'is_superseded', type: 'boolean', nullable: false },
  { name: 'is_synthetic', type: 'boolean', nullable: false },
  { name: 'is_unknown_store', type: 'boolean', nullable: false },
  { name: 'is_unknown_product', type: 'boolean', nullable: false },
  { name: 'source', type: 'string', nullable: false },
  { name: 'event_at', type: 'timestamp', nullable: false },
  { name: 'known_at', type: 'timestamp', nullable: false },
  { name: 'date', type: 'date', nullable: false },
]

export const priceChangesInput = datedTable('cleansed/price_changes', columns)

export const cleansedPriceChanges = cleansedAsset({
  name: 'cleansed/price_changes',
  description:
    'Price changes of a day: validated, each event once; of two for the same instant the later known one counts.',
  topic: 'price_changes',
  columns,
  orderBy: ['store_id', 'product_id', 'event_at', 'event_id'],
  statementFile: 'cleansed/cleanse_price_changes.sql',
  revision: 1,
  rejection: "case when new_price >= 1e9 then 'implausible_number' end",
  members: { products: true },
  rules: [
    {
      check: 'price_range',
      severity: 'warn',
      reason: 'the new price is zero or above 10,000',
      condition: 'new_price = 0 or new_price > 10000',
    },
    {
      check: 'superseded_changes',
      severity: 'warn',
      reason: 'another price for the same instant was known later and counts instead',
      condition: 'is_superseded',
    },
  ],
})
