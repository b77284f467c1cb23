/** When a trained version becomes champion: better than the naive way, and by what a model is for, than the champion. */
import { type Comparison, compare, type SeriesErrors } from '../../models/registry/error-comparison.ts'
import type { BatchDependencies } from '../dependencies.ts'
import type { PromotionDecision } from './registration.ts'
import { type Champion, findChampion } from './versions.ts'

/** The present champion, and the errors of both on cases that neither has seen; undefined errors: it does not load. */
export interface JudgedChampion {
  name: string
  errors: readonly SeriesErrors[] | undefined
}

/**
 * Compares the challenger with the champion, if there is one. A champion that does not load is logged.
 *
 * @param compare the errors of both; none where the champion has seen every case
 * @throws when it is cancelled
 */
export async function againstChampion(
  { pool, logger }: BatchDependencies,
  model: string,
  signal: AbortSignal,
  compare: (champion: Champion) => Promise<readonly SeriesErrors[] | undefined>,
): Promise<JudgedChampion | undefined> {
  const champion = await findChampion(pool, model)
  if (champion === undefined) return undefined
  const name = `${model}@${champion.version}`
  try {
    return { name, errors: await compare(champion) }
  } catch (error) {
    signal.throwIfAborted()
    logger.warn({ model: name, error: (error as Error).message }, 'the champion does not load')
    return { name, errors: undefined }
  }
}

export interface Trial {
  /** What is measured, e.g. 'Brier score'. */
  measure: string
  /** Undefined where it can't be measured. */
  own: number | undefined
  naive: { name: string; value: number | undefined }
  isLessBetter: boolean
  champion?: JudgedChampion
  /**
   * `clearly_better`: the challenger must gain beyond chance. `not_worse`: what a model knows grows old by itself, so that
   * the newer one is taken unless the champion is better beyond chance.
   */
  rule: 'clearly_better' | 'not_worse'
  seed: number
}

export function decidePromotion({ measure, own, naive, isLessBetter, champion, rule, seed }: Trial): PromotionDecision {
  const refused = (why: string): PromotionDecision => ({ isBetter: false, reason: `not promoted: ${why}` })
  const promoted = (why: string): PromotionDecision => ({ isBetter: true, reason: `promoted: ${why}` })
  if (own === undefined || naive.value === undefined) return refused(`the evaluation days give no ${measure}`)
  const figures = `${measure} ${own.toFixed(4)}, ${naive.name} ${naive.value.toFixed(4)}`
  if (isLessBetter ? own > naive.value : own < naive.value) return refused(`not better than ${naive.name} (${figures})`)
  if (champion === undefined) return promoted(`the first version (${figures})`)
  if (champion.errors === undefined) return promoted(`${champion.name} does not load (${figures})`)
  const compared = compare(champion.errors, seed)
  if (compared === undefined) return refused(`${champion.name} was trained on all evaluation cases (${figures})`)
  const against = `${describe(compared, champion.name)}; ${figures}`
  if (rule === 'clearly_better') {
    return compared.gainLow > 0 ? promoted(against) : refused(`no clear gain: ${against}`)
  }
  const swapped = champion.errors.map((each) => ({ ...each, own: each.champion, champion: each.own }))
  const lossLow = compare(swapped, seed)!.gainLow
  if (lossLow <= 0) return promoted(`newer and not worse: ${against}`)
  return refused(`clearly worse: ${errorsOf(compared, champion.name)}, loss at least ${inDraws(lossLow)}; ${figures}`)
}

const describe = (compared: Comparison, name: string): string =>
  `${errorsOf(compared, name)}, gain at least ${inDraws(compared.gainLow)}`

const errorsOf = ({ own, champion }: Comparison, name: string): string =>
  `mean error ${own.toFixed(4)} against ${champion.toFixed(4)} of ${name}`

const inDraws = (least: number): string => `${least.toFixed(4)} in 95 of 100 draws`
