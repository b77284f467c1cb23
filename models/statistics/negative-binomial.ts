/**
 * The negative binomial distribution by mean and size (variance = mean + mean² / size; size need not be whole). Tails come
 * from the regularised incomplete beta function, so that small probabilities are not differences of large ones.
 */

/**
 * P(X > count). `count` below zero gives 1.
 *
 * @param mean 0 or more
 * @param size above 0
 */
export function tailAbove(count: number, mean: number, size: number): number {
  if (count < 0) return 1
  if (mean <= 0) return 0
  // P(X ≤ k) = I_p(size, k + 1) with p = size / (size + mean): Johnson, Kemp & Kotz 2005, Univariate Discrete Distributions, 5.6.
  return regularisedBeta(Math.floor(count) + 1, size, mean / (size + mean))
}

/**
 * E[max(0, X − limit)], for any limit from 0 on.
 *
 * With E[X; X > k] = mean · P(Y > k − 1), Y of size + 1 and the same p.
 */
export function expectedAbove(limit: number, mean: number, size: number): number {
  if (mean <= 0) return 0
  const whole = Math.floor(limit)
  const raised = whole === 0 ? 1 : regularisedBeta(whole, size + 1, mean / (size + mean))
  return Math.max(0, mean * raised - limit * tailAbove(whole, mean, size))
}

/**
 * The regularised incomplete beta function I_x(a, b), for a, b > 0 and 0 ≤ x ≤ 1.
 *
 * Continued fraction 8.17.22 of the NIST Digital Library of Mathematical Functions, by Lentz's method as modified by
 * Thompson & Barnett (1986, Journal of Computational Physics 64(2), p. 490); on the side of the mean where it converges
 * fast.
 */
export function regularisedBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x))
  return x < (a + 1) / (a + b + 2) ? (front / a) * betaFraction(a, b, x) : 1 - (front / b) * betaFraction(b, a, 1 - x)
}

const TINY = 1e-300
const PRECISION = 1e-15
/** It takes about as many terms as the square root of the greater parameter. */
const TERMS_MAX = 20_000

function betaFraction(a: number, b: number, x: number): number {
  let above = 1
  let below = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let value = below
  for (let term = 1; term <= TERMS_MAX; term += 1) {
    const even = (term * (b - term) * x) / ((a + 2 * term - 1) * (a + 2 * term))
    below = 1 / awayFromZero(1 + even * below)
    above = awayFromZero(1 + even / above)
    value *= below * above
    const odd = (-(a + term) * (a + b + term) * x) / ((a + 2 * term) * (a + 2 * term + 1))
    below = 1 / awayFromZero(1 + odd * below)
    above = awayFromZero(1 + odd / above)
    const change = below * above
    value *= change
    if (Math.abs(change - 1) < PRECISION) return value
  }
  throw new RangeError(`incomplete beta function: no convergence in ${TERMS_MAX} terms at a = ${a}, b = ${b}, x = ${x}`)
}

const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value)

/** Lanczos's coefficients for g = 7 (Godfrey 2001): fifteen digits. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
]

/** The logarithm of the gamma function, for values above 0 (Lanczos 1964, SIAM Journal on Numerical Analysis 1, p. 86). */
export function logGamma(value: number): number {
  if (value < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * value)) - logGamma(1 - value)
  const shifted = value - 1
  let sum = LANCZOS[0]!
  for (let index = 1; index < LANCZOS.length; index += 1) sum += LANCZOS[index]! / (shifted + index)
  const base = shifted + 7.5
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(base) - base + Math.log(sum)
}
