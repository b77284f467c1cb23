/** A gamma prior over rates that are all around one mean. */
export interface GammaPrior {
  mean: number
  /** Exposure that the prior is worth; infinite when the rates do not differ by more than chance. */
  exposure: number
}

/**
 * The prior that many observed counts have in common, by the method of moments for unequal exposures (Marshall 1991,
 * Applied Statistics 40(2), p. 286). It is a mean and the exposure that the mean is worth: a rate is then
 * `shrink(prior, count, exposure)`.
 *
 * @param counts what was counted, by series
 * @param exposures how much could have been counted, in the same order; a series without exposure counts for nothing
 * @param dispersion variance of a count over its mean; 1 for a Poisson count
 */
export function gammaPrior(counts: ArrayLike<number>, exposures: ArrayLike<number>, dispersion = 1): GammaPrior {
  let count = 0
  let exposure = 0
  let series = 0
  for (let index = 0; index < counts.length; index += 1) {
    if (!(exposures[index]! > 0)) continue
    count += counts[index]!
    exposure += exposures[index]!
    series += 1
  }
  const mean = exposure > 0 ? count / exposure : 0
  if (mean === 0) return { mean, exposure: Number.POSITIVE_INFINITY }
  let spread = 0
  for (let index = 0; index < counts.length; index += 1) {
    if (exposures[index]! > 0) spread += exposures[index]! * (counts[index]! / exposures[index]! - mean) ** 2
  }
  const variance = spread / exposure - (dispersion * mean) / (exposure / series)
  return { mean, exposure: variance > 0 ? (dispersion * mean) / variance : Number.POSITIVE_INFINITY }
}

/** The rate after `count` in `exposure`: the posterior mean under the prior. */
export function shrink(prior: GammaPrior, count: number, exposure: number): number {
  if (prior.exposure === Number.POSITIVE_INFINITY) return prior.mean
  return (count + prior.mean * prior.exposure) / (exposure + prior.exposure)
}

/** What estimates have in common, and how much they differ beyond chance. */
export interface NormalPrior {
  mean: number
  variance: number
}

/**
 * Mean and variance between estimates of known error, by the method of moments of random-effects models (DerSimonian &
 * Laird 1986, Controlled Clinical Trials 7(3), p. 182).
 *
 * @param errors sampling variance of each estimate, above zero
 */
export function normalPrior(estimates: ArrayLike<number>, errors: ArrayLike<number>): NormalPrior {
  let weight = 0
  let weighted = 0
  let squaredWeights = 0
  let squares = 0
  for (let index = 0; index < estimates.length; index += 1) {
    const own = 1 / errors[index]!
    weight += own
    weighted += own * estimates[index]!
    squaredWeights += own * own
    squares += own * estimates[index]! ** 2
  }
  if (weight === 0) return { mean: 0, variance: 0 }
  const mean = weighted / weight
  const scale = weight - squaredWeights / weight
  const excess = squares - weight * mean * mean - (estimates.length - 1)
  return { mean, variance: scale > 0 ? Math.max(0, excess / scale) : 0 }
}

/** An estimate moved towards the mean by as much as it may be chance. */
export function shrinkEstimate(prior: NormalPrior, estimate: number, error: number): number {
  return prior.mean + ((estimate - prior.mean) * prior.variance) / (prior.variance + error)
}
