import { type Command, Option } from 'commander'
import type { Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  type Alert,
  type AlertDecision,
  type AlertStatus,
  acknowledgeAlerts,
  alertStatuses,
  type ListedAlert,
  listAlerts,
  readAlert,
  recordIncident,
  resolveAlerts,
  type Severity,
  type Snooze,
  severities,
  snoozeAlerts,
} from '../services/alerts/alerts.ts'
import { actor } from './acting.ts'
import { parseCount } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

interface ListFlags {
  store?: string
  type?: string
  severity?: Severity
  status?: AlertStatus
  all?: boolean
  limit: string
  cursor?: string
  json?: boolean
}

interface ActFlags {
  why: string
  json?: boolean
}

interface SnoozeFlags extends ActFlags {
  for?: string
  until?: string
}

interface TagFlags extends ActFlags {
  store?: string
  from: string
  until: string
}

export function register(program: Command): void {
  const alerts = program.command('alerts').description('Show alerts and decide about them')
  alerts
    .command('list')
    .description('List open and acknowledged alerts, the most severe and costly first')
    .option('--store <store>', 'Only of this store')
    .option('--type <type>', 'Only of this rule, e.g. stock_out')
    .addOption(new Option('--severity <severity>', 'Only of this severity').choices(severities))
    .addOption(new Option('--status <status>', 'Only with this status').choices(alertStatuses))
    .option('--all', 'Also snoozed and resolved ones')
    .option('--limit <count>', 'Alerts at most', '50')
    .option('--cursor <cursor>', 'Continue after an earlier page: "next" of its JSON')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline alerts list --store 367 --severity critical')
    .action(list)
  alerts
    .command('show <alert>')
    .description('Show an alert with its evidence and what was done about it')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline alerts show 12')
    .action(show)
  acting(alerts, 'ack', 'Acknowledge alerts: a person takes care of them; they resolve when their cause ends').action(
    (ids: string[], flags: ActFlags) => act(ids, flags, acknowledgeAlerts),
  )
  acting(alerts, 'snooze', 'Hide alerts for a while')
    .option('--for <duration>', 'For this long: 30m, 4h, 2d')
    .option('--until <instant>', 'Until then (2024-05-01T12:00:00Z)')
    .action((ids: string[], flags: SnoozeFlags) => {
      const snooze = parseSnooze(flags)
      return act(ids, flags, (pool, alertIds, decision) => snoozeAlerts(pool, alertIds, decision, snooze))
    })
  acting(alerts, 'resolve', 'Resolve alerts; an alert whose cause persists opens again').action(
    (ids: string[], flags: ActFlags) => act(ids, flags, resolveAlerts),
  )
  registerTag(alerts)
}

const acting = (alerts: Command, verb: string, description: string): Command =>
  alerts
    .command(`${verb} <alerts...>`)
    .description(description)
    .requiredOption('--why <text>', 'Why')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      `\nExample:\n  shelfline alerts ${verb} 12 13 --why "on its way"${verb === 'snooze' ? ' --for 4h' : ''}`,
    )

function registerTag(alerts: Command): void {
  alerts
    .command('tag')
    .description('Record an unusual period, which baselines then exclude')
    .option('--store <store>', 'In this store; left out: in all of them')
    .requiredOption('--from <instant>', 'When it began (2024-05-01T12:00:00Z)')
    .requiredOption('--until <instant>', 'When it ended')
    .requiredOption('--why <text>', 'What happened')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline alerts tag --store 367 --from 2024-05-01T08:00:00Z --until 2024-05-01T20:00:00Z --why "water damage"',
    )
    .action(tag)
}

async function list({ status, all, limit, json, ...filter }: ListFlags): Promise<void> {
  const statuses = status === undefined ? (all ? alertStatuses : undefined) : [status]
  const asked = { ...filter, limit: parseCount('--limit', limit), ...(statuses && { statuses }) }
  const { items: alerts, total, next } = await withPool(loadSettings(), (pool) => listAlerts(pool, asked))
  if (json) return printJson({ alerts, total, next })
  if (total === 0) return print(`No alerts match${all ? '' : '; --all shows snoozed and resolved ones too'}`)
  printTable(
    ['alert', 'store', 'severity', 'what', 'costs', 'since', 'status'],
    alerts.map((alert) => [
      String(alert.alert_id),
      alert.store_id,
      alert.severity,
      alert.message,
      money(alert),
      local(alert.first_seen, alert.time_zone),
      statusOf(alert),
    ]),
  )
  if (total > alerts.length) print(`${alerts.length} of ${total.toLocaleString('en-GB')} shown; --limit shows more`)
}

async function show(id: string, { json }: { json?: boolean }): Promise<void> {
  const alert = await withPool(loadSettings(), (pool) => readAlert(pool, parseCount('alert', id)))
  if (json) return printJson(alert)
  const at = (instant: Date) => `${local(instant, alert.time_zone)} ${alert.time_zone}`
  print(alert.message)
  print()
  const lines: [string, string | null][] = [
    ['what', alert.meaning],
    ['store', `${alert.store_id} ${alert.store ?? ''}`],
    ['product', alert.product_id && `${alert.product_id} ${alert.product ?? ''}`],
    ['severity', alert.severity],
    ['costs', money(alert) || 'not known'],
    ['bring', alert.recommended_quantity],
    ['first seen', at(alert.first_seen)],
    ['last seen', at(alert.last_seen)],
    ['status', `${statusOf(alert)}${alert.status_why === null ? '' : `: ${alert.status_why}`}`],
    ['until', alert.snoozed_until && at(alert.snoozed_until)],
    ['resolved', alert.resolved_at && at(alert.resolved_at)],
  ]
  for (const [name, value] of lines) if (value !== null) print(`${name.padEnd(12)} ${value.trim()}`)
  print('\nEvidence')
  for (const [name, value] of Object.entries(alert.evidence)) {
    if (value !== null) print(`  ${name.replaceAll('_', ' ').padEnd(24)} ${evidenceText(value, at)}`)
  }
  if (alert.actions.length === 0) return
  print('\nActions')
  for (const { action, by, why, until, at: acted } of alert.actions) {
    print(`  ${at(new Date(acted))} ${action} by ${by}${until === null ? '' : ` until ${at(new Date(until))}`}: ${why}`)
  }
}

/** Instants on the store's clock; of a list a line each, unless they are words. */
export function evidenceText(value: unknown, at: (instant: Date) => string): string {
  if (typeof value === 'string') return INSTANT.test(value) ? at(new Date(value)) : value
  if (Array.isArray(value)) {
    const isOfWords = value.every((each) => typeof each !== 'object')
    return value.map((each) => evidenceText(each, at)).join(isOfWords ? ', ' : `\n${' '.repeat(27)}`)
  }
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value)
    .map(([name, each]) => `${name.replaceAll('_', ' ')} ${evidenceText(each, at)}`)
    .join(', ')
}

type Decide = (pool: Pool, alertIds: readonly number[], decision: AlertDecision) => Promise<Alert[]>

async function act(ids: string[], { why, json }: ActFlags, decide: Decide): Promise<void> {
  const alertIds = ids.map((id) => parseCount('alert', id))
  const alerts = await withPool(loadSettings(), (pool) => decide(pool, alertIds, { why, by: actor() }))
  if (json) return printJson({ alerts })
  for (const alert of alerts) {
    const until = alert.snoozed_until === null ? '' : ` until ${local(alert.snoozed_until, alert.time_zone)}`
    print(`${alert.alert_id} ${statusOf(alert)}${until}: ${alert.message}`)
  }
}

const MINUTES = { m: 1, h: 60, d: 24 * 60 }

function parseSnooze({ for: duration, until }: SnoozeFlags): Snooze {
  if ((duration === undefined) === (until === undefined)) throw new UsageError('alerts snooze: give --for or --until')
  if (until !== undefined) return { until }
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(duration!) ?? []
  if (count === undefined) throw new UsageError(`--for ${duration} is not a duration: 30m, 4h or 2d`)
  return { minutes: Number(count) * MINUTES[unit as keyof typeof MINUTES] }
}

async function tag({ why, json, ...incident }: TagFlags): Promise<void> {
  const recorded = await withPool(loadSettings(), (pool) => recordIncident(pool, incident, { why, by: actor() }))
  if (json) return printJson(recorded)
  const { from, until, store = 'all stores' } = incident
  print(`Incident ${recorded.incident_id} recorded: baselines leave out ${from} to ${until} in ${store}`)
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

const money = ({ impact, currency }: Pick<ListedAlert, 'impact' | 'currency'>): string =>
  impact === null
    ? ''
    : `${Number(impact).toLocaleString('en-GB', { minimumFractionDigits: 2 })} ${currency ?? ''}`.trim()

const statusOf = ({ status, status_by }: Pick<ListedAlert, 'status' | 'status_by'>): string =>
  status_by === null ? status : `${status} by ${status_by}`

/** On the store's clock: `2017-03-01 18:05`. */
const local = (instant: Date, timeZone: string): string =>
  instant.toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
