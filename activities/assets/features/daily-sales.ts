import { literal } from '../../../platform/duckdb/duckdb.ts'
import { salesInput } from '../cleansed/sales.ts'
import { expectNone, questions, total } from '../framework/checks.ts'
import type { AssetColumn } from '../framework/columns.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'

/**
 * From the start of a day to the run of the next that makes its features, 09:00. What comes later is late: the features
 * of that day never hold it, however often they are built, because the forecasts of that morning did not have it.
 */
export const MORNING_HOURS = 33

const sum = (comment: string): AssetColumn => ({ type: 'decimal(24,6)', comment })

export const dailySalesInput = datedTable(
  'features/daily_sales',
  'Sales of a day by store and product, split by the first morning on which they were known.',
  {
    store_id: salesInput.columns.store_id,
    product_id: salesInput.columns.product_id,
    known_for: { type: 'date', comment: 'The first day whose features hold it: the day itself, unless it came late.' },
    known_on: { type: 'date', comment: 'The day on which it reached Kafka.' },
    units: sum('Units sold less units returned.'),
    returned_units: sum('Units returned.'),
    net_amount: sum('What was paid for them.'),
    discount_amount: sum('Money taken off.'),
    promoted_units: sum('Units sold under a promotion.'),
    lines: { type: 'long', comment: 'Lines of receipts and invoices.' },
  },
)

const checks = questions({
  late_rows: ['warn', 'rows were known only after the next morning, and count from then on'],
})

export const featuresDailySales = derivedAsset({
  pipeline: 'feature-engineering',
  output: dailySalesInput,
  reads: { sales: salesInput },
  orderBy: ['store_id', 'product_id', 'known_for', 'known_on'],
  sql: { sums: 'features/daily_sales.sql' },
  revision: MORNING_HOURS,
  runsOnSpark: true,
  checks,
  async make({ settings }, engine, { keep, relations: { sales }, sql }) {
    const known = { zone: literal(settings.timeZone), morning_hours: String(MORNING_HOURS) }
    await engine.run(sql.sums({ sales: sales!, keep, ...known }))
  },
  async measure(connection) {
    const { late } = await onlyRow(connection, 'select count(*) as late from features where known_for > date')
    return { late: Number(late) }
  },
  check: (measured) => [
    expectNone(checks.late_rows, total(measured, 'late'), {
      what: 'known only after the next morning; they count from then on',
    }),
  ],
})
