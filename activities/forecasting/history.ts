/** What a year and more ago shows of the days ahead: for sources that reach so far back. */
import type { DuckDBConnection } from '../../platform/duckdb/duckdb.ts'
import { statement } from '../../platform/postgres/sql.ts'

const HISTORY_STATEMENT = 'features/history.sql'

/** Whole weeks, so that a day is compared with its own weekday. */
const YEAR_DAYS = 364

/** Keeps the ratio of two means finite, in units a day. */
const OFFSET = 0.05
const ratio = (part: string, whole: string) => `(${part} + ${OFFSET}) / (${whole} + ${OFFSET})`

/** A number of weeks before the origin, summed from the recent days: a week's units by its age. */
const WEEKS = [1, 2, 3, 4, 5, 6, 7, 8] as const
const weekUnits = (week: number) => `list_sum(recent[${57 - 7 * week}:${63 - 7 * week}])`

/** Sums over the years before, in units a day: what sold in the season of the day ahead, and in that of the origin's level. */
function sumOfYears(names: readonly string[]): { ahead: string; before: string } {
  const years = names.map((name) => ({
    ahead: `(${name}_ahead.around_7 + ${name}_ahead.around_21) / 2`,
    before: `${name}_origin.before_level`,
  }))
  const sum = (of: keyof (typeof years)[number]) =>
    years
      .map((year) => `case when ${year.ahead} is null or ${year.before} is null then 0 else ${year[of]} end`)
      .join(' + ')
  return { ahead: `(${sum('ahead')})`, before: `(${sum('before')})` }
}

/**
 * How much more sells in the season of the day ahead than in that of the last weeks, by the years before: of the series, drawn to its
 * category, which is drawn to all (as an empirical Bayes estimate of a ratio of counts). A part of the pull grows with the sales: years
 * differ by more than chance.
 */
function seasonFactor(): string {
  const [own, category, all] = (
    [
      ['year', 'two_years'],
      ['category', 'category_two'],
      ['all', 'all_two'],
    ] as const
  ).map(sumOfYears)
  const ofAll = `((${all!.ahead} + 1) / (${all!.before} + 1))`
  const drawn = ({ ahead, before }: { ahead: string; before: string }, units: number, share: number, to: string) =>
    `((${ahead} + (${units} + ${share} * ${before}) * ${to}) / (${before} + ${units} + ${share} * ${before}))`
  const ofCategory = drawn(category!, 10, 0.1, ofAll)
  return `least(greatest(${drawn(own!, 1.5, 0.5, ofCategory)}, 0.1), 10)`
}

/** By name, and how each is made: the features of a day ahead. */
const features: Readonly<Record<string, string>> = {
  season_factor: seasonFactor(),
  year_units: 'year_ahead.units',
  year_around_7: 'year_ahead.around_7',
  year_around_35: 'year_ahead.around_35',
  year_mean_28: 'year_origin.before_28',
  mean_182: 'own_origin.before_182',
  mean_364: 'own_origin.before_364',
  year_index: ratio('year_ahead.around_7', 'year_origin.before_28'),
  year_index_35: ratio('year_ahead.around_35', 'year_origin.before_28'),
  two_years_index: ratio('two_years_ahead.around_7', 'two_years_origin.before_28'),
  category_year_index: ratio('category_ahead.around_7', 'category_origin.before_28'),
  category_two_years_index: ratio('category_two_ahead.around_7', 'category_two_origin.before_28'),
  all_year_index: ratio('all_ahead.around_7', 'all_origin.before_28'),
  ...Object.fromEntries(WEEKS.map((week) => [`week_units_${week}`, weekUnits(week)])),
}

export const historyFeatures: readonly string[] = Object.keys(features)

const ofSeries = (name: string, day: string) =>
  `left join history_day as ${name} on ahead.store_id = ${name}.store_id and ahead.product_id = ${name}.product_id and ${name}.date = ${day}`
const ofPeers = (name: string, peers: string, day: string) =>
  `left join history_peer as ${name} on ${peers} and ${name}.date = ${day}`
/** What looks ahead of its day must not look past the origin: of the last weeks of a year ahead it is a year earlier. */
const ago = (day: string, years: number) =>
  `${day} - ${years * YEAR_DAYS} - case when ahead.horizon > ${YEAR_DAYS - 18} then ${YEAR_DAYS} else 0 end`
const [target, origin] = ['ahead.target_date', 'ahead.origin_date']
const sameCategory = (name: string) => `${name}.category = ahead.category`
const all = (name: string) => `${name}.category is null`

/** The parts of `sql/features/targets.sql`. */
export const historyParts = {
  history_features: Object.entries(features)
    .map(([name, definition]) => `(${definition})::float as ${name},`)
    .join(' '),
  year_units: 'year_ahead.units',
  season: features.season_factor!,
  history_joins: [
    ofSeries('own_origin', origin),
    ...(['year', 'two_years'] as const).flatMap((name, index) => [
      ofSeries(`${name}_ahead`, ago(target, index + 1)),
      ofSeries(`${name}_origin`, ago(origin, index + 1)),
    ]),
    ofPeers('category_ahead', sameCategory('category_ahead'), ago(target, 1)),
    ofPeers('category_origin', sameCategory('category_origin'), ago(origin, 1)),
    ofPeers('all_ahead', all('all_ahead'), ago(target, 1)),
    ofPeers('all_origin', all('all_origin'), ago(origin, 1)),
    ofPeers('category_two_ahead', sameCategory('category_two_ahead'), ago(target, 2)),
    ofPeers('category_two_origin', sameCategory('category_two_origin'), ago(origin, 2)),
    ofPeers('all_two_ahead', all('all_two_ahead'), ago(target, 2)),
    ofPeers('all_two_origin', all('all_two_origin'), ago(origin, 2)),
  ].join(' '),
} as const

/** For sources without such days. */
export const NO_HISTORY_PARTS = { history_features: '', year_units: 'null', season: '1', history_joins: '' } as const

/**
 * Lays out what series sold on and around each day: the tables `history_day` and `history_peer` of the connection.
 *
 * @param daily rows of features/daily_sales, all of those that any origin may know
 * @param products product_id, category, department
 */
export async function prepareHistory(connection: DuckDBConnection, daily: string, products: string): Promise<void> {
  await connection.run(statement(HISTORY_STATEMENT, { daily, products }))
}
