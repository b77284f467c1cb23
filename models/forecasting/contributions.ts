/**
 * Why a forecast is what it is: parts that add up to it, in units. A booster's parts are SHAP values (Lundberg et al. 2020, Nature Machine
 * Intelligence 2(1)) of its margin, which is a logarithm where the objective is Tweedie's: there the way from the level to the forecast
 * is divided in proportion to them, as in the logarithmic mean Divisia index (Ang 2005, Energy Policy 33(7)).
 */
import type { Candidate } from './candidates.ts'
import type { Member } from './model.ts'

/** Parts that every forecast has, in this order. */
export const PARTS = ['level', 'season', 'calendar', 'recent_sales', 'price'] as const
const [LEVEL, SEASON, CALENDAR, RECENT, PRICE] = [0, 1, 2, 3, 4] as const

const SEASONAL = /^(season_factor|year_|two_years_|(category|all)_(two_)?years?_|week_of_year$|mean_(182|364)$)/
const OF_CALENDAR =
  /^(horizon_days|weekday|day_of_month|days_to_month_end|to_holiday|since_holiday|since_pay_day|(store_)?weekday_(mean|share)(_\d)?|last_same_weekday|seasonal_naive)$/
const OF_PRICE = /^(price_|discount_|promoted_)/

/** The parts of a forecast: `PARTS`, then the covariates; one that has the name of a part, as a price may, belongs to it. */
export const partsWith = (covariates: Readonly<Record<string, unknown>>): string[] => [
  ...new Set([...PARTS, ...Object.keys(covariates)]),
]

/**
 * Which part each feature belongs to.
 *
 * @param covariates the features of each covariate, by its name
 * @returns a place in `partsWith`
 */
export function partsOfFeatures(
  features: readonly string[],
  covariates: Readonly<Record<string, readonly string[]>>,
): Int32Array {
  const names = partsWith(covariates)
  const owners = new Map(
    Object.entries(covariates).flatMap(([name, own]) => own.map((feature) => [feature, names.indexOf(name)] as const)),
  )
  const partOf = (name: string) => {
    if (SEASONAL.test(name)) return SEASON
    if (OF_CALENDAR.test(name)) return CALENDAR
    return OF_PRICE.test(name) ? PRICE : RECENT
  }
  return Int32Array.from(features, (name) => owners.get(name) ?? partOf(name))
}

/** What a row's forecasts are made of. */
export interface ExplainedRow {
  level: number
  season: number
  weekdayMean: number
  mean28: number
}

/**
 * Adds a booster's parts of a row, times a weight.
 *
 * @param shap a value for each feature, and the bias last
 */
export function addMember(
  into: Float64Array,
  { base, objective }: Pick<Member, 'base' | 'objective'>,
  { level, season }: ExplainedRow,
  shap: Float32Array,
  parts: Int32Array,
  weight: number,
): void {
  const ofSeason = base === 'season' ? season : 1
  const bias = shap[parts.length]!
  const moved = shap.reduce((sum, value) => sum + value, 0) - bias
  const add = (part: number, units: number) => {
    into[part] = into[part]! + weight * units
  }
  const spread = (scale: number) => {
    for (const [feature, part] of parts.entries()) add(part, scale * shap[feature]!)
  }
  if (objective === 'reg:tweedie') {
    const start = level * Math.exp(bias)
    const way = moved + Math.log(ofSeason)
    const mean = Math.abs(way) < 1e-9 ? start : (start * (Math.exp(way) - 1)) / way
    add(LEVEL, start)
    add(SEASON, mean * Math.log(ofSeason))
    spread(mean)
    return
  }
  // Nothing sells less than nothing.
  const [start, forecast] = [level * bias, level * ofSeason * Math.max(0, bias + moved)]
  add(LEVEL, start)
  add(SEASON, start * (ofSeason - 1))
  if (moved !== 0) spread((forecast - start * ofSeason) / moved)
}

/** Adds the parts of a forecast that is no booster's, times a weight. */
export function addCandidate(
  into: Float64Array,
  candidate: Candidate,
  { weekdayMean, mean28 }: ExplainedRow,
  forecast: number,
  weight: number,
): void {
  const flat = Number.isFinite(mean28) ? mean28 : 0
  const ofWeekday = Number.isFinite(weekdayMean) ? weekdayMean : flat
  const add = (part: number, units: number) => {
    into[part] = into[part]! + weight * units
  }
  add(LEVEL, flat)
  if (candidate === 'weekday_mean' || candidate === 'weekday_mean_season') {
    add(CALENDAR, ofWeekday - flat)
    add(SEASON, forecast - ofWeekday)
  } else add(candidate === 'seasonal_naive_year' ? SEASON : RECENT, forecast - flat)
}
