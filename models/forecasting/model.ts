/** What a trained demand model has besides its boosters: kept as `manifest.json` beside them. */
import type { Segment, Weights } from './candidates.ts'
import type { Frequency, HorizonBlock } from './plan.ts'
import type { QuantileTable } from './quantile-table.ts'

/** What a booster's forecasts are relative to: the level of the last weeks, or what that is in the season of the day ahead. */
export type Base = 'level' | 'season'

/** A booster of a block: of `MEMBERS`, in their order. */
export interface Member {
  base: Base
  /** XGBoost's objective of the mean. */
  objective: string
  halfLifeDays: number
  rounds: number
}

export interface DemandBlock extends HorizonBlock {
  members: Member[]
  /** By which weights forecasts of the mean are combined, by class of the series. */
  weights: Record<Segment, Weights>
  /** Around that forecast. */
  quantiles: QuantileTable
}

export interface DemandManifest {
  model: 'demand'
  /** The columns that the boosters read, in their order. */
  features: string[]
  /** What they hold besides sales: covariates of the days ahead, of the days so far, and of the series. */
  covariates: {
    known: readonly string[]
    past: readonly string[]
    fixed: readonly string[]
    discrete?: readonly string[]
  }
  /** Whether they hold what sold a year and more ago; left out: they do not. */
  hasHistory?: boolean
  /** Left out: days. */
  frequency?: Frequency
  quantiles: number[]
  seed: number
  trainedThrough: string
  blocks: DemandBlock[]
}

/** The candidates that are boosters: one of each for a block. */
export const MEMBERS = ['xgboost', 'xgboost_season'] as const

/** The name of a block's booster in the artefact. @param member its place in `MEMBERS` */
export const boosterFile = ({ first, last }: HorizonBlock, member: number): string =>
  `mean-${first}-${last}${member === 0 ? '' : `-${member + 1}`}.json`
