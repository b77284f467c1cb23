/** The columns of `features/demand`: the parts of its statement that repeat, and the order in which a model reads them. */

/** Days that a window of sales reaches back, its origin included. */
export const WINDOWS = [1, 7, 14, 28, 30, 90] as const
/** Units sold so many days before the day after the origin: 1 is the origin itself, 7 its day a week before tomorrow. */
export const LAGS = [1, 2, 3, 4, 5, 6, 7, 14, 21, 28] as const
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const
/** Days of sales that a row keeps one by one, for forecasts that are made from the series itself. */
export const RECENT_DAYS = 56
/** The farthest day that a partition reads, counted from its own. */
export const WINDOW_DAYS_MAX = 90

const WEEKDAY_DAYS = 56

const windowFeatures = WINDOWS.filter((days) => days > 1).flatMap((days) => [
  `mean_${days}`,
  `std_${days}`,
  `zero_share_${days}`,
])

/** What a model sees of the origin, each one number or null. */
export const originFeatures: readonly string[] = [
  ...LAGS.map((lag) => `lag_${lag}`),
  ...windowFeatures,
  ...WEEKDAYS.map((weekday) => `weekday_mean_${weekday}`),
  'trend_28',
  'interval_mean',
  'size_variation',
  'weekly_variation',
  'days_since_sale',
  'days_of_history',
  'revenue_share',
  'price_last',
  'price_ratio',
  'discount_last',
  'discount_share_28',
  'promoted_share_7',
  'promoted_share_28',
  'returned_share_90',
  'store_mean_7',
  'store_mean_28',
  ...WEEKDAYS.map((weekday) => `store_weekday_share_${weekday}`),
  'category_mean_28',
  'department_mean_28',
  'store_category_mean_28',
  'product_mean_28',
  'traffic_mean_7',
  'traffic_mean_28',
]

const lines = (parts: readonly string[]) => parts.join(',\n    ')
const followed = (parts: readonly string[]) => parts.map((part) => `${part},`).join('\n    ')

/** Days of a series in a window: none before its first sale. */
const ageWithin = (days: number) => `least(${days}, first_age + 1)`

/** The mean over a row's peers without the row: a mean that holds the row says again what the row says itself. */
function peerMean(name: string, ...peers: string[]): string {
  const over = `over (partition by ${['origin_date', ...peers].join(', ')})`
  return `(sum(coalesce(mean_28, 0)) ${over} - coalesce(mean_28, 0)) / nullif(count(*) ${over} - 1, 0) as ${name}`
}

/** The parts of `sql/features/demand.sql` that are the same for every window, lag or weekday. */
export const demandParts: Readonly<Record<string, string>> = {
  windows: followed(
    WINDOWS.flatMap((days) => [
      `coalesce(sum(units) filter (where age < ${days}), 0) as s_${days}`,
      `coalesce(sum(units * units) filter (where age < ${days}), 0) as q_${days}`,
      `count(*) filter (where age < ${days} and units > 0) as days_${days}`,
    ]),
  ),
  lags: followed(LAGS.map((lag) => `coalesce(sum(units) filter (where age = ${lag - 1}), 0) as lag_${lag}`)),
  weekdays: followed(
    WEEKDAYS.map(
      (weekday) =>
        `coalesce(sum(units) filter (where age < ${WEEKDAY_DAYS} and isodow(origin_date - age) = ${weekday}), 0) as w_${weekday}`,
    ),
  ),
  recent: `[${Array.from({ length: RECENT_DAYS }, (_, index) => `coalesce(sum(units) filter (where age = ${RECENT_DAYS - 1 - index}), 0)::float`).join(', ')}]`,
  weekdays_of_store: lines(
    WEEKDAYS.map(
      (weekday) =>
        `sum(units) filter (where isodow(origin_date - age) = ${weekday} and age < ${WEEKDAY_DAYS}) / nullif(sum(units) filter (where age < ${WEEKDAY_DAYS}), 0) as store_weekday_share_${weekday}`,
    ),
  ),
  open_days: lines(WINDOWS.map((days) => `open_days[${ageWithin(days)}] as n_${days}`)),
  shapes: followed(
    WINDOWS.flatMap((days) => [
      `s_${days} / nullif(n_${days}, 0) as mean_${days}`,
      // A rounding error below zero is no variance.
      `sqrt(greatest(0, q_${days} - s_${days} * s_${days} / nullif(n_${days}, 0)) / nullif(n_${days} - 1, 0)) as std_${days}`,
      `1 - days_${days} / nullif(n_${days}, 0) as zero_share_${days}`,
    ]),
  ),
  peers: [
    peerMean('category_mean_28', 'category'),
    peerMean('department_mean_28', 'department'),
    peerMean('store_category_mean_28', 'store_id', 'category'),
    peerMean('product_mean_28', 'product_id'),
  ].join(',\n    '),
  outputs: originFeatures.map((name) => `(${definitionOf(name)})::float as ${name}`).join(',\n  '),
}

function definitionOf(name: string): string {
  const weekday = /^weekday_mean_(\d)$/.exec(name)?.[1]
  if (weekday !== undefined) return `w_${weekday} / nullif(least(8, (first_age + 1) // 7), 0)`
  const own: Record<string, string> = {
    // Least squares over 28 days: the sums of squares of 28 whole numbers around their mean are 1,827.
    trend_28: '(13.5 * s_28 - coalesce(age_units_28, 0)) / 1827',
    days_since_sale: 'last_age',
    days_of_history: 'first_age + 1',
    revenue_share: 'greatest(revenue_90, 0) / nullif(store_revenue, 0)',
    price_ratio: 'price_last / nullif(price_28, 0)',
  }
  return own[name] ?? name
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
