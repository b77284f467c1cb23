/** Champion against challenger by what orders after their forecasts would have cost, with what chance alone would do. */
import { seeded } from '../statistics/random.ts'

/** The totals of one replay of one series; money, and units for the fill rate. */
export interface DecisionOutcome {
  holding: number
  stockOut: number
  waste: number
  /** Units that customers asked for, and those of them that were sold. */
  demand: number
  sold: number
}

/** The same series on the same days, ordered by one forecast and by the other. */
export interface PairedOutcome {
  challenger: DecisionOutcome
  champion: DecisionOutcome
}

export interface DecisionTotals extends DecisionOutcome {
  /** Holding, stock-outs and waste. */
  cost: number
  /** Undefined where nothing was demanded. */
  fillRate: number | undefined
}

export interface DecisionComparison {
  series: number
  challenger: DecisionTotals
  champion: DecisionTotals
  /** What the challenger saves of the champion's cost, as a share; below zero when it costs more. */
  saving: number
  /** The saving that it exceeds in 95 of 100 draws of the series: above zero it is no accident. */
  savingLow: number
}

const DRAWS = 1_000
const LEVEL = 0.05

/**
 * A paired bootstrap over series: what a draw takes, it takes of both, so that a series that is dear for both decides
 * nothing (Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapter 8).
 *
 * @returns undefined when there is no series, or the champion's orders cost nothing
 */
export function compareDecisions(series: readonly PairedOutcome[], seed: number): DecisionComparison | undefined {
  const challenger = totalOf(series.map((each) => each.challenger))
  const champion = totalOf(series.map((each) => each.champion))
  if (!(champion.cost > 0)) return undefined
  const costs = series.map((each) => [costOf(each.challenger), costOf(each.champion)] as const)
  const random = seeded(seed)
  const savings = Float64Array.from({ length: DRAWS }, () => {
    let [own, other] = [0, 0]
    for (let drawn = 0; drawn < costs.length; drawn += 1) {
      const [challenging, standing] = costs[Math.floor(random() * costs.length)]!
      own += challenging
      other += standing
    }
    return other > 0 ? (other - own) / other : 0
  }).sort()
  return {
    series: series.length,
    challenger,
    champion,
    saving: (champion.cost - challenger.cost) / champion.cost,
    savingLow: savings[Math.floor(LEVEL * DRAWS)]!,
  }
}

export const costOf = ({ holding, stockOut, waste }: DecisionOutcome): number => holding + stockOut + waste

export function totalOf(outcomes: readonly DecisionOutcome[]): DecisionTotals {
  const sum: DecisionOutcome = { holding: 0, stockOut: 0, waste: 0, demand: 0, sold: 0 }
  for (const outcome of outcomes) {
    for (const name of Object.keys(sum) as (keyof DecisionOutcome)[]) sum[name] += outcome[name]
  }
  return { ...sum, cost: costOf(sum), fillRate: sum.demand > 0 ? sum.sold / sum.demand : undefined }
}
