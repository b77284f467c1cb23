/** Every workflow that a batch worker runs. */
export { backfill } from './backfill.ts'
export { batchPrediction } from './batch-prediction.ts'
export { dailyEtl } from './daily-etl.ts'
export { dataQuality, stateCheck } from './data-quality.ts'
export { featureEngineering } from './feature-engineering.ts'
export { biRefresh, ensurePartitions } from './maintenance.ts'
export { materializeAsset, stageShard } from './materialize.ts'
export { repairLate } from './repair-late.ts'
