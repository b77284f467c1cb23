/**
 * Alerts that Grafana raises itself: on the business's own figures, which are in PostgreSQL and not in Prometheus. Grafana sends them to
 * the same Alertmanager.
 */
import { QueryBuilder, RuleBuilder, RuleGroupBuilder } from '@grafana/grafana-foundation-sdk/alerting'
import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import { stringify } from 'yaml'
import { POSTGRES } from './panels.ts'

export interface BusinessAlert {
  name: string
  severity: 'warning' | 'info'
  /** How long it holds before it is raised. */
  holds: string
  summary: string
  /** One number; above 0 is wrong. */
  sql: string
}

export const businessAlerts: readonly BusinessAlert[] = [
  {
    name: 'OrdersWaitForApproval',
    severity: 'warning',
    holds: '15m',
    summary: 'Orders have waited for approval for more than a day',
    sql: `select count(*) as value
from ops.purchase_order
where status = 'awaiting_approval' and waits_since < now() - interval '1 day'`,
  },
  {
    name: 'OrdersNotSent',
    severity: 'warning',
    holds: '30m',
    summary: 'Approved orders have not reached their supplier within an hour',
    sql: `select count(*) as value
from ops.purchase_order
where status = 'approved' and updated_at < now() - interval '1 hour'`,
  },
  {
    name: 'DeliveriesOverdue',
    severity: 'info',
    holds: '1h',
    summary: 'Deliveries are more than two days late',
    sql: `select count(distinct purchase_order_id) as value
from bi.open_orders
where sent_at is not null and expected_date < current_date - 2`,
  },
  {
    name: 'ForecastsHaveDrifted',
    severity: 'warning',
    holds: '1h',
    summary: 'The error of a champion is beyond its limit',
    sql: `select count(*) as value
from bi.model_drift
where kind = 'error' and is_drifted and drift_date > current_date - 3`,
  },
  {
    name: 'CriticalAlertsUnattended',
    severity: 'warning',
    holds: '15m',
    summary: 'Critical alerts of stores have been open for four hours and no one has acknowledged them',
    sql: `select count(*) as value
from bi.live_alerts
where severity = 'critical' and status = 'open' and first_seen < now() at time zone 'UTC' - interval '4 hours'`,
  },
]

/** Grafana fills in the variable, which Compose sets: Prometheus serves the pages. */
const RUNBOOKS = '$RUNBOOKS_URL'
const FOLDER = 'Shelfline'
const GROUP = 'business'
/** An expression of Grafana itself: whether the number of query A is above 0. */
const THRESHOLD = {
  refId: 'B',
  type: 'threshold',
  expression: 'A',
  datasource: { type: '__expr__', uid: '__expr__' },
  conditions: [{ type: 'query', evaluator: { type: 'gt', params: [0] } }],
}

/** The kit has no types for queries of PostgreSQL and of Grafana's own expressions. */
const plain = (model: object): Builder<Dataquery> => ({ build: () => model as Dataquery })

function rule({ name, severity, holds, summary, sql }: BusinessAlert): RuleBuilder {
  const model = { refId: 'A', datasource: POSTGRES, editorMode: 'code', format: 'table', rawQuery: true, rawSql: sql }
  return new RuleBuilder(name)
    .uid(`shelfline-${name.replaceAll(/(?<!^)[A-Z]/g, '-$&').toLowerCase()}`)
    .condition('B')
    .forDuration(holds)
    .withQuery(
      new QueryBuilder('A').datasourceUid(POSTGRES.uid).relativeTimeRange({ from: 600, to: 0 }).model(plain(model)),
    )
    .withQuery(
      new QueryBuilder('B').datasourceUid('__expr__').relativeTimeRange({ from: 600, to: 0 }).model(plain(THRESHOLD)),
    )
    .noDataState('OK')
    .execErrState('Error')
    .labels({ severity })
    .annotations({ summary, runbook_url: `${RUNBOOKS}/${name}.md` })
}

/** What Grafana reads at its start: `provisioning/alerting/`. */
export function alertProvisioning(): string {
  const { title, interval, rules } = new RuleGroupBuilder(GROUP).interval(60).rules(businessAlerts.map(rule)).build()
  const document = {
    apiVersion: 1,
    groups: [
      {
        orgId: 1,
        name: title,
        folder: FOLDER,
        interval: `${interval}s`,
        // A file leaves out what only the API has.
        rules: rules!.map(({ orgID: _org, folderUID: _folder, ruleGroup: _group, ...fields }) => fields),
      },
    ],
    contactPoints: [
      {
        orgId: 1,
        name: 'alertmanager',
        receivers: [
          {
            uid: 'shelfline-alertmanager',
            type: 'prometheus-alertmanager',
            settings: { url: 'http://alertmanager:9093' },
          },
        ],
      },
    ],
    policies: [{ orgId: 1, receiver: 'alertmanager', group_by: ['alertname'] }],
  }
  return `# Made by \`npm run docs\` from docker/grafana/source/alert-rules.ts.\n${stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })}`
}
