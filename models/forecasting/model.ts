/** What a trained demand model has besides its boosters: kept as `manifest.json` beside them. */
import type { Candidate, Segment } from './candidates.ts'
import type { HorizonBlock } from './plan.ts'
import type { QuantileTable } from './quantile-table.ts'

export interface DemandBlock extends HorizonBlock {
  /** XGBoost's objective of the mean. */
  objective: string
  rounds: number
  /** Which forecast of the mean is used, by class of the series. */
  choice: Record<Segment, Candidate>
  /** Around that forecast. */
  quantiles: QuantileTable
}

export interface DemandManifest {
  model: 'demand'
  /** The columns that the boosters read, in their order. */
  features: string[]
  /** What they hold besides sales: covariates of the days ahead, of the days so far, and of the series. */
  covariates: { known: readonly string[]; past: readonly string[]; fixed: readonly string[] }
  /** Whether they hold what sold a year and more ago; left out: they do not. */
  hasHistory?: boolean
  quantiles: number[]
  seed: number
  trainedThrough: string
  blocks: DemandBlock[]
}

/** The name of a block's booster in the artefact. */
export const boosterFile = ({ first, last }: HorizonBlock): string => `mean-${first}-${last}.json`
