import { selectFiles } from '../../../lake/scan.ts'
import type { Column } from '../../../lake/schema.ts'
import { literal, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { prepareAvailability } from '../../forecasting/sources.ts'
import { footTrafficInput } from '../cleansed/foot-traffic.ts'
import { salesInput } from '../cleansed/sales.ts'
import type { AssetContext } from '../framework/asset.ts'
import { expectNone } from '../framework/checks.ts'
import { addDays } from '../framework/dates.ts'
import { datedTable, type LakeInput } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { demandParts, liveFeatures, originFeatures, WINDOW_DAYS_MAX } from './columns.ts'
import { dailySalesInput, MORNING_HOURS } from './daily-sales.ts'
import { derivedAsset } from './features-asset.ts'
import { liveStateInput } from './live-state.ts'
import { DEMAND_STATEMENTS, makeDemandFeatures } from './series.ts'

const TRAFFIC_DAYS = 28
/** Raise it when models/forecasting/demand-features.ts gives other numbers. */
const SERIES_REVISION = 1

const columns: readonly Column[] = [
  { name: 'store_id', type: 'string', nullable: false },
  { name: 'product_id', type: 'string', nullable: false },
  { name: 'category', type: 'string' },
  { name: 'department', type: 'string' },
  { name: 'recent', type: { type: 'array', elementType: 'float', containsNull: true }, nullable: false },
  { name: 'demand_class', type: 'string', nullable: false },
  { name: 'abc_class', type: 'string', nullable: false },
  { name: 'xyz_class', type: 'string', nullable: false },
  ...[...originFeatures, ...liveFeatures].map((name): Column => ({ name, type: 'float' })),
  { name: 'date', type: 'date', nullable: false },
]

export const demandInput = datedTable('features/demand', columns)

export const featuresDemand = derivedAsset({
  name: 'features/demand',
  description: `What was known of every store × product that sold within ${WINDOW_DAYS_MAX} days, on the morning after the day: the features of the demand forecast.`,
  pipeline: 'feature-engineering',
  output: demandInput,
  reads: {
    daily: { ...dailySalesInput, daysBefore: WINDOW_DAYS_MAX - 1 },
    traffic: { ...footTrafficInput, daysBefore: TRAFFIC_DAYS - 1 },
    // Hours out of stock, of every day that sales are read of.
    live: { ...liveStateInput, daysBefore: WINDOW_DAYS_MAX - 1 },
  },
  orderBy: ['store_id', 'product_id'],
  files: [...DEMAND_STATEMENTS, 'features/recovered_sales.sql', 'features/products.sql', 'features/daily_traffic.sql'],
  revision: JSON.stringify([demandParts, MORNING_HOURS, SERIES_REVISION]),
  questions: [
    { check: 'not_a_number', severity: 'block', question: 'a feature is infinite or not a number' },
    {
      check: 'days_left_out',
      severity: 'warn',
      question: 'days of the window have sales that are not in features/daily_sales',
    },
  ],
  async pin({ pool }) {
    const query = 'select max(updated_at) as products from ref.products'
    const { rows } = await pool.query<{ products: Date | null }>(query)
    return { 'ref.products': rows[0]!.products?.toISOString() ?? '' }
  },
  async make({ settings, signal }, connection, { date, keep, relations }) {
    const { daily, traffic, live } = relations as Record<'daily' | 'traffic' | 'live', string>
    const origin = `date ${literal(date)}`
    const known = { zone: literal(settings.timeZone), morning_hours: String(MORNING_HOURS) }
    await withPostgres(connection, settings, (postgres) =>
      connection.run(statement('features/products.sql', { origin, postgres })),
    )
    await connection.run(statement('features/daily_traffic.sql', { traffic, ...known }))
    const availability = await prepareAvailability(connection, live)
    await connection.run(statement('features/recovered_sales.sql', { daily, availability }))
    await makeDemandFeatures(connection, {
      origins: [date],
      daily: 'recovered',
      traffic: 'traffic_day',
      products: 'product',
      live,
      keep,
      signal,
    })
  },
  async measure(connection) {
    const bad = originFeatures.map((name) => `(${name} is not null and not isfinite(${name}))`).join(' or ')
    const { rows } = await onlyRow(connection, `select count(*) filter (where ${bad}) as rows from features`)
    return { bad: Number(rows) }
  },
  check: (measured) => [
    expectNone(
      'not_a_number',
      'with a feature that is infinite or not a number',
      measured.reduce((sum, { bad }) => sum + bad!, 0),
      'block',
    ),
  ],
  async checkWindow(context, date) {
    const window = { from: addDays(date, 1 - WINDOW_DAYS_MAX), to: date }
    const [sold, read] = await Promise.all(
      [salesInput, dailySalesInput].map((input) => datesOf(context, input, window)),
    )
    const missing = [...sold!].filter((day) => !read!.has(day)).sort()
    const wayOut = `\`shelfline backfill run --assets features/daily_sales --from ${missing[0]} --to ${missing.at(-1)}\``
    const what =
      missing.length === 0 ? 'sold and not in features/daily_sales' : `sold and not in features/daily_sales; ${wayOut}`
    return [expectNone('days_left_out', what, missing.length, 'warn')]
  },
})

/** The days of a window on which a table has rows. */
async function datesOf(
  { lake }: AssetContext,
  { table, definition }: LakeInput,
  window: { from: string; to: string },
): Promise<Set<string>> {
  const snapshot = await (await lake.ensureTable(table, definition)).snapshot()
  return new Set(selectFiles(snapshot, { date: window }).map(({ partitionValues }) => String(partitionValues.date)))
}
