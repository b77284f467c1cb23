/** Everything of Grafana that is made from code: path below `docker/grafana/` → content. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { alertProvisioning } from './alert-rules.ts'
import { business } from './business.ts'
import { models } from './models.ts'
import { orders } from './orders.ts'
import { pipelines } from './pipelines.ts'
import { platform } from './platform.ts'
import { streams } from './streams.ts'

export const dashboards: readonly Dashboard[] = [platform, streams, pipelines, business, orders, models]

export function grafanaFiles(): Map<string, string> {
  return new Map([
    ...dashboards.map((board) => [`dashboards/${board.uid}.json`, `${JSON.stringify(board, null, 2)}\n`] as const),
    ['provisioning/alerting/shelfline.yaml', alertProvisioning()],
  ])
}
