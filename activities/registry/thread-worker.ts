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
  type FeatureRows,
  type ForestOptions,
  fitIsolationForest,
  forestFromJson,
  forestToJson,
  scoreRows,
  withEdges,
} from '../../models/insights/isolation-forest.ts'
import { fitQuantile, type LinearRows } from '../../models/statistics/quantile-regression.ts'

type Tell = (done: number) => void

/** What can be asked of a thread: pure functions of plain values and typed arrays. */
export const tasks = {
  /** The artefact's text. */
  growForest: (input: FeatureRows & ForestOptions, tell: Tell): string =>
    forestToJson(
      fitIsolationForest(withEdges(input, input.seed), { ...input, onTree: (done) => tell(done / input.trees) }),
    ),

  scoreForest: ({ forest, values }: { forest: string; values: Float32Array }): Float64Array =>
    scoreRows(forestFromJson(forest), values),

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
