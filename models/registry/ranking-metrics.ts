/**
 * How good lists are. Of each case one item is hidden; a list is what was recommended instead, the best first.
 */

export interface RankingScores {
  /** Share of the hidden items that are in their lists. */
  recall: number
  /** Normalised discounted cumulative gain (Järvelin & Kekäläinen 2002): 1 / log₂(1 + place), 0 when it is not there. */
  ndcg: number
}

/** @returns undefined when there are no cases */
export function rankingScores(
  hidden: ArrayLike<number>,
  lists: readonly ArrayLike<number>[],
): RankingScores | undefined {
  if (hidden.length !== lists.length) throw new RangeError(`${hidden.length} hidden items and ${lists.length} lists`)
  if (lists.length === 0) return undefined
  let found = 0
  let gain = 0
  for (const [index, list] of lists.entries()) {
    for (let at = 0; at < list.length; at += 1) {
      if (list[at] !== hidden[index]) continue
      found += 1
      gain += 1 / Math.log2(at + 2)
      break
    }
  }
  return { recall: found / lists.length, ndcg: gain / lists.length }
}
