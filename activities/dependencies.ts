import type { AssetContext, AssetDefinition } from './assets/framework/asset.ts'
import type { BatchMetrics } from './metrics.ts'

/** What a batch worker puts together once and every group of activities is made from. */
export interface BatchDependencies extends Omit<AssetContext, 'heartbeat' | 'signal'> {
  metrics: BatchMetrics
  /** Every asset, each after its upstream. */
  assets: readonly AssetDefinition[]
}
