/** The thread that long computations of models run in: `runTask` starts it, one task a thread. */
import { parentPort, workerData } from 'node:worker_threads'
import {
  type AlsOptions,
  createRecommender,
  fitAls,
  type Interactions,
  type ItemFactors,
  similarItems,
} from '../../models/insights/als.ts'
import {
  type AnomalyCombination,
  type AnomalyMeasures,
  fitTail,
  scoreAnomalies,
} from '../../models/insights/anomaly-score.ts'
import {
  type FeatureRows,
  type ForestOptions,
  fitIsolationForest,
  forestFromJson,
  forestToJson,
  scoreRows,
  withEdges,
} from '../../models/insights/isolation-forest.ts'
import { fitRobustScale, robustScores } from '../../models/insights/robust-score.ts'
import { fitQuantile, type LinearRows } from '../../models/statistics/quantile-regression.ts'

type Tell = (done: number) => void

/** The forest as the artefact's text, and what is kept beside it. */
export interface StoredScorer {
  forest: string
  combination?: AnomalyCombination | undefined
}

/** What can be asked of a thread: pure functions of plain values and typed arrays. */
export const tasks = {
  /** The artefact's text. */
  growForest: (input: FeatureRows & ForestOptions, tell: Tell): string =>
    forestToJson(
      fitIsolationForest(withEdges(input, input.seed), { ...input, onTree: (done) => tell(done / input.trees) }),
    ),

  /** From the rows that the forest was grown from. */
  combineScores({
    forest,
    features,
    values,
    measures,
  }: FeatureRows & { forest: string; measures: AnomalyMeasures }): AnomalyCombination {
    const scale = fitRobustScale({ features, values })
    return {
      measures,
      scale,
      forest: fitTail(scoreRows(forestFromJson(forest), values)),
      distance: fitTail(robustScores(scale, values)),
    }
  },

  scoreForest: ({ forest, combination, values }: StoredScorer & { values: Float32Array }): Float64Array =>
    scoreAnomalies({ forest: forestFromJson(forest), combination }, values),

  factoriseBaskets: (input: { baskets: Interactions; options: AlsOptions }, tell: Tell): ItemFactors =>
    fitAls(input.baskets, { ...input.options, onIteration: (done) => tell(done / input.options.iterations) }),

  /** A list for each row that is asked about. */
  recommendLists(input: { model: ItemFactors; asked: readonly Int32Array[]; length: number }): Int32Array[] {
    const recommender = createRecommender(input.model)
    return input.asked.map((held) => recommender.recommend(held, input.length))
  },

  /** @param counts baskets that each item is in; items in fewer than `countMin` are not paired */
  pairItems(
    {
      model,
      partners,
      counts,
      countMin,
    }: { model: ItemFactors; partners: number; counts: Int32Array; countMin: number },
    tell: Tell,
  ) {
    const every = Math.ceil(model.items / 100)
    return similarItems(
      model,
      partners,
      (item) => counts[item]! >= countMin,
      (done) => done % every === 0 && tell(done / model.items),
    )
  },

  /** By level, a coefficient a feature. */
  fitQuantiles({ rows, width, levels }: { rows: LinearRows; width: number; levels: readonly number[] }, tell: Tell) {
    return levels.map((level, index) => {
      tell(index / levels.length)
      return [...fitQuantile(rows, width, level)]
    })
  },
} as const

export type TaskName = keyof typeof tasks
export type TaskAnswer = { done: number } | { result: unknown } | { error: string }

if (parentPort !== null) {
  const port = parentPort
  const say = (answer: TaskAnswer) => port.postMessage(answer)
  const { name, input } = workerData as { name: TaskName; input: never }
  try {
    say({ result: (tasks[name] as (input: never, tell: Tell) => unknown)(input, (done) => say({ done })) })
  } catch (error) {
    say({ error: (error as Error).message })
  }
}
