/**
 * Weights of forecasts that are combined: those of least squared error among all that are not negative and add up to 1, drawn to a
 * prior (Bates & Granger 1969, Operational Research Quarterly 20(4); the constraint as in Granger & Ramanathan 1984, Journal of
 * Forecasting 3(2), because free weights fit the fold and not what comes).
 */

/** Sums of products of the errors of forecasts, two by two, over rows. */
export interface ErrorProducts {
  /** One row after the other, as many as forecasts. */
  products: Float64Array
  rows: number
}

export const noProducts = (forecasts: number): ErrorProducts => ({
  products: new Float64Array(forecasts * forecasts),
  rows: 0,
})

/** @param errors of each forecast, and how much they count */
export function addErrors(sums: ErrorProducts, errors: Float64Array, weight: number): void {
  const count = errors.length
  for (let one = 0; one < count; one += 1) {
    const weighted = weight * errors[one]!
    for (let other = 0; other < count; other += 1) {
      const at = one * count + other
      sums.products[at] = sums.products[at]! + weighted * errors[other]!
    }
  }
  sums.rows += 1
}

/** Rows that the prior counts as much as: errors of one day and of one fold go together, so that rows show less than their number. */
const PRIOR_ROWS = 1_000
const STEPS = 400
/** Less than this is noise of the search, and would only cost time. */
const WEIGHT_MIN = 0.02

/** @param prior adds up to 1 */
export function combine({ products, rows }: ErrorProducts, prior: readonly number[]): number[] {
  const count = prior.length
  const scale = prior.reduce((sum, _, index) => sum + products[index * (count + 1)]!, 0) / count
  if (!(scale > 0) || rows === 0) return [...prior]
  const pull = Math.min(1, PRIOR_ROWS / rows)
  let weights = [...prior]
  // By projected gradients, with the step that the greatest possible curvature allows.
  const step = 1 / (2 * (count + pull))
  for (let iteration = 0; iteration < STEPS * count; iteration += 1) {
    const gradient = weights.map((weight, one) => {
      let sum = 0
      for (let other = 0; other < count; other += 1) sum += products[one * count + other]! * weights[other]!
      return 2 * (sum / scale + pull * (weight - prior[one]!))
    })
    weights = onSimplex(weights.map((weight, index) => weight - step * gradient[index]!))
  }
  const kept = weights.map((weight) => (weight < WEIGHT_MIN ? 0 : weight))
  const sum = kept.reduce((total, weight) => total + weight, 0)
  return kept.map((weight) => weight / sum)
}

/** The nearest point whose parts are not negative and add up to 1 (Duchi et al. 2008, ICML, figure 1). */
function onSimplex(point: readonly number[]): number[] {
  const sorted = [...point].sort((one, other) => other - one)
  let [sum, shift] = [0, 0]
  for (const [index, value] of sorted.entries()) {
    sum += value
    const candidate = (sum - 1) / (index + 1)
    if (value - candidate > 0) shift = candidate
  }
  return point.map((value) => Math.max(0, value - shift))
}
