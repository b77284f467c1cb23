/**
 * How odd a row is by two measures: the forest, which finds odd combinations, and the robust distance, which finds a single value far
 * out. Each is read as the share of usual rows that are as odd or more. Which of them counts, or both, is chosen on older rows; both
 * are combined as Fisher's method combines independent tests (Fisher 1932, Statistical Methods for Research Workers, 21.1).
 */
import { type IsolationForest, type Reason, reasonsOf, scoreRow } from './isolation-forest.ts'
import { farthestOf, type RobustScale } from './robust-score.ts'

/** Which share of rows scores as high as a value or higher: ln(share) at rising scores. */
export interface Tail {
  scores: number[]
  logShares: number[]
}

/** Which measures count, in the order in which they are preferred when they are equally good. */
export const ANOMALY_MEASURES = ['both', 'distance', 'forest'] as const
export type AnomalyMeasures = (typeof ANOMALY_MEASURES)[number]

/** −ln of an average row's share, and of the product of two: medians of gamma distributions of shape 1 and 2. */
const AVERAGE_SURPRISE: Readonly<Record<AnomalyMeasures, number>> = {
  both: 1.6783,
  distance: Math.LN2,
  forest: Math.LN2,
}

/** What the artefact keeps beside the forest. */
export interface AnomalyCombination {
  measures: AnomalyMeasures
  scale: RobustScale
  forest: Tail
  distance: Tail
}

/** Shares of which a tail keeps the score: 1, 1/2, 1/4 … down to one row. */
export function fitTail(scores: Float64Array): Tail {
  const sorted = scores.slice().sort()
  const tail: Tail = { scores: [], logShares: [] }
  for (let rows = sorted.length; rows >= 1; rows = rows === 1 ? 0 : Math.ceil(rows / 2)) {
    const score = sorted[sorted.length - rows]!
    const isHigher = tail.scores.length === 0 || score > tail.scores.at(-1)!
    if (isHigher) tail.scores.push(score)
    // Of equal scores the greatest share counts: all of them are as odd.
    if (isHigher) tail.logShares.push(Math.log(rows / sorted.length))
  }
  return tail
}

/** ln of the share of rows at or above a score: between two that are kept in proportion, beyond the last as between the last two. */
export function logShareAbove({ scores, logShares }: Tail, score: number): number {
  const last = scores.length - 1
  if (last < 1 || score <= scores[0]!) return score <= scores[0]! ? 0 : (logShares[last] ?? 0)
  let above = 1
  while (above < last && scores[above]! < score) above += 1
  const [from, to] = [scores[above - 1]!, scores[above]!]
  const part = (score - from) / (to - from)
  return logShares[above - 1]! + part * (logShares[above]! - logShares[above - 1]!)
}

export interface AnomalyScorer {
  forest: IsolationForest
  /** Absent in older artefacts, which score by the forest alone. */
  combination?: AnomalyCombination | undefined
}

/**
 * From 0 to 1; average rows are near 0.5.
 *
 * @param at index of the row's first value
 */
export function scoreAnomaly({ forest, combination }: AnomalyScorer, values: ArrayLike<number>, at = 0): number {
  const score = scoreRow(forest, values, at)
  if (combination === undefined) return score
  const { byForest, byDistance } = logSharesOf(combination, score, values, at)
  const surprise = -byForest - byDistance
  return surprise / (surprise + AVERAGE_SURPRISE[combination.measures])
}

export function scoreAnomalies(scorer: AnomalyScorer, values: Float32Array): Float64Array {
  const width = scorer.forest.features.length
  return Float64Array.from({ length: values.length / width }, (_, row) => scoreAnomaly(scorer, values, row * width))
}

function logSharesOf(
  { measures, scale, forest, distance }: AnomalyCombination,
  score: number,
  values: ArrayLike<number>,
  at: number,
) {
  return {
    byForest: measures === 'distance' ? 0 : logShareAbove(forest, score),
    byDistance: measures === 'forest' ? 0 : logShareAbove(distance, farthestOf(scale, values, at).distance),
  }
}

/** The features that made a row odd, the strongest first: those of the forest, and the farthest value, each by its measure's part. */
export function anomalyReasons(
  { forest, combination }: AnomalyScorer,
  values: ArrayLike<number>,
  at: number,
  reasonsMax: number,
): Reason[] {
  const ofForest = reasonsOf(forest, values, at, forest.features.length)
  if (combination === undefined) return ofForest.slice(0, reasonsMax)
  const { byForest, byDistance } = logSharesOf(combination, scoreRow(forest, values, at), values, at)
  const whole = byForest + byDistance
  if (whole === 0) return ofForest.slice(0, reasonsMax)
  const part = ofForest.length === 0 ? 0 : byForest / whole
  const { feature } = farthestOf(combination.scale, values, at)
  return forest.features
    .map((name, index) => {
      const own = ofForest.find((reason) => reason.feature === name)
      const value = values[at + index]!
      return {
        feature: name,
        value: Number.isFinite(value) ? value : forest.medians[index]!,
        share: part * (own?.share ?? 0) + (index === feature ? 1 - part : 0),
      }
    })
    .filter(({ share }) => share > 0)
    .sort((one, other) => other.share - one.share)
    .slice(0, reasonsMax)
}
