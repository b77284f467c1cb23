/**
 * How well scores separate rows of two kinds, and how honest probabilities are. Labels are 1 or 0; a score that can't be
 * given, because one kind is missing, is undefined.
 */

type Values = ArrayLike<number>

/** Area under the ROC curve: the probability that a row of label 1 scores above one of label 0; of equals half counts. */
export function rocAuc(labels: Values, scores: Values): number | undefined {
  const order = byScore(labels, scores)
  let positives = 0
  let rankSum = 0
  for (let from = 0; from < order.length; ) {
    const to = endOfTies(order, scores, from)
    // Ranks count from 1 at the least score; equals share the mean of theirs.
    const rank = order.length - (from + to - 1) / 2
    for (let at = from; at < to; at += 1) {
      if (labels[order[at]!] !== 1) continue
      positives += 1
      rankSum += rank
    }
    from = to
  }
  const negatives = order.length - positives
  if (positives === 0 || negatives === 0) return undefined
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives)
}

/** Area under the precision-recall curve as average precision: Σ (recall gained) × precision, at every distinct score. */
export function averagePrecision(labels: Values, scores: Values): number | undefined {
  const order = byScore(labels, scores)
  let found = 0
  let sum = 0
  for (let from = 0; from < order.length; ) {
    const to = endOfTies(order, scores, from)
    let gained = 0
    for (let at = from; at < to; at += 1) gained += labels[order[at]!]!
    found += gained
    sum += gained * (found / to)
    from = to
  }
  return found === 0 ? undefined : sum / found
}

/** Mean squared difference between prediction and label (Brier 1950). */
export function brierScore(labels: Values, probabilities: Values): number | undefined {
  let sum = 0
  for (let row = 0; row < labels.length; row += 1) sum += (probabilities[row]! - labels[row]!) ** 2
  return labels.length === 0 ? undefined : sum / labels.length
}

/**
 * Expected calibration error: over ten equally full bins by probability, the mean distance between prediction and what
 * came (Naeini, Cooper & Hauskrecht 2015, AAAI; equally full bins as in Nixon et al. 2019).
 */
export function calibrationError(labels: Values, probabilities: Values, bins = 10): number | undefined {
  const order = byScore(labels, probabilities)
  const size = order.length
  let sum = 0
  for (let bin = 0; bin < bins; bin += 1) {
    let difference = 0
    for (let at = Math.floor((bin * size) / bins); at < Math.floor(((bin + 1) * size) / bins); at += 1) {
      difference += probabilities[order[at]!]! - labels[order[at]!]!
    }
    sum += Math.abs(difference)
  }
  return size === 0 ? undefined : sum / size
}

/** Rows from the greatest score to the least. */
function byScore(labels: Values, scores: Values): Uint32Array {
  if (labels.length !== scores.length)
    throw new RangeError(`${labels.length} labels and ${scores.length} scores: their numbers must be equal`)
  return Uint32Array.from({ length: scores.length }, (_, row) => row).sort(
    (one, other) => scores[other]! - scores[one]!,
  )
}

function endOfTies(order: Uint32Array, scores: Values, from: number): number {
  let to = from + 1
  while (to < order.length && scores[order[to]!] === scores[order[from]!]) to += 1
  return to
}
