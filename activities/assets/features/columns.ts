/** The columns of `features/demand`: the parts of its statement that repeat, and the order in which a model reads them. */

import { moneyColumns, recentColumns, unitColumns, WEEKDAYS } from '../../../models/forecasting/demand-features.ts'
import { salesInput } from '../cleansed/sales.ts'
import { alike, type Columns } from '../framework/columns.ts'

export { RECENT_DAYS, WINDOW_DAYS_MAX } from '../../../models/forecasting/demand-features.ts'

const WEEKDAY_DAYS = 56

/** What the live state was on the morning after the origin; null where no shelf is known, or it was not read that morning. */
export const liveFeatures: readonly string[] = [
  'shelf_units',
  'shelf_capacity',
  'shelf_fill',
  'shelf_restock_below',
  'stock_units',
  'expired_units',
  'expiring_units',
  'days_to_expiry',
  'lot_units',
  'restock_pending_units',
  'warehouse_units',
  'warehouse_order_up_to',
  'warehouse_fill',
  'warehouse_reorder_point',
  'supply_pending_units',
  'price_now',
  'discount_now',
  'discount_planned',
  'alerts_7',
  'stock_out_hours_1',
  'stock_out_hours_7',
  'is_censored',
]

const storeSales = ['store_mean_7', 'store_mean_28', ...WEEKDAYS.map((weekday) => `store_weekday_share_${weekday}`)]
const storeTraffic = ['traffic_mean_7', 'traffic_mean_28']

/** What a model sees of the origin, each one number or null. */
export const originFeatures: readonly string[] = [
  ...unitColumns,
  'revenue_share',
  ...moneyColumns,
  ...storeSales,
  'category_mean_28',
  'department_mean_28',
  'store_category_mean_28',
  'product_mean_28',
  ...storeTraffic,
]

/** What a row of features is about. */
export const keyColumns = { store_id: salesInput.columns.store_id, product_id: salesInput.columns.product_id }

const MEANING = 'see [forecasts.md](forecasts.md#features)'

export const originColumns: Columns = alike(originFeatures, {
  type: 'float',
  isNullable: true,
  comment: `What was known of the series on the morning after the day; ${MEANING}.`,
})

export const liveColumns: Columns = alike(liveFeatures, {
  type: 'float',
  isNullable: true,
  comment: `Live state of the morning after the day, null without a copy; ${MEANING}.`,
})

/** Those that all series of a store share: on a day a store is one value of them, however many series it has. */
export const storeFeatures: ReadonlySet<string> = new Set([...storeSales, ...storeTraffic])

/** The mean over a row's peers without the row: a mean that contains the row repeats what the row itself shows. */
function peerMean(name: string, ...peers: string[]): string {
  const over = `over (partition by ${['origin_no', ...peers].join(', ')})`
  return `(sum(mean) ${over} - mean)::double / 1000000 / nullif(count(*) ${over} - 1, 0) as ${name}`
}

/** The parts of `sql/features/demand.sql` that are the same for every feature or weekday. */
export const demandParts: Readonly<Record<string, string>> = {
  weekdays_of_store: WEEKDAYS.map(
    (weekday) =>
      `sum(units) filter (weekday = ${weekday} and age < ${WEEKDAY_DAYS}) / nullif(sum(units) filter (age < ${WEEKDAY_DAYS}), 0) as store_weekday_share_${weekday}`,
  ).join(',\n    '),
  peer_means: [
    peerMean('category_mean_28', 'category'),
    peerMean('department_mean_28', 'department'),
    peerMean('store_category_mean_28', 'store_id', 'category'),
    peerMean('product_mean_28', 'product_id'),
  ].join(',\n    '),
  recent: `[${recentColumns.join(', ')}]`,
  outputs: [...originFeatures, ...liveFeatures]
    .map((name) => `nullif((${name})::float, 'nan'::float) as ${name}`)
    .join(',\n  '),
}

/** What a model sees of the day ahead, by the name of the column and how it is made. */
const targetDefinitions: Readonly<Record<string, string>> = {
  horizon_days: 'horizon',
  weekday: 'target_weekday',
  day_of_month: 'day(target_date)',
  days_to_month_end: 'last_day(target_date) - target_date',
  week_of_year: 'week(target_date)',
  to_holiday: 'days_to_holiday',
  since_holiday: 'days_since_holiday',
  since_pay_day: 'days_since_pay_day',
  weekday_mean: 'target_weekday_mean',
  store_weekday_share: 'target_store_weekday_share',
  last_same_weekday: 'recent[56 - (7 - horizon % 7) % 7]',
}

/** Every number that the demand model reads of a row, in its order. */
export const modelFeatures: readonly string[] = [...originFeatures, ...Object.keys(targetDefinitions)]

const cases = (column: string) => WEEKDAYS.map((weekday) => `when ${weekday} then ${column}_${weekday}`).join(' ')

/** The parts of `sql/features/targets.sql`. */
export const targetParts: Readonly<Record<string, string>> = {
  target_features: Object.entries(targetDefinitions)
    .map(([name, definition]) => `(${definition})::float as ${name}`)
    .join(',\n  '),
  weekday_mean_cases: cases('weekday_mean'),
  weekday_share_cases: cases('store_weekday_share'),
}
