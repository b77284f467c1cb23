/** Every activity that a batch worker runs. `docs/operations.md` shows for each how often it is tried, and who sees when it fails. */
import { createBackfillActivities } from '../activities/backfill/backfill.ts'
import { createPartitionActivities } from '../activities/backfill/partitions.ts'
import { createDataQualityActivities } from '../activities/data-quality/data-quality.ts'
import { createMaintenanceActivities } from '../activities/data-quality/maintenance.ts'
import type { BatchDependencies } from '../activities/dependencies.ts'
import { createForecastActivities } from '../activities/forecasting/forecasts.ts'
import { createMinuteJobActivities } from '../activities/live-state/minute-jobs.ts'
import { createRiskActivities } from '../activities/live-state/stock-out-risk.ts'
import { createNotificationActivities } from '../activities/notifications/notifications.ts'
import { createRetentionActivities } from '../activities/privacy/retention.ts'
import { createOrderNewsActivities } from '../activities/purchase-orders/news.ts'
import { createPurchaseOrderActivities } from '../activities/purchase-orders/purchase-order.ts'
import { createOrderSendingActivities } from '../activities/purchase-orders/sending.ts'
import { createReplenishmentActivities } from '../activities/replenishment/replenishment.ts'
import { createPowerBiActivities } from '../activities/reports/power-bi.ts'

export const createBatchActivities = (dependencies: BatchDependencies) => ({
  ...createBackfillActivities(dependencies),
  ...createDataQualityActivities(dependencies),
  ...createForecastActivities(dependencies),
  ...createMaintenanceActivities(dependencies),
  ...createMinuteJobActivities(dependencies),
  ...createNotificationActivities(dependencies),
  ...createPartitionActivities(dependencies),
  ...createPowerBiActivities(dependencies),
  ...createPurchaseOrderActivities(dependencies),
  ...createOrderNewsActivities(dependencies),
  ...createOrderSendingActivities(dependencies),
  ...createReplenishmentActivities(dependencies),
  ...createRetentionActivities(dependencies),
  ...createRiskActivities(dependencies),
})
