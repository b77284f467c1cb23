/**
 * Errors of forecasts. Every function takes the actual values (`actual`) and the forecasts, of equal length, in units, and
 * returns undefined where its scale is zero or nothing was forecast: a score that can't be given is not a zero.
 */

type Values = ArrayLike<number>

/** Weighted absolute percentage error: Σ|actual − forecast| / Σ|actual|. */
export function wape(actual: Values, forecast: Values): number | undefined {
  return ratio(sumOf(actual, forecast, absoluteError), sumOf(actual, forecast, Math.abs))
}

/** Σ(forecast − actual) / Σ|actual|: above zero when too much was forecast. */
export function bias(actual: Values, forecast: Values): number | undefined {
  return ratio(
    sumOf(actual, forecast, (came, said) => said - came),
    sumOf(actual, forecast, Math.abs),
  )
}

/**
 * Mean absolute scaled error: the mean absolute error over that of the seasonal naive forecast within `history`
 * (Hyndman & Koehler 2006, International Journal of Forecasting 22(4), p. 685).
 *
 * @param season periods in a season; 1 compares with the naive forecast
 */
export function mase(actual: Values, forecast: Values, history: Values, season: number): number | undefined {
  return ratio(meanOf(actual, forecast, absoluteError), seasonalDifference(history, season, absoluteError))
}

/**
 * Root mean squared scaled error, scaled by the naive forecast within `history` (Makridakis, Spiliotis & Assimakopoulos
 * 2022, International Journal of Forecasting 38(4), p. 1328).
 */
export function rmsse(actual: Values, forecast: Values, history: Values, season = 1): number | undefined {
  const squared = ratio(meanOf(actual, forecast, squaredError), seasonalDifference(history, season, squaredError))
  return squared === undefined ? undefined : Math.sqrt(squared)
}

/**
 * Mean pinball loss of a quantile forecast, in units (Koenker & Bassett 1978, Econometrica 46(1), p. 38).
 *
 * @param level of the quantile, between 0 and 1
 */
export function pinball(actual: Values, quantile: Values, level: number): number | undefined {
  return meanOf(actual, quantile, (came, said) => (came >= said ? level * (came - said) : (1 - level) * (said - came)))
}

/** Share of the actual values that lie within their intervals, ends included. */
export function coverage(actual: Values, lower: Values, upper: Values): number | undefined {
  sameLength(actual, lower)
  sameLength(actual, upper)
  let covered = 0
  for (let index = 0; index < actual.length; index += 1) {
    const came = actual[index]!
    if (came >= lower[index]! && came <= upper[index]!) covered += 1
  }
  return ratio(covered, actual.length)
}

const absoluteError = (came: number, said: number): number => Math.abs(came - said)
const squaredError = (came: number, said: number): number => (came - said) ** 2

/** Mean difference between each value and the one a season before. */
function seasonalDifference(
  history: Values,
  season: number,
  difference: (value: number, before: number) => number,
): number | undefined {
  if (!Number.isInteger(season) || season < 1)
    throw new RangeError(`season is ${season}: must be whole periods, 1 or more`)
  let sum = 0
  for (let index = season; index < history.length; index += 1)
    sum += difference(history[index]!, history[index - season]!)
  return ratio(sum, Math.max(0, history.length - season))
}

function meanOf(actual: Values, forecast: Values, term: (came: number, said: number) => number): number | undefined {
  return ratio(sumOf(actual, forecast, term), actual.length)
}

function sumOf(actual: Values, forecast: Values, term: (came: number, said: number) => number): number {
  sameLength(actual, forecast)
  let sum = 0
  for (let index = 0; index < actual.length; index += 1) sum += term(actual[index]!, forecast[index]!)
  return sum
}

function sameLength(actual: Values, forecast: Values): void {
  if (actual.length === forecast.length) return
  throw new RangeError(`${actual.length} actual values and ${forecast.length} forecasts: their numbers must be equal`)
}

function ratio(above: number | undefined, below: number | undefined): number | undefined {
  return above === undefined || !below ? undefined : above / below
}
