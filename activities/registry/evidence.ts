/** What a model card is drawn from, and what drift is measured against: kept with the artefact, measured when training. */
import type { DecisionComparison } from '../../models/registry/decision-comparison.ts'
import type { Profile } from '../../models/registry/drift.ts'
import type { ObjectStore } from '../../platform/object-store/object-store.ts'

/** Everything in it was measured on days that the model was not trained on. What does not apply to a model is left out. */
export interface ModelEvidence {
  /** First and last day that it was measured on. */
  measured: { from: string; through: string }
  /** A bounded draw of predictions: the actual value, the prediction, and the group of each, e.g. a horizon block. */
  predictions?: { unit: string; groups: string[]; points: [actual: number, predicted: number, group: number][] }
  /** Error by days ahead, WAPE, beside the naive forecast's. */
  horizons?: { days: number; rows: number; error: number; naive: number }[]
  /** By quantile level: the share of actual values at or below it. For a classifier: by score, the share that was so. */
  calibration?: { level: number; share: number; rows: number }[]
  /** Mean gain of the splits on a feature, and the mean of its absolute SHAP values. */
  importance?: { feature: string; gain: number; shap: number }[]
  /** By store, over the days ahead that orders look at: what drift of the error is measured against. */
  stores?: Record<string, { rows: number; actual: number; absoluteError: number }>
  decision?: DecisionEvidence
  /** How the features lay that it was trained on. */
  profiles?: Record<string, Profile>
}

export interface DecisionEvidence extends Omit<DecisionComparison, 'clusters'> {
  series: number
  /** Stores' weeks that were drawn; absent in older evidence, which drew series. */
  clusters?: number
  /** WAPE on the same days, for what it is worth beside the costs; undefined where nothing sold. */
  errors: { challenger?: number; champion?: number }
  /** The version that it is compared with: 'demand@3'. */
  against: string
  /** Days that orders were replayed on, and days of them that were measured. */
  from: string
  through: string
  measuredDays: number
}

export const EVIDENCE_FILE = 'evidence.json'

export const evidenceFile = (evidence: ModelEvidence): Uint8Array => Buffer.from(JSON.stringify(evidence))

/**
 * @param artefact the version's folder in the bucket
 * @returns undefined when the version was trained before evidence was kept
 */
export async function readEvidence(objectStore: ObjectStore, artefact: string): Promise<ModelEvidence | undefined> {
  const content = await objectStore.get(`${artefact}/${EVIDENCE_FILE}`)
  return content === undefined ? undefined : (JSON.parse(content.toString()) as ModelEvidence)
}
