import type { Column } from '../../../lake/schema.ts'
import { literal } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { salesInput } from '../cleansed/sales.ts'
import { expectNone } from '../framework/checks.ts'
import { datedTable } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { derivedAsset } from './features-asset.ts'

/**
 * From the start of a day to the run of the next that makes its features, 09:00. What comes later is late: the features
 * of that day never hold it, however often they are built, because the forecasts of that morning did not have it.
 */
export const MORNING_HOURS = 33

const columns: readonly Column[] = [
  { name: 'store_id', type: 'string', nullable: false },
  { name: 'product_id', type: 'string', nullable: false },
  { name: 'known_for', type: 'date', nullable: false },
  { name: 'known_on', type: 'date', nullable: false },
  { name: 'units', type: 'decimal(24,6)', nullable: false },
  { name: 'returned_units', type: 'decimal(24,6)', nullable: false },
  { name: 'net_amount', type: 'decimal(24,6)', nullable: false },
  { name: 'discount_amount', type: 'decimal(24,6)', nullable: false },
  { name: 'promoted_units', type: 'decimal(24,6)', nullable: false },
  { name: 'lines', type: 'long', nullable: false },
  { name: 'date', type: 'date', nullable: false },
]

export const dailySalesInput = datedTable('features/daily_sales', columns)

export const featuresDailySales = derivedAsset({
  name: 'features/daily_sales',
  description: 'Sales of a day by store and product, split by the first morning on which they were known.',
  pipeline: 'feature-engineering',
  output: dailySalesInput,
  reads: { sales: salesInput },
  orderBy: ['store_id', 'product_id', 'known_for', 'known_on'],
  files: ['features/daily_sales.sql'],
  revision: MORNING_HOURS,
  questions: [
    {
      check: 'late_rows',
      severity: 'warn',
      question: 'rows were known only after the next morning, and count from then on',
    },
  ],
  make: async ({ settings }, connection, { keep, relations: { sales } }) => {
    await connection.run(
      statement('features/daily_sales.sql', {
        sales: sales!,
        keep,
        zone: literal(settings.timeZone),
        morning_hours: String(MORNING_HOURS),
      }),
    )
  },
  async measure(connection) {
    const { late } = await onlyRow(connection, 'select count(*) as late from features where known_for > date')
    return { late: Number(late) }
  },
  check: (measured) => [
    expectNone(
      'late_rows',
      'known only after the next morning; they count from then on',
      measured.reduce((sum, { late }) => sum + late!, 0),
      'warn',
    ),
  ],
})
