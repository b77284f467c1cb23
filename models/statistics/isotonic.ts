/** Isotonic regression: turns scores into probabilities that keep their order (Zadrozny & Elkan 2002, KDD). */

/** Where the probability is known; between two places it is interpolated, outside them it stays. */
export interface Calibration {
  /** In order. */
  scores: number[]
  /** In order; between 0 and 1. */
  probabilities: number[]
}

/**
 * Pools adjacent violators (Ayer et al. 1955); rows of equal scores are one pool from the start, whatever their order. Each
 * pool's share is moved a little towards one half, as if one row of each kind had been seen before in all, so that nothing is
 * ever called impossible or certain.
 *
 * @param labels 1 or 0
 * @throws RangeError when there are no rows
 */
export function fitIsotonic(labels: ArrayLike<number>, scores: ArrayLike<number>): Calibration {
  if (labels.length === 0 || labels.length !== scores.length) {
    throw new RangeError(
      `isotonic: ${labels.length} labels and ${scores.length} scores: their numbers must be equal and at least 1`,
    )
  }
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row).sort(
    (one, other) => scores[one]! - scores[other]!,
  )
  const pools: Pool[] = []
  for (const tied of tiedPools(labels, scores, order)) {
    pools.push(tied)
    for (let last = pools.length - 1; last > 0 && isViolated(pools[last - 1]!, pools[last]!); last -= 1) {
      const { positives, rows, scoreSum } = pools.pop()!
      const pool = pools[last - 1]!
      pool.positives += positives
      pool.rows += rows
      pool.scoreSum += scoreSum
    }
  }
  return {
    scores: pools.map(({ scoreSum, rows }) => scoreSum / rows),
    probabilities: smoothed(pools),
  }
}

interface Pool {
  positives: number
  rows: number
  scoreSum: number
}

/** A pool for each score, in the order of the scores. */
function tiedPools(labels: ArrayLike<number>, scores: ArrayLike<number>, order: Uint32Array): Pool[] {
  const pools: Pool[] = []
  let before = Number.NaN
  for (const row of order) {
    const score = scores[row]!
    if (score !== before) pools.push({ positives: 0, rows: 0, scoreSum: 0 })
    const pool = pools.at(-1)!
    pool.positives += labels[row]!
    pool.rows += 1
    pool.scoreSum += score
    before = score
  }
  return pools
}

const isViolated = (before: Pool, after: Pool): boolean =>
  before.positives * after.rows >= after.positives * before.rows

function smoothed(pools: readonly Pool[]): number[] {
  let least = 0
  return pools.map(({ positives, rows }) => {
    // A small pool moves farther than a large one; the order must stay.
    least = Math.max(least, (positives + 1) / (rows + 2))
    return least
  })
}

export function calibrated({ scores, probabilities }: Calibration, score: number): number {
  const last = scores.length - 1
  if (!(score > scores[0]!)) return probabilities[0]!
  if (score >= scores[last]!) return probabilities[last]!
  let [low, high] = [0, last]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (scores[middle]! <= score) low = middle
    else high = middle
  }
  const part = (score - scores[low]!) / (scores[high]! - scores[low]!)
  return probabilities[low]! + part * (probabilities[high]! - probabilities[low]!)
}
