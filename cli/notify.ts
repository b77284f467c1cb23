import { type Command, Option } from 'commander'
import { createMailer } from '../platform/http/mail.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createVault } from '../platform/vault.ts'
import { type Severity, severities } from '../services/alerts/alerts.ts'
import {
  listMessages,
  type MessageStatus,
  messageStatuses,
  readMessage,
  retryMessages,
} from '../services/notifications/messages.ts'
import {
  type Channel,
  channels,
  listRoutes,
  type NotificationKind,
  notificationKinds,
  type Route,
  removeRoute,
  setRoute,
  testRoute,
} from '../services/notifications/routes.ts'
import { actor } from './acting.ts'
import { parseCount, readSecretFile } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { counted, minute, print, printJson, printTable } from './output.ts'

interface RouteFlags {
  channel: Channel
  address: string
  secretFile?: string
  role: string
  store?: string[]
  kinds: string
  minimumSeverity: Severity
  immediateFrom: Severity
  quietFrom?: string
  quietUntil?: string
  digestAt: string
  timeZone?: string
  json?: boolean
}

interface ListFlags {
  status?: MessageStatus
  route?: string
  limit: string
  cursor?: string
  json?: boolean
}

export function register(program: Command): void {
  const notify = program
    .command('notify')
    .description('Set who is notified of alerts, approvals, the day and the week; show what was sent')
  registerRoutes(notify)
  notify
    .command('list')
    .description('List messages, the newest first')
    .addOption(new Option('--status <status>', 'Only with this status').choices(messageStatuses))
    .option('--route <route>', 'Only by this route')
    .option('--limit <count>', 'Messages at most', '30')
    .option('--cursor <cursor>', 'Continue after an earlier page: "next" of its JSON')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify list --status dead')
    .action(list)
  notify
    .command('show <message>')
    .description('Show a message as plain text')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify show 5f0c')
    .action(show)
  notify
    .command('retry <messages...>')
    .description('Send dead messages again, under the same ids')
    .option('--json', 'Print their ids as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify retry 5f0c 77aa')
    .action(retry)
}

function registerRoutes(notify: Command): void {
  notify
    .command('routes')
    .description('List who is notified of what')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify routes')
    .action(routes)
  notify
    .command('set <route>')
    .description('Create or replace a route; options that are left out take their defaults')
    .addOption(new Option('--channel <channel>', 'How').choices(channels).makeOptionMandatory())
    .requiredOption('--address <address>', 'E-mail address, or the URL to post to')
    .option(
      '--secret-file <file>',
      'For a webhook: the file with the secret that signs it (whsec_… of Standard Webhooks)',
    )
    .requiredOption(
      '--role <role>',
      'What the receiver is responsible for: which alerts concern them, which orders they approve',
    )
    .option('--store <stores...>', 'Only of these stores and warehouses; left out: of all')
    .option('--kinds <kinds>', `Some of ${notificationKinds.join(', ')}`, 'alert')
    .addOption(
      new Option('--minimum-severity <severity>', 'Alerts from this severity').choices(severities).default('warning'),
    )
    .addOption(
      new Option('--immediate-from <severity>', 'At once from this severity, below it in the digest')
        .choices(severities)
        .default('critical'),
    )
    .option('--quiet-from <time>', 'Only critical alerts from this time of day, e.g. 22:00')
    .option('--quiet-until <time>', 'Only critical alerts until this time of day, e.g. 07:00')
    .option('--digest-at <time>', 'Time of day of digest, summary and review', '07:30')
    .option('--time-zone <zone>', 'IANA zone of these times; default: the setting')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline notify set maria --channel email --address maria@example.org --role store_manager --store 367 --kinds alert,summary --quiet-from 21:00 --quiet-until 06:30' +
        '\n  shelfline notify set buying --channel slack --address https://hooks.slack.com/services/… --role buyer --kinds alert,approval',
    )
    .action(set)
  notify
    .command('remove <route>')
    .description('Remove a route and all its messages, also those that were sent')
    .option('--dry-run', 'Print what would be removed, without a change')
    .option('--json', 'Print what was removed as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify remove maria')
    .action(remove)
  notify
    .command('test <route>')
    .description('Send a test message by a route now, and print whether it was accepted')
    .hook('preAction', identify)
    .option('--json', 'Print the message and its status as JSON')
    .addHelpText('after', '\nExample:\n  shelfline notify test maria')
    .action(test)
}

async function routes({ json }: { json?: boolean }): Promise<void> {
  showRoutes(await withPool(loadSettings(), (pool) => listRoutes({ pool, vault: createVault(loadSettings()) })), json)
}

async function set(route: string, { store, kinds, secretFile, json, ...flags }: RouteFlags): Promise<void> {
  const settings = loadSettings()
  const wanted = {
    ...flags,
    route,
    timeZone: flags.timeZone ?? settings.timeZone,
    kinds: kinds.split(',').map((kind) => kind.trim() as NotificationKind),
    ...(store && { stores: store }),
    ...(secretFile !== undefined && { secret: readSecretFile(secretFile) }),
  }
  const all = await withPool(settings, async (pool) => {
    const open = { pool, vault: createVault(settings) }
    await setRoute(open, wanted, actor())
    return listRoutes(open)
  })
  showRoutes(all, json)
}

function showRoutes(all: readonly Route[], json: boolean | undefined): void {
  if (json) {
    printJson({ routes: all })
    return
  }
  if (all.length === 0) {
    print('No one is notified yet; `shelfline notify set --help` shows how to make a route')
    return
  }
  printTable(
    ['route', 'by', 'to', 'role', 'stores', 'kinds', 'at once', 'quiet', 'digest'],
    all.map(({ route, channel, address, role, stores, kinds, immediateFrom, quietFrom, ...times }) => [
      route,
      channel,
      address,
      role,
      stores?.join(', ') ?? 'all',
      kinds.join(', '),
      `from ${immediateFrom}`,
      quietFrom && `${quietFrom}–${times.quietUntil}`,
      `${times.digestAt} ${times.timeZone}`,
    ]),
  )
}

async function remove(route: string, { dryRun = false, json }: { dryRun?: boolean; json?: boolean }): Promise<void> {
  const { messages } = await withPool(loadSettings(), (pool) => removeRoute(pool, route, { dryRun }))
  if (json) return printJson({ removed: route, messages, ...(dryRun && { dryRun }) })
  const what = `Route ${route} ${dryRun ? 'would be' : 'was'} removed with ${counted(messages, 'message')}`
  print(dryRun ? `${what}; nothing was changed` : what)
}

async function test(route: string, { json }: { json?: boolean }): Promise<void> {
  const settings = loadSettings()
  const mailer = createMailer(settings)
  const sent = await withPool(settings, (pool) =>
    testRoute({ pool, mailer, egress: settings, vault: createVault(settings) }, route, actor()),
  )
  if (json) return printJson(sent)
  print(`${route}: accepted`)
}

async function list({ limit, json, ...filter }: ListFlags): Promise<void> {
  const asked = { ...filter, limit: parseCount('--limit', limit) }
  const { items: messages, next } = await withPool(loadSettings(), (pool) => listMessages(pool, asked))
  if (json) return printJson({ messages, next })
  if (messages.length === 0) return print('No messages match; `shelfline notify routes` shows who is notified of what')
  printTable(
    ['message', 'route', 'what', 'status', 'attempts', 'created (UTC)', 'next retry (UTC)', 'error'],
    messages.map(({ notificationId, route, subject, status, attempts, createdAt, nextAttemptAt, lastError }) => [
      notificationId.slice(0, 8),
      route,
      subject,
      status,
      attempts,
      minute(createdAt),
      status === 'waiting' ? minute(nextAttemptAt) : '',
      lastError,
    ]),
  )
  if (next !== null) print('There are more: --limit shows them')
}

async function show(beginning: string, { json }: { json?: boolean }): Promise<void> {
  const message = await withPool(loadSettings(), (pool) => readMessage(pool, beginning))
  if (json) return printJson(message)
  print(`${message.subject}\n\n${message.text}`)
}

async function retry(beginnings: string[], { json }: { json?: boolean }): Promise<void> {
  const retried = await withPool(loadSettings(), (pool) => retryMessages(pool, beginnings))
  if (json) return printJson({ retried })
  print(`${counted(retried.length, 'message')} will be sent within a minute`)
}
