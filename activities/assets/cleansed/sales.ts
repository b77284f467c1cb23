import type { Column } from '../../../lake/schema.ts'
import type { DuckDBConnection } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import type { AssetContext, InputVersions } from '../framework/asset.ts'
import { addDays } from '../framework/dates.ts'
import { cleansedAsset } from '../framework/lake-asset.ts'
import { datedTable, rawInput, scanAt } from '../framework/lake-input.ts'

/** A return further away from its sale than this stays without one. */
export const RETURN_DAYS_MAX = 90

const columns: readonly Column[] = [
  { name: 'event_id', type: 'string', nullable: false },
  { name: 'store_id', type: 'string', nullable: false },
  { name: 'transaction_id', type: 'string', nullable: false },
  { name: 'line_no', type: 'long', nullable: false },
  { name: 'product_id', type: 'string', nullable: false },
  { name: 'quantity', type: 'decimal(18,6)', nullable: false },
  { name: 'unit_price', type: 'decimal(18,6)', nullable: false },
  { name: 'discount_amount', type: 'decimal(18,6)', nullable: false },
  { name: 'gross_amount', type: 'decimal(24,6)', nullable: false },
  { name: 'net_amount', type: 'decimal(24,6)', nullable: false },
  { name: 'is_return', type: 'boolean', nullable: false },
  { name: 'is_promoted', type: 'boolean', nullable: false },
  { name: 'is_synthetic', type: 'boolean', nullable: false },
  { name: 'is_duplicate_suspect', type: 'boolean', nullable: false },
  { name: 'is_unknown_store', type: 'boolean', nullable: false },
  { name: 'is_unknown_product', type: 'boolean', nullable: false },
  { name: 'original_transaction_id', type: 'string' },
  { name: 'original_line_no', type: 'long' },
  { name: 'original_sale_date', type: 'date' },
  { name: 'customer_id', type: 'string' },
  { name: 'payment_method', type: 'string', nullable: false },
  { name: 'source', type: 'string', nullable: false },
  { name: 'event_at', type: 'timestamp', nullable: false },
  { name: 'known_at', type: 'timestamp', nullable: false },
  { name: 'date', type: 'date', nullable: false },
]

export const salesInput = datedTable('cleansed/sales', columns)

export const cleansedSales = cleansedAsset({
  name: 'cleansed/sales',
  description:
    'Sale lines of a day: validated, each event once, amounts exact, returns joined to their sale, unknown stores and products and suspected duplicates kept and flagged.',
  topic: 'pos_transactions',
  columns,
  orderBy: ['store_id', 'transaction_id', 'line_no', 'event_id'],
  statementFile: 'cleansed/cleanse_sales.sql',
  otherFiles: ['cleansed/link_returns.sql'],
  revision: 1,
  // Beyond this a day's sums could leave the types of the star schema, and one broken till would block everyone.
  rejection: "case when abs(quantity) >= 1e9 or unit_price >= 1e9 or discount >= 1e9 then 'implausible_number' end",
  members: { products: true },
  prepare: linkReturns,
  rules: [
    {
      check: 'suspected_duplicates',
      severity: 'warn',
      reason: 'the same line was in the same transaction before, under another event id; it is kept',
      condition: 'is_duplicate_suspect',
    },
    {
      check: 'returns_without_sale',
      severity: 'warn',
      reason: `the return's sale was not found in the ${RETURN_DAYS_MAX} days before`,
      condition: 'is_return and original_sale_date is null',
    },
    {
      check: 'quantity_range',
      severity: 'warn',
      reason: 'the quantity is zero, or beyond 10,000 either way',
      condition: 'quantity = 0 or abs(quantity) > 10000',
    },
    {
      check: 'price_range',
      severity: 'warn',
      reason: 'the unit price is zero or above 10,000',
      condition: 'unit_price = 0 or unit_price > 10000',
    },
    {
      check: 'net_within_gross',
      severity: 'warn',
      reason: 'more was paid for the line than its price without discount',
      condition: 'not is_return and net_amount > gross_amount + 0.01',
    },
  ],
})

/** The days before are read only when a return needs them, and from raw: then dates can be built in any order. */
async function linkReturns(context: AssetContext, connection: DuckDBConnection, date: string, inputs: InputVersions) {
  const reader = await connection.runAndReadAll(
    'select exists (from events where quantity < 0 and coalesce(original_transaction_id, customer_id) is not null)',
  )
  const hasReturns = reader.getRows()[0]![0] === true
  const days = { from: addDays(date, -RETURN_DAYS_MAX), to: addDays(date, -1) }
  const where = { date: hasReturns ? days : { from: '9999-12-31', to: '9999-12-31' } }
  const input = rawInput('pos_transactions')
  const history = await scanAt(context, input, Number(inputs[input.table]), where)
  await connection.run(statement('cleansed/link_returns.sql', { history }))
}
