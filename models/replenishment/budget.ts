/** Money that several suppliers' orders share. */

/** An order as it would be without a budget, and the supplier's minimum value. Money. */
export interface BudgetClaim {
  wanted: number
  minimum: number
}

/**
 * Shares money in proportion to the requests. A supplier whose share would be below their minimum gets nothing, the one that
 * falls short most first, and their money goes to the others in the same proportion. What they leave is for those who got
 * nothing, if it is enough for one. No one gets more than was requested.
 *
 * @returns money for each claim, 0 where it is not enough; and what is left
 */
export function shareOut(budget: number, claims: readonly BudgetClaim[]): { shares: number[]; left: number } {
  const shares = claims.map(() => 0)
  let taking = claims.map((_, index) => index).filter((index) => claims[index]!.wanted > 0)
  const without: number[] = []
  for (;;) {
    const total = taking.reduce((sum, index) => sum + claims[index]!.wanted, 0)
    const part = total > budget ? budget / total : 1
    const coverage = (index: number) => (claims[index]!.wanted * part) / claims[index]!.minimum
    const short = taking.filter((index) => coverage(index) < 1)
    if (short.length === 0) {
      for (const index of taking) shares[index] = claims[index]!.wanted * part
      break
    }
    const first = short.reduce((least, index) => (coverage(index) < coverage(least) ? index : least))
    taking = taking.filter((index) => index !== first)
    without.unshift(first)
  }
  let left = Math.max(
    0,
    shares.reduce((money, share) => money - share, budget),
  )
  for (const index of without) {
    const { wanted, minimum } = claims[index]!
    if (left < minimum) continue
    shares[index] = Math.min(wanted, left)
    left -= shares[index]!
  }
  return { shares, left }
}
