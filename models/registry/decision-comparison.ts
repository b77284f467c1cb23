/** Champion against challenger by what orders after their forecasts would have cost, with what chance alone would do. */
import { compiled, ndtri, stdtri } from 'cephes'
import { seeded } from '../statistics/random.ts'

// Cephes is WebAssembly, which is compiled once.
await compiled

/** The totals of one replay; money, and units for the fill rate. */
export interface DecisionOutcome {
  holding: number
  stockOut: number
  waste: number
  /** Units that customers asked for, and those of them that were sold. */
  demand: number
  sold: number
}

/** The same series of a store on the same days of a week, ordered by one forecast and by the other. */
export interface PairedOutcome {
  challenger: DecisionOutcome
  champion: DecisionOutcome
  /** What is drawn together: the store and the week. */
  cluster: string
}

export interface DecisionTotals extends DecisionOutcome {
  /** Holding, stock-outs and waste. */
  cost: number
  /** Undefined where nothing was demanded. */
  fillRate: number | undefined
}

export interface DecisionComparison {
  challenger: DecisionTotals
  champion: DecisionTotals
  /** What the challenger saves of the champion's cost, as a share; below zero when it costs more. */
  saving: number
  /** The saving that it exceeds in 99 of 100 draws: above zero it is no accident. */
  savingLow: number
  /** Stores' weeks that were drawn. */
  clusters: number
}

const DRAWS = 2_000
/** A retailer decides every week: by chance alone it changes its champion once in two years at most. */
const LEVEL = 0.01
/** A change of the model makes people look: less than this share of the costs is not worth it. */
const SAVING_MIN = 0.01

export const isClearlyCheaper = ({ saving, savingLow }: Pick<DecisionComparison, 'saving' | 'savingLow'>): boolean =>
  savingLow > 0 && saving >= SAVING_MIN

/**
 * A paired bootstrap over stores' weeks, for what sells in a store in a week hangs together (Efron & Tibshirani 1993, An
 * Introduction to the Bootstrap, chapter 8; Cameron, Gelbach & Miller 2008, Review of Economics and Statistics 90(3)). What a
 * draw takes, it takes of both, so that a store that is dear for both decides nothing. Of few clusters a bootstrap shows too
 * little of the spread, so that the distance to the low end is widened as Student's distribution is wider than the normal one
 * (Hesterberg 2015, The American Statistician 69(4)): of two weeks of one store nothing is clear.
 *
 * @returns undefined when there are fewer than two clusters, or the champion's orders cost nothing
 */
export function compareDecisions(outcomes: readonly PairedOutcome[], seed: number): DecisionComparison | undefined {
  const challenger = totalOf(outcomes.map((each) => each.challenger))
  const champion = totalOf(outcomes.map((each) => each.champion))
  const clusters = costsByCluster(outcomes)
  if (!(champion.cost > 0) || clusters.length < 2) return undefined
  const saving = (champion.cost - challenger.cost) / champion.cost
  const random = seeded(seed)
  const savings = Float64Array.from({ length: DRAWS }, () => {
    let [own, other] = [0, 0]
    for (let drawn = 0; drawn < clusters.length; drawn += 1) {
      const [challenging, standing] = clusters[Math.floor(random() * clusters.length)]!
      own += challenging
      other += standing
    }
    return other > 0 ? (other - own) / other : 0
  }).sort()
  const low = savings[Math.floor(LEVEL * DRAWS)]!
  const savingLow = saving - (saving - low) * fewClusters(clusters.length)
  return { challenger, champion, saving, savingLow, clusters: clusters.length }
}

function costsByCluster(outcomes: readonly PairedOutcome[]): [challenger: number, champion: number][] {
  const clusters = new Map<string, [number, number]>()
  for (const { cluster, challenger, champion } of outcomes) {
    const costs = clusters.get(cluster) ?? [0, 0]
    costs[0] += costOf(challenger)
    costs[1] += costOf(champion)
    clusters.set(cluster, costs)
  }
  return [...clusters.values()]
}

/** How much wider the interval of this many clusters is than their bootstrap's. */
const fewClusters = (count: number): number =>
  Math.sqrt(count / (count - 1)) * (stdtri(count - 1, LEVEL) / ndtri(LEVEL))

export const costOf = ({ holding, stockOut, waste }: DecisionOutcome): number => holding + stockOut + waste

export function totalOf(outcomes: readonly DecisionOutcome[]): DecisionTotals {
  const sum: DecisionOutcome = { holding: 0, stockOut: 0, waste: 0, demand: 0, sold: 0 }
  for (const outcome of outcomes) {
    for (const name of Object.keys(sum) as (keyof DecisionOutcome)[]) sum[name] += outcome[name]
  }
  return { ...sum, cost: costOf(sum), fillRate: sum.demand > 0 ? sum.sold / sum.demand : undefined }
}
