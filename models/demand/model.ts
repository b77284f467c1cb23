/** What a trained demand model says besides its boosters: kept as `manifest.json` beside them. */
import type { Candidate, Segment } from './candidates.ts'
import type { Margins } from './conformal.ts'
import type { HorizonBlock } from './plan.ts'

export interface DemandBlock extends HorizonBlock {
  /** XGBoost's objective of the mean. */
  objective: string
  rounds: { mean: number; quantiles: number }
  /** Which forecast of the mean is used, by class of the series. */
  choice: Record<Segment, Candidate>
  margins: Record<Segment, Margins>
}

export interface DemandManifest {
  model: 'demand'
  /** The columns that the boosters read, in their order. */
  features: string[]
  /** What they hold besides sales: covariates of the days ahead, of the days so far, and of the series. */
  covariates: { known: readonly string[]; past: readonly string[]; fixed: readonly string[] }
  quantiles: number[]
  seed: number
  trainedThrough: string
  blocks: DemandBlock[]
}

/** The names of a block's booster files in the artefact. */
export const boosterFiles = ({ first, last }: HorizonBlock) => ({
  mean: `mean-${first}-${last}.json`,
  quantiles: `quantiles-${first}-${last}.json`,
})
