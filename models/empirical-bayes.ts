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
 * @param exposures how much could have been counted, in the same order; a series without exposure says nothing
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
