/** Who predicts: pinned with a partition's other inputs. */

import { addDays } from '../../../contracts/calendar.ts'
import { findChampion } from '../../registry/versions.ts'
import type { AssetContext, CheckQuestion, CheckResult, InputVersions } from '../framework/asset.ts'
import { expectTrue, total } from '../framework/checks.ts'

/** From the start of a day to the schedule that predicts. */
const PREDICTION_HOURS = 10

export interface PinnedChampion {
  version: number
  /** Folder in the bucket. */
  artefact: string
}

const inputName = (model: string) => `model/${model}`

/**
 * A prediction that is made again uses the model that was champion then; of a history that was loaded afterwards no model
 * would have, and the present champion does it.
 */
export async function pinChampion({ pool }: AssetContext, model: string, date: string): Promise<InputVersions> {
  const due = new Date(Date.parse(`${addDays(date, 1)}T00:00:00Z`) + PREDICTION_HOURS * 3_600_000)
  const champion = (await findChampion(pool, model, due)) ?? (await findChampion(pool, model))
  return { [inputName(model)]: champion ? `v${champion.version} ${champion.artefact}` : '' }
}

/** @returns undefined while no version is champion */
export function pinnedChampion(inputs: InputVersions, model: string): PinnedChampion | undefined {
  const [, version, artefact] = /^v(\d+) (.*)$/.exec(String(inputs[inputName(model)])) ?? []
  return version === undefined ? undefined : { version: Number(version), artefact: artefact! }
}

export const noModelQuestion = ['warn', 'no model is champion yet, so that the partition is empty'] as const

/** @param measured with `unmodelled`: 1 for a shard that no model was there for */
export const noModelCheck = (question: CheckQuestion, measured: readonly Record<string, number>[]): CheckResult =>
  expectTrue(
    question,
    total(measured, 'unmodelled') === 0,
    'empty, because no model is champion; `shelfline run train-models`',
  )
