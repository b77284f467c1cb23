/** Whether a distribution has moved by more than its sample sizes explain. */
import { chdtri, compiled } from 'cephes'

// Cephes is WebAssembly, which is compiled once.
await compiled

/** How the values of a feature lay when a model was trained. */
export interface Profile {
  /** Inner edges of the bins, rising; a value is in the first bin whose edge is not below it. */
  edges: number[]
  /** Rows by bin, and last those without a value. */
  counts: number[]
  /** Values that are independent of each other: the series, or the stores, of which each gave many rows. */
  size: number
}

/**
 * Population stability index of two histograms over the same bins: Σ(q − p)·ln(q / p). An empty bin counts as half a row,
 * so that it stays finite.
 *
 * @returns undefined when one of them has no rows
 */
export function populationStability(before: readonly number[], now: readonly number[]): number | undefined {
  if (before.length !== now.length) {
    throw new RangeError(`${before.length} bins before and ${now.length} now: their numbers must be equal`)
  }
  const [shares, others] = [sharesOf(before), sharesOf(now)]
  if (shares === undefined || others === undefined) return undefined
  return shares.reduce((sum, share, bin) => sum + (others[bin]! - share) * Math.log(others[bin]! / share), 0)
}

function sharesOf(counts: readonly number[]): number[] | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return undefined
  const kept = counts.map((count) => Math.max(count, 0.5))
  const keptTotal = kept.reduce((sum, count) => sum + count, 0)
  return kept.map((count) => count / keptTotal)
}

/** By convention an index from 0.2 on is a shift that matters (Siddiqi 2006, Credit Risk Scorecards). */
export const STABILITY_MATTERS = 0.2

/**
 * The index that two samples of one distribution exceed with probability `alpha`: (1/n + 1/m) times the χ² quantile with
 * one degree of freedom less than there are bins (Yurdakul & Naranjo 2020, Journal of Risk Model Validation 14(4)); never
 * below what matters, for in large samples everything differs.
 */
export function stabilityLimit(bins: number, sizeBefore: number, sizeNow: number, alpha: number): number {
  if (bins < 2 || sizeBefore <= 0 || sizeNow <= 0) return Number.POSITIVE_INFINITY
  return Math.max(STABILITY_MATTERS, (1 / sizeBefore + 1 / sizeNow) * chdtri(bins - 1, alpha))
}

/** A day's forecasts that were judged: sums over series. */
export interface DayErrors {
  actual: number
  absoluteError: number
}

export interface ErrorDrift {
  /** Σ|error| / Σ actual of the days. */
  error: number
  /** What the error would have to exceed. */
  limit: number
}

/** One in a hundred. */
const ERROR_Z = 2.326
/** An error that is larger by less than a tenth is no reason to act. */
const ERROR_MATTERS = 0.1
/** Fewer days do not show how much days differ. */
const ERROR_DAYS_MIN = 5

/**
 * Whether the error of some days is above the one that training measured by more than days differ anyway. The standard
 * error is the ratio estimator's over days (Cochran 1977, Sampling Techniques, chapter 6.3).
 *
 * @returns undefined while there are too few days on which something sold
 */
export function errorDrift(days: readonly DayErrors[], trained: number): ErrorDrift | undefined {
  const sold = days.filter(({ actual }) => actual > 0)
  if (sold.length < ERROR_DAYS_MIN) return undefined
  const actual = sold.reduce((sum, day) => sum + day.actual, 0)
  const error = sold.reduce((sum, day) => sum + day.absoluteError, 0) / actual
  const squares = sold.reduce((sum, day) => sum + (day.absoluteError - error * day.actual) ** 2, 0)
  const standardError = Math.sqrt((squares * sold.length) / (sold.length - 1)) / actual
  return { error, limit: trained * (1 + ERROR_MATTERS) + ERROR_Z * standardError }
}
