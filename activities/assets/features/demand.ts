import { addDays } from '../../../contracts/calendar.ts'
import { selectFiles } from '../../../lake/scan.ts'
import { literal, withPostgres } from '../../../platform/duckdb/duckdb.ts'
import { prepareAvailability } from '../../forecasting/sources.ts'
import { footTrafficInput } from '../cleansed/foot-traffic.ts'
import { salesInput } from '../cleansed/sales.ts'
import type { AssetContext } from '../framework/asset.ts'
import { expectNone, questions, total } from '../framework/checks.ts'
import { derivedAsset } from '../framework/derived-asset.ts'
import { datedTable, type LakeInput, tableOf } from '../framework/lake-input.ts'
import { onlyRow } from '../framework/work.ts'
import { demandParts, keyColumns, liveColumns, originColumns, originFeatures, WINDOW_DAYS_MAX } from './columns.ts'
import { dailySalesInput, MORNING_HOURS } from './daily-sales.ts'
import { liveStateInput } from './live-state.ts'
import { DEMAND_STATEMENTS, makeDemandFeatures } from './series.ts'

const TRAFFIC_DAYS = 28
/** Raise it when models/forecasting/demand-features.ts gives other numbers. */
const SERIES_REVISION = 1

export const demandInput = datedTable(
  'features/demand',
  `What was known of every store × product that sold within ${WINDOW_DAYS_MAX} days, on the morning after the day: the features of the demand forecast.`,
  {
    ...keyColumns,
    category: { type: 'string', isNullable: true, comment: 'Category of the product, if the catalogue has one.' },
    department: { type: 'string', isNullable: true, comment: 'Its department, if the catalogue has one.' },
    recent: {
      type: { type: 'array', elementType: 'float', containsNull: true },
      comment: 'Units of the last 56 days, one by one, the day itself last.',
    },
    demand_class: { type: 'string', comment: 'smooth, erratic, intermittent or lumpy (Syntetos & Boylan).' },
    abc_class: { type: 'string', comment: 'A, B or C by its share of the revenue.' },
    xyz_class: { type: 'string', comment: 'X, Y or Z by how much it varies from week to week.' },
    ...originColumns,
    ...liveColumns,
  },
)

const checks = questions({
  not_a_number: ['block', 'a feature is infinite or not a number'],
  days_left_out: ['warn', 'days of the window have sales that are not in features/daily_sales'],
})

export const featuresDemand = derivedAsset({
  pipeline: 'feature-engineering',
  output: demandInput,
  reads: {
    daily: { ...dailySalesInput, daysBefore: WINDOW_DAYS_MAX - 1 },
    traffic: { ...footTrafficInput, daysBefore: TRAFFIC_DAYS - 1 },
    // Hours out of stock, of every day that sales are read of.
    live: { ...liveStateInput, daysBefore: WINDOW_DAYS_MAX - 1 },
  },
  orderBy: ['store_id', 'product_id'],
  sql: {
    products: 'features/products.sql',
    traffic: 'features/daily_traffic.sql',
    recovered: 'features/recovered_sales.sql',
  },
  uses: { rows: DEMAND_STATEMENTS },
  revision: JSON.stringify([demandParts, MORNING_HOURS, SERIES_REVISION]),
  checks,
  async pin({ pool }) {
    const query = 'select max(updated_at) as products from ref.products'
    const { rows } = await pool.query<{ products: Date | null }>(query)
    return { 'ref.products': rows[0]!.products?.toISOString() ?? '' }
  },
  async make({ settings, signal }, { connection }, { date, keep, relations, sql }) {
    const { daily, traffic, live } = relations as Record<'daily' | 'traffic' | 'live', string>
    const origin = `date ${literal(date)}`
    const known = { zone: literal(settings.timeZone), morning_hours: String(MORNING_HOURS) }
    await withPostgres(connection, settings, (postgres) => connection.run(sql.products({ origin, postgres })))
    await connection.run(sql.traffic({ traffic, ...known }))
    const availability = await prepareAvailability(connection, live)
    await connection.run(sql.recovered({ daily, availability }))
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
    expectNone(checks.not_a_number, total(measured, 'bad'), {
      what: 'with a feature that is infinite or not a number',
    }),
  ],
  async checkWindow(context, date) {
    const window = { from: addDays(date, 1 - WINDOW_DAYS_MAX), to: date }
    const [sold, read] = await Promise.all(
      [salesInput, dailySalesInput].map((input) => datesOf(context, input, window)),
    )
    const missing = [...sold!].filter((day) => !read!.has(day)).sort()
    const fix = `\`shelfline backfill run --assets features/daily_sales --from ${missing[0]} --to ${missing.at(-1)}\``
    const what =
      missing.length === 0 ? 'sold and not in features/daily_sales' : `sold and not in features/daily_sales; ${fix}`
    return [expectNone(checks.days_left_out, missing.length, { what })]
  },
})

/** The days of a window on which a table has rows. */
async function datesOf(
  context: AssetContext,
  input: LakeInput,
  window: { from: string; to: string },
): Promise<Set<string>> {
  const snapshot = await (await tableOf(input, context)).snapshot()
  return new Set(selectFiles(snapshot, { date: window }).map(({ partitionValues }) => String(partitionValues.date)))
}
