import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import { deliver, type Message, type Route } from '../activities/notifications/channels.ts'
import { type Notice, plainText, subjectOf } from '../activities/notifications/message.ts'
import { createMailer } from '../platform/http/mail.ts'
import type { Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { parseChoice, parseCount } from './arguments.ts'
import { withPool } from './batch.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

const channels = ['email', 'teams', 'slack', 'webhook'] as const
const kinds = ['alert', 'approval', 'summary'] as const
const severities = ['info', 'warning', 'critical'] as const
const statuses = ['waiting', 'sent', 'dead'] as const

interface RouteFlags {
  channel: (typeof channels)[number]
  to: string
  secret?: string
  role: string
  store?: string[]
  kinds: string
  severity: (typeof severities)[number]
  immediate: (typeof severities)[number]
  quiet?: string
  digestAt: string
  timeZone?: string
  json?: boolean
}

/** A route as it is stored. */
export interface RouteSettings {
  route: string
  channel: (typeof channels)[number]
  address: string
  secret: string | null
  role: string
  stores: string[] | null
  kinds: string[]
  minimumSeverity: string
  immediateFrom: string
  quietFrom: string | null
  quietUntil: string | null
  digestAt: string
  timeZone: string
  changedBy: string
}

interface ListedNotification {
  notificationId: string
  route: string
  status: (typeof statuses)[number]
  attempts: number
  createdAt: Date
  nextAttemptAt: Date
  lastError: string | null
  notice: Notice
}

export function register(program: Command): void {
  const notify = program.command('notify').description('who hears of alerts, approvals and the day, and what was sent')
  registerRoutes(notify)
  notify
    .command('list')
    .description('messages, the newest first')
    .addOption(new Option('--status <status>', 'only these').choices(statuses))
    .option('--route <route>', 'only by this route')
    .option('--limit <messages>', 'at most so many', '30')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify list --status dead')
    .action(list)
  notify
    .command('show <message>')
    .description('what a message says, as plain text')
    .option('--json', 'print the message as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify show 5f0c')
    .action(show)
  notify
    .command('retry <messages...>')
    .description('send dead messages again, under the same ids')
    .option('--json', 'print their ids as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify retry 5f0c 77aa')
    .action(retry)
}

function registerRoutes(notify: Command): void {
  notify
    .command('routes')
    .description('who hears of what')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify routes')
    .action(({ json }: { json?: boolean }) => showRoutes(json))
  notify
    .command('set <route>')
    .description('make or change a route; what is left out takes its default')
    .addOption(new Option('--channel <channel>', 'how').choices(channels).makeOptionMandatory())
    .requiredOption('--to <address>', 'e-mail address, or the URL to post to')
    .option('--secret <secret>', 'for a webhook: what it is signed with (whsec_… of Standard Webhooks)')
    .requiredOption(
      '--role <role>',
      'what the receiver is there for: which alerts concern him, which orders he approves',
    )
    .option('--store <stores...>', 'only of these stores and warehouses; left out: of all')
    .option('--kinds <kinds>', `some of ${kinds.join(', ')}`, 'alert')
    .addOption(new Option('--severity <severity>', 'alerts from it on').choices(severities).default('warning'))
    .addOption(
      new Option('--immediate <severity>', 'at once from it on, below it in the digest')
        .choices(severities)
        .default('critical'),
    )
    .option('--quiet <from-until>', 'times of day in which only what is critical is told, e.g. 22:00-07:00')
    .option('--digest-at <time>', 'time of day of digest and summary', '07:30')
    .option('--time-zone <zone>', 'IANA zone of these times; default: the setting')
    .option('--json', 'print the routes as JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline notify set maria --channel email --to maria@example.org --role store_manager --store 367 --kinds alert,summary --quiet 21:00-06:30' +
        '\n  shelfline notify set buying --channel slack --to https://hooks.slack.com/services/… --role buyer --kinds alert,approval',
    )
    .action(setRoute)
  notify
    .command('remove <route>')
    .description('remove a route, and the messages that wait for it')
    .option('--json', 'print what was removed as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify remove maria')
    .action(removeRoute)
  notify
    .command('test <route>')
    .description('send a message by a route now, and say what became of it')
    .option('--json', 'print the message and its status as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify test maria')
    .action(test)
}

async function setRoute(route: string, flags: RouteFlags): Promise<void> {
  const settings = loadSettings()
  const wanted = routeOf(route, flags, settings)
  await withPool(settings, async (pool) => {
    await refuseUnknownRole(pool, flags.role)
    await storeRoute(pool, wanted)
  })
  await showRoutes(flags.json)
}

/** @throws UsageError naming the option that can't be, and what was wanted */
export function routeOf(route: string, flags: RouteFlags, { timeZone }: Pick<Settings, 'timeZone'>): RouteSettings {
  const zone = flags.timeZone ?? timeZone
  if (!isTimeZone(zone)) throw new UsageError(`--time-zone ${zone} is no IANA zone, such as Europe/London`)
  const [quietFrom, quietUntil] = parseQuiet(flags.quiet)
  const wanted = flags.kinds.split(',').map((kind) => parseChoice('--kinds', kind.trim(), kinds))
  if (wanted.includes('summary') && flags.store === undefined) throw new UsageError('--kinds summary needs --store')
  assertAddress(flags)
  return {
    route,
    channel: flags.channel,
    address: flags.to,
    secret: flags.secret ?? null,
    role: flags.role,
    stores: flags.store ?? null,
    kinds: [...new Set(wanted)],
    minimumSeverity: flags.severity,
    immediateFrom: flags.immediate,
    quietFrom,
    quietUntil,
    digestAt: parseTime('--digest-at', flags.digestAt),
    timeZone: zone,
    changedBy: userInfo().username,
  }
}

function assertAddress({ channel, to, secret }: RouteFlags): void {
  if (channel === 'email') {
    if (!/^[^\s@<>]+@[^\s@<>]+$/.test(to)) throw new UsageError(`--to ${to} is no e-mail address`)
  } else if (!URL.canParse(to) || !['http:', 'https:'].includes(new URL(to).protocol)) {
    throw new UsageError(`--to is no URL that begins with https:// or http://, which ${channel} needs`)
  }
  if ((channel === 'webhook') !== (secret !== undefined)) {
    throw new UsageError(
      channel === 'webhook' ? 'a webhook needs --secret' : `--secret is for webhooks, not ${channel}`,
    )
  }
  if (secret !== undefined && !/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/.test(secret)) {
    throw new UsageError('--secret is not whsec_ and at least 24 bytes in base64')
  }
}

function parseQuiet(quiet: string | undefined): [string, string] | [null, null] {
  if (quiet === undefined) return [null, null]
  const [from, until, ...rest] = quiet.split('-')
  if (from === undefined || until === undefined || rest.length > 0 || from === until) {
    throw new UsageError(`--quiet ${quiet} is not two times of day, such as 22:00-07:00`)
  }
  return [parseTime('--quiet', from), parseTime('--quiet', until)]
}

function parseTime(flag: string, value: string): string {
  if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(value)) throw new UsageError(`${flag} ${value} is not a time of day (HH:MM)`)
  return value
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** @throws UsageError when no alert and no approval concerns the role, naming those that there are */
export async function refuseUnknownRole(pool: Pool, role: string): Promise<void> {
  const { rows } = await pool.query<{ role: string }>(
    'select role from ref.alert_audience union select role from ref.approval_tier where role is not null order by role',
  )
  parseChoice(
    '--role',
    role,
    rows.map((row) => row.role),
  )
}

export async function storeRoute(pool: Pool, route: RouteSettings): Promise<void> {
  await pool.query(statement('notifications/set_route.sql'), [
    ...[route.route, route.channel, route.address, route.secret, route.role, route.stores, route.kinds],
    ...[route.minimumSeverity, route.immediateFrom, route.quietFrom, route.quietUntil, route.digestAt, route.timeZone],
    route.changedBy,
  ])
}

async function readRoutes(pool: Pool, route?: string): Promise<RouteSettings[]> {
  return (await pool.query<RouteSettings>(statement('notifications/read_routes.sql'), [route ?? null])).rows
}

/** @throws UsageError when there is no such route */
async function readRoute(pool: Pool, name: string): Promise<RouteSettings> {
  const [route] = await readRoutes(pool, name)
  if (route === undefined) throw new UsageError(`route ${name} is unknown; \`shelfline notify routes\` shows them`)
  return route
}

async function showRoutes(json: boolean | undefined): Promise<void> {
  const routes = (await withPool(loadSettings(), (pool) => readRoutes(pool))).map(withoutSecrets)
  if (json) return printJson({ routes })
  if (routes.length === 0) return print('nobody hears of anything yet; `shelfline notify set --help`')
  printTable(
    ['route', 'by', 'to', 'role', 'stores', 'hears of', 'at once', 'quiet', 'digest'],
    routes.map((route) => [
      ...[
        route.route,
        route.channel,
        route.address,
        route.role,
        route.stores?.join(', ') ?? 'all',
        route.kinds.join(', '),
      ],
      ...[`from ${route.immediateFrom}`, route.quietFrom && `${route.quietFrom}–${route.quietUntil}`],
      `${route.digestAt} ${route.timeZone}`,
    ]),
  )
}

/** A Slack or Teams URL lets whoever has it post. */
function withoutSecrets({ secret, ...route }: RouteSettings): Omit<RouteSettings, 'secret'> {
  return route.channel === 'email' ? route : { ...route, address: `${new URL(route.address).origin}/…` }
}

async function removeRoute(name: string, { json }: { json?: boolean }): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    await readRoute(pool, name)
    await pool.query('delete from ref.notification_route where route_id = $1', [name])
  })
  if (json) return printJson({ removed: name })
  print(`route ${name} removed`)
}

async function test(name: string, { json }: { json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const notice: Notice = { kind: 'test', content: { by: userInfo().username } }
  const notificationId = await withPool(settings, async (pool) => {
    const stored = await readRoute(pool, name)
    const route: Route = { ...stored, routeId: stored.route }
    const { rows } = await pool.query<Omit<Message, keyof Notice>>(statement('notifications/record_test.sql'), [
      ...[name, notice.content],
    ])
    const delivery = await deliver(createMailer(settings), route, { ...notice, ...rows[0]! })
    const [status, error] = delivery.kind === 'accepted' ? ['sent', null] : ['dead', delivery.reason]
    await pool.query(statement('notifications/settle.sql'), [rows[0]!.notificationId, status, error, 0])
    if (delivery.kind !== 'accepted') throw new Error(`notify test ${name}: ${delivery.reason}`)
    return rows[0]!.notificationId
  })
  if (json) return printJson({ route: name, notificationId, status: 'sent' })
  print(`${name}: accepted`)
}

async function list({
  status,
  route,
  limit,
  json,
}: {
  status?: string
  route?: string
  limit: string
  json?: boolean
}) {
  const most = parseCount('--limit', limit, 1, 1_000)
  const messages = await withPool(loadSettings(), (pool) => listNotifications(pool, { status, route }, most))
  if (json) return printJson({ messages })
  if (messages.length === 0) return print('no message matches')
  printTable(
    ['message', 'route', 'what', 'status', 'tries', 'made (UTC)', 'next try (UTC)', 'error'],
    messages.map((message) => [
      ...[
        message.notificationId.slice(0, 8),
        message.route,
        subjectOf(message.notice),
        message.status,
        message.attempts,
      ],
      ...[
        minute(message.createdAt),
        message.status === 'waiting' ? minute(message.nextAttemptAt) : '',
        message.lastError,
      ],
    ]),
  )
}

const minute = (instant: Date): string => instant.toISOString().slice(0, 16).replace('T', ' ')

export async function listNotifications(
  pool: Pool,
  { status, route }: { status?: string | undefined; route?: string | undefined },
  limit: number,
): Promise<ListedNotification[]> {
  const values = [status ?? null, route ?? null, null, limit]
  return (await pool.query<ListedNotification>(statement('notifications/list.sql'), values)).rows
}

/** @throws UsageError when none or more than one message begins so */
async function findNotification(pool: Pool, beginning: string): Promise<ListedNotification> {
  if (!/^[0-9a-f-]{4,36}$/.test(beginning)) {
    throw new UsageError(`${beginning} is no message: give at least four characters of what \`notify list\` shows`)
  }
  const values = [null, null, beginning, 2]
  const { rows } = await pool.query<ListedNotification>(statement('notifications/list.sql'), values)
  if (rows.length === 1) return rows[0]!
  throw new UsageError(
    rows.length === 0 ? `message ${beginning} is unknown` : `more than one message begins with ${beginning}`,
  )
}

async function show(beginning: string, { json }: { json?: boolean }): Promise<void> {
  const message = await withPool(loadSettings(), (pool) => findNotification(pool, beginning))
  const { notice } = message
  if (json) return printJson({ ...message, subject: subjectOf(notice), text: plainText(notice) })
  print(`${subjectOf(notice)}\n\n${plainText(notice)}`)
}

async function retry(beginnings: string[], { json }: { json?: boolean }): Promise<void> {
  const ids = await withPool(loadSettings(), (pool) => retryNotifications(pool, beginnings))
  if (json) return printJson({ retried: ids })
  print(`${ids.length} will be sent within a minute`)
}

/**
 * Lets dead messages be sent again.
 *
 * @returns their ids
 * @throws UsageError when one is unknown or not dead; then nothing was done
 */
export async function retryNotifications(pool: Pool, beginnings: readonly string[]): Promise<string[]> {
  const messages = []
  for (const beginning of beginnings) messages.push(await findNotification(pool, beginning))
  const alive = messages.filter(({ status }) => status !== 'dead')
  if (alive.length > 0) {
    const named = alive.map(({ notificationId, status }) => `${notificationId.slice(0, 8)} is ${status}`).join(', ')
    throw new UsageError(`notify retry: ${named}; only dead messages can be sent again, nothing was done`)
  }
  const ids = messages.map(({ notificationId }) => notificationId)
  const revive = `update ops.notification set status = 'waiting', attempts = 0, next_attempt_at = now()
    where notification_id = any ($1) and status = 'dead'`
  await pool.query(revive, [ids])
  return ids
}
