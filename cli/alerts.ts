import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import type { Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { parseChoice, parseCount } from './arguments.ts'
import { withPool } from './batch.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

const severities = ['info', 'warning', 'critical'] as const
const statuses = ['open', 'acknowledged', 'snoozed', 'resolved'] as const

export type AlertStatus = (typeof statuses)[number]

export interface AlertFilter {
  store?: string | undefined
  type?: string | undefined
  severity?: (typeof severities)[number] | undefined
  statuses: readonly AlertStatus[]
}

export interface Alert {
  alert_id: number
  alert_type: string
  store_id: string
  product_id: string | null
  product: string | null
  severity: string
  /** Money, by the store's currency; null: not known. */
  impact: string | null
  currency: string | null
  message: string
  /** How many causes it stands for. */
  members: number
  status: AlertStatus
  status_by: string | null
  first_seen: Date
  last_seen: Date
  time_zone: string
}

export interface WholeAlert extends Alert {
  meaning: string
  store: string | null
  evidence: Record<string, unknown>
  recommended_quantity: string | null
  status_why: string | null
  snoozed_until: Date | null
  resolved_at: Date | null
  actions: { action: string; by: string; why: string; until: string | null; at: string }[]
}

interface ListFlags {
  store?: string
  type?: string
  severity?: string
  status?: string
  all?: boolean
  limit: string
  json?: boolean
}

interface ActFlags {
  why: string
  by?: string
  for?: string
  until?: string
  json?: boolean
}

interface TagFlags extends Omit<ActFlags, 'until'> {
  store?: string
  from: string
  until: string
}

export function register(program: Command): void {
  const alerts = program.command('alerts').description('what somebody in a store should look at')
  alerts
    .command('list')
    .description('open and acknowledged alerts, the worst and dearest first')
    .option('--store <store>', 'only of this store')
    .option('--type <type>', 'only of this rule, e.g. stock_out')
    .addOption(new Option('--severity <severity>', 'only so bad').choices(severities))
    .addOption(new Option('--status <status>', 'only with this status').choices(statuses))
    .option('--all', 'snoozed and resolved ones too')
    .option('--limit <alerts>', 'at most so many', '50')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline alerts list --store 367 --severity critical')
    .action(list)
  alerts
    .command('show <alert>')
    .description('one alert with its evidence and what was done about it')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline alerts show 12')
    .action(show)
  acting(alerts, 'ack', 'somebody takes care of it; it goes away when its cause does').action(
    (ids: string[], flags: ActFlags) => act(ids, 'acknowledged', flags, null),
  )
  acting(alerts, 'snooze', 'nobody wants to hear of it for a while')
    .option('--for <duration>', 'for so long: 30m, 4h, 2d')
    .option('--until <instant>', 'until then (2024-05-01T12:00:00Z)')
    .action((ids: string[], flags: ActFlags) => act(ids, 'snoozed', flags, parseUntil(flags)))
  acting(alerts, 'resolve', 'it is over; while its cause holds it comes back').action(
    (ids: string[], flags: ActFlags) => act(ids, 'resolved', flags, null),
  )
  registerTag(alerts)
}

const acting = (alerts: Command, verb: string, description: string): Command =>
  alerts
    .command(`${verb} <alerts...>`)
    .description(description)
    .requiredOption('--why <text>', 'why')
    .option('--by <name>', 'who; default: your login')
    .option('--json', 'print the alerts as JSON')
    .addHelpText(
      'after',
      `\nExample:\n  shelfline alerts ${verb} 12 13 --why "on its way"${verb === 'snooze' ? ' --for 4h' : ''}`,
    )

function registerTag(alerts: Command): void {
  alerts
    .command('tag')
    .description('mark a time that was not as usual, so that nothing is measured by it')
    .option('--store <store>', 'in this store; left out: in all of them')
    .requiredOption('--from <instant>', 'from then on (2024-05-01T12:00:00Z)')
    .requiredOption('--until <instant>', 'until then')
    .requiredOption('--why <text>', 'what happened')
    .option('--by <name>', 'who; default: your login')
    .option('--json', 'print the tag as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  shelfline alerts tag --store 367 --from 2024-05-01T08:00:00Z --until 2024-05-01T20:00:00Z --why "water damage"',
    )
    .action(tag)
}

async function list(flags: ListFlags): Promise<void> {
  const limit = parseCount('--limit', flags.limit)
  const filter: AlertFilter = {
    store: flags.store,
    type: flags.type,
    severity: flags.severity && parseChoice('--severity', flags.severity, severities),
    statuses: statusesOf(flags),
  } as AlertFilter
  const { alerts, total } = await withPool(loadSettings(), (pool) => listAlerts(pool, filter, limit))
  if (flags.json) return printJson({ alerts, total })
  if (total === 0) return print('no alert matches')
  printTable(
    ['alert', 'store', 'severity', 'what', 'costs', 'since', 'status'],
    alerts.map((alert) => [
      ...[String(alert.alert_id), alert.store_id, alert.severity, alert.message, money(alert)],
      ...[local(alert.first_seen, alert.time_zone), statusOf(alert)],
    ]),
  )
  if (total > alerts.length) print(`${alerts.length} of ${total} shown; --limit shows more`)
}

const statusesOf = ({ status, all }: ListFlags): readonly AlertStatus[] => {
  if (status !== undefined) return [parseChoice('--status', status, statuses)]
  return all ? statuses : ['open', 'acknowledged']
}

/**
 * Alerts that match, the worst and dearest first, and how many match in all.
 *
 * @throws UsageError when no rule has the type
 */
export async function listAlerts(
  pool: Pool,
  filter: AlertFilter,
  limit: number,
): Promise<{ alerts: Alert[]; total: number }> {
  if (filter.type !== undefined) await refuseUnknownType(pool, filter.type)
  const { rows } = await pool.query<Alert & { total: number }>(statement('alerts/actions/list_alerts.sql'), [
    ...[filter.store ?? null, filter.type ?? null, filter.severity ?? null, filter.statuses, limit],
  ])
  return { alerts: rows.map(({ total, ...alert }) => alert), total: rows[0]?.total ?? 0 }
}

async function refuseUnknownType(pool: Pool, type: string): Promise<void> {
  const { rows } = await pool.query<{ alert_type: string }>('select alert_type from ops.alert_rule order by position')
  const types = rows.map(({ alert_type }) => alert_type)
  parseChoice('--type', type, types)
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
  print('\nDone about it')
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

/** @throws UsageError when there is no such alert */
export async function readAlert(pool: Pool, alertId: number): Promise<WholeAlert> {
  const { rows } = await pool.query<WholeAlert>(statement('alerts/actions/read_alert.sql'), [alertId])
  if (rows.length === 0) throw new UsageError(`alert ${alertId} is unknown; \`shelfline alerts list --all\` shows them`)
  return rows[0]!
}

export interface AlertAction {
  status: Exclude<AlertStatus, 'open'>
  by: string
  why: string
  /** When a snoozed alert wakes up. */
  until: Date | null
}

/**
 * Acknowledges, snoozes or resolves alerts: all of them or none.
 *
 * @throws UsageError naming the alerts that are unknown or resolved already; then nothing was done
 */
export async function actOnAlerts(
  pool: Pool,
  alertIds: readonly number[],
  { status, by, why, until }: AlertAction,
): Promise<void> {
  const { rows } = await pool.query<{ alert_id: number; acted: boolean }>(
    statement('alerts/actions/act_on_alerts.sql'),
    [...[alertIds, status, by, why, until]],
  )
  const missed = rows.filter(({ acted }) => !acted).map(({ alert_id }) => alert_id)
  if (missed.length > 0) {
    throw new UsageError(`alerts: ${missed.join(', ')} unknown or resolved already; nothing was done`)
  }
}

async function act(
  ids: string[],
  status: AlertAction['status'],
  { why, by, json }: ActFlags,
  until: Date | null | string,
): Promise<void> {
  const alertIds = ids.map((id) => parseCount('alert', id))
  await withPool(loadSettings(), async (pool) => {
    const wakesUp = typeof until === 'string' ? await later(pool, until) : until
    await actOnAlerts(pool, alertIds, { status, by: by ?? userInfo().username, why, until: wakesUp })
    const acted = await Promise.all(alertIds.map((id) => readAlert(pool, id)))
    if (json) return printJson({ alerts: acted })
    for (const alert of acted) print(`${alert.alert_id} ${statusOf(alert)}: ${alert.message}`)
  })
}

const DURATION = /^([1-9]\d{0,4})([mhd])$/

/** An instant, or a duration as it was given: only the database knows what time it is for the business. */
function parseUntil({ for: duration, until }: ActFlags): Date | string {
  if ((duration === undefined) === (until === undefined)) throw new UsageError('alerts snooze: give --for or --until')
  if (until !== undefined) return parseInstant('--until', until)
  if (!DURATION.test(duration!)) throw new UsageError(`--for ${duration} is no duration: 30m, 4h or 2d`)
  return duration!
}

async function later(pool: Pool, duration: string): Promise<Date> {
  const [, count, unit] = DURATION.exec(duration)!
  const words = { m: 'minutes', h: 'hours', d: 'days' }[unit as 'm' | 'h' | 'd']
  const { rows } = await pool.query<{ at: Date }>('select ops.now() + $1::interval as at', [`${count} ${words}`])
  return rows[0]!.at
}

async function tag({ store, from, until, why, by, json }: TagFlags): Promise<void> {
  const range = [parseInstant('--from', from), parseInstant('--until', until)] as const
  if (range[0] >= range[1]) throw new UsageError(`--from ${from} is not before --until ${until}`)
  const values = [store ?? null, ...range, why, by ?? userInfo().username]
  const { rows } = await withPool(loadSettings(), (pool) =>
    pool.query<{ incident_id: number }>(statement('alerts/actions/tag_incident.sql'), values),
  )
  if (json) return printJson(rows[0])
  print(`incident ${rows[0]!.incident_id}: baselines leave it out from now on`)
}

const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

function parseInstant(flag: string, value: string): Date {
  const at = new Date(value)
  if (!INSTANT.test(value) || Number.isNaN(at.getTime())) {
    throw new UsageError(`${flag} ${value} is not an instant (2024-05-01T12:00:00Z)`)
  }
  return at
}

const money = ({ impact, currency }: Pick<Alert, 'impact' | 'currency'>): string =>
  impact === null
    ? ''
    : `${Number(impact).toLocaleString('en-GB', { minimumFractionDigits: 2 })} ${currency ?? ''}`.trim()

const statusOf = ({ status, status_by }: Pick<Alert, 'status' | 'status_by'>): string =>
  status_by === null ? status : `${status} by ${status_by}`

/** On the store's clock: `2017-03-01 18:05`. */
const local = (instant: Date, timeZone: string): string =>
  instant.toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
