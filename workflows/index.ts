/** Every workflow that a batch worker runs. */
export { backfill } from './backfill.ts'
export { dailyEtl } from './daily-etl.ts'
export { dataQuality, stateCheck } from './data-quality.ts'
export { biRefresh, ensurePartitions } from './maintenance.ts'
export { materializeAsset, stageShard } from './materialize.ts'
export { repairLate } from './repair-late.ts'
