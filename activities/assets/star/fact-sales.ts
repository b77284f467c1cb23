import { salesInput } from '../cleansed/sales.ts'
import { CHECK_EXAMPLES_MAX } from '../framework/asset.ts'
import { expectNone, questions } from '../framework/checks.ts'
import type { Columns } from '../framework/columns.ts'
import { starAsset } from '../framework/star-asset.ts'

// What is left out is for who looks into the lake; a column that the cleansing adds comes into the fact.
const {
  is_duplicate_suspect: _suspect,
  is_unknown_store: _store,
  is_unknown_product: _product,
  event_at,
  ...lines
} = salesInput.columns

const { missing_stores: missingStores } = questions({
  missing_stores: ['warn', 'stores that sold in the seven days before and not today'],
})

const columns: Columns = {
  ...lines,
  line_no: { ...lines.line_no, type: 'integer' },
  original_line_no: { ...lines.original_line_no, type: 'integer' },
  sold_at: { ...event_at, comment: 'Instant of the sale.' },
}

/** What of a line in the lake is called or typed otherwise. */
const changed: Readonly<Record<string, string>> = {
  line_no: 'line_no::integer as line_no',
  original_line_no: 'original_line_no::integer as original_line_no',
  sold_at: 'event_at as sold_at',
}

export const factSales = starAsset({
  name: 'fact_sales',
  description:
    'Every line of a till receipt or invoice of the day, with the versions of store and product, the cost and the list price at that time.',
  members: ['store', 'product'],
  // The list price of a sale is looked up in the prices of its day.
  after: ['dim_price'],
  runsOnSpark: true,
  reads: { sales: salesInput },
  columns,
  notCarried: ['store_id', 'product_id'],
  sql: {
    stage: 'star/stage_sales.sql',
    check: 'star/check_versions.sql',
    swap: { delete: 'star/delete_fact_sales_partition.sql', insert: 'star/replace_fact_sales_partition.sql' },
    judge: { missing: 'star/find_missing_stores.sql' },
  },
  parameters: () => ({
    at: 'sold_at',
    lines: Object.keys(columns)
      .map((name) => changed[name] ?? name)
      .join(', '),
  }),
  revision: 1,
  staged: 'view',
  sums: ['quantity', 'net_amount'],
  lock: 'date',
  checks: [missingStores],
  async check({ pool }, { target: { date, staging }, sql }) {
    const { rows } = await pool.query<{ store_id: string }>(sql.missing({ date, staging }))
    const examples = rows
      .slice(0, CHECK_EXAMPLES_MAX)
      .map((row) => ({ reason: 'sold in the seven days before, not on this one', row: { ...row } }))
    return [expectNone(missingStores, rows.length, { examples })]
  },
})
