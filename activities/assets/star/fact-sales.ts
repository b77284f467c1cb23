import { statement } from '../../../platform/postgres/sql.ts'
import { salesInput } from '../cleansed/sales.ts'
import { CHECK_EXAMPLES_MAX } from '../framework/asset.ts'
import { expectNone } from '../framework/checks.ts'
import { orphanQuestions, starAsset } from '../framework/star-asset.ts'

export const factSales = starAsset({
  name: 'fact_sales',
  description:
    'Every line of a till receipt or invoice of the day, with the versions of store and product that held then.',
  upstream: ['cleansed/sales', 'dim_store', 'dim_product'],
  reads: { sales: salesInput },
  files: {
    stage: 'star/stage_sales.sql',
    check: 'star/check_fact_sales.sql',
    swap: ['star/delete_fact_sales_partition.sql', 'star/replace_fact_sales_partition.sql'],
    checks: ['star/find_missing_stores.sql'],
  },
  revision: 1,
  staged: 'view',
  stagingColumns: `store_id text not null, product_id text not null, transaction_id text not null,
    line_no integer not null, event_id text not null, quantity numeric(18, 6) not null,
    unit_price numeric(18, 6) not null, discount_amount numeric(18, 6) not null, gross_amount numeric(24, 6) not null,
    net_amount numeric(24, 6) not null, is_return boolean not null, is_promoted boolean not null,
    is_synthetic boolean not null, original_transaction_id text, original_line_no integer, original_sale_date date,
    customer_id text, payment_method text not null, source text not null, sold_at timestamptz not null,
    known_at timestamptz not null`,
  sums: ['quantity', 'net_amount'],
  questions: [
    ...orphanQuestions('store', 'product'),
    { check: 'missing_stores', severity: 'warn', question: 'stores that sold in the seven days before and not today' },
  ],
  lock: 'date',
  async replace(client, { date, staging }) {
    await client.query(statement('star/delete_fact_sales_partition.sql', { date }))
    const { rowCount } = await client.query(statement('star/replace_fact_sales_partition.sql', { date, staging }))
    return rowCount!
  },
  async check({ pool }, { date, staging }) {
    const query = statement('star/find_missing_stores.sql', { date, staging })
    const { rows } = await pool.query<{ store_id: string }>(query)
    const examples = rows
      .slice(0, CHECK_EXAMPLES_MAX)
      .map((row) => ({ reason: 'sold in the seven days before, not on this one', row: { ...row } }))
    return [
      expectNone(
        'missing_stores',
        'stores that sold in the seven days before and not today',
        rows.length,
        'warn',
        examples,
      ),
    ]
  },
})
