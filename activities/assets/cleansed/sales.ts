import { addDays } from '../../../contracts/calendar.ts'
import type { InputVersions } from '../framework/asset.ts'
import { contractColumns } from '../framework/columns.ts'
import type { Engine } from '../framework/engine.ts'
import { datedTable, rawInput } from '../framework/lake-input.ts'
import { cleansedAsset } from './cleansed-asset.ts'
import { eventId, isSynthetic, isUnknownProduct, isUnknownStore, knownAt, storeId } from './columns.ts'

/** A return further away from its sale than this stays without one. */
export const RETURN_DAYS_MAX = 90

const field = contractColumns('pos_transactions')

export const salesInput = datedTable(
  'cleansed/sales',
  'Sale lines of a day: validated, each event once, amounts exact, returns joined to their sale, unknown stores and products and suspected duplicates kept and flagged.',
  {
    event_id: eventId,
    store_id: storeId,
    transaction_id: field.transaction_id,
    line_no: field.line_no,
    product_id: field.product_id,
    quantity: field.quantity,
    unit_price: field.unit_price,
    discount_amount: field.discount,
    gross_amount: { type: 'decimal(24,6)', comment: 'quantity × unit_price, before discount.' },
    net_amount: { type: 'decimal(24,6)', comment: 'What was paid for the line; negative for a return.' },
    is_return: { type: 'boolean', comment: 'The line takes goods back.' },
    is_promoted: { type: 'boolean', comment: 'Sold under a promotion.' },
    is_synthetic: isSynthetic,
    is_duplicate_suspect: {
      type: 'boolean',
      comment: 'The same line was in the same transaction before, under another event id.',
    },
    is_unknown_store: isUnknownStore,
    is_unknown_product: isUnknownProduct,
    original_transaction_id: {
      ...field.original_transaction_id,
      comment: 'For a return: the original transaction, from the till or found by the load.',
    },
    original_line_no: {
      type: 'long',
      isNullable: true,
      comment: 'For a return: the line that it takes back, where it was found.',
    },
    original_sale_date: {
      type: 'date',
      isNullable: true,
      comment: 'For a return: the day of the sale that it takes back, where it was found.',
    },
    customer_id: field.customer_id,
    till_id: field.till_id,
    payment_method: field.payment_method,
    source: field.source,
    event_at: field.event_at,
    known_at: knownAt,
  },
)

export const cleansedSales = cleansedAsset({
  output: salesInput,
  topic: 'pos_transactions',
  orderBy: ['store_id', 'transaction_id', 'line_no', 'event_id'],
  sql: { cleanse: 'cleansed/cleanse_sales.sql', links: 'cleansed/link_returns.sql' },
  revision: 1,
  members: { products: true },
  async prepare(engine, { date, inputs, sql }) {
    const history = await returnHistory(engine, date, inputs)
    await engine.run(sql.links({ history }))
  },
  checks: [
    {
      check: 'suspected_duplicates',
      severity: 'warn',
      question: 'the same line was in the same transaction before, under another event id; it is kept',
      condition: 'is_duplicate_suspect',
    },
    {
      check: 'returns_without_sale',
      severity: 'warn',
      question: `the return's sale was not found in the ${RETURN_DAYS_MAX} days before`,
      condition: 'is_return and original_sale_date is null',
    },
    {
      check: 'quantity_range',
      severity: 'warn',
      question: 'the quantity is zero, or beyond 10,000 either way',
      condition: 'quantity = 0 or abs(quantity) > 10000',
    },
    {
      check: 'price_range',
      severity: 'warn',
      question: 'the unit price is zero or above 10,000',
      condition: 'unit_price = 0 or unit_price > 10000',
    },
    {
      check: 'net_within_gross',
      severity: 'warn',
      question: 'more was paid for the line than its price without discount',
      condition: 'not is_return and net_amount > gross_amount + 0.01',
    },
  ],
})

/** The days before are read only when a return needs them, and from raw: then dates can be built in any order. */
async function returnHistory(engine: Engine, date: string, inputs: InputVersions): Promise<string> {
  const [returned] = await engine.rows(
    'select count(*) as lines from events where quantity < 0 and coalesce(original_transaction_id, customer_id) is not null',
  )
  const hasReturns = Number(returned!.lines) > 0
  const days = { from: addDays(date, -RETURN_DAYS_MAX), to: addDays(date, -1) }
  const where = { date: hasReturns ? days : { from: '9999-12-31', to: '9999-12-31' } }
  const input = rawInput('pos_transactions')
  return engine.relation(input, Number(inputs[input.table]), where)
}
