import { userInfo } from 'node:os'
import { type Command, Option } from 'commander'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  discardUnsent,
  listUnsent,
  readUnsent,
  retryUnsent,
  type UnsentFilter,
  type UnsentMessage,
  type UnsentStatus,
  unsentStatuses,
  type Waiting,
  waitingMessages,
} from '../../streams/runtime/unsent.ts'
import { parseCount } from '../arguments.ts'
import { withPool } from '../connections.ts'
import { print, printJson, printTable, UsageError } from '../output.ts'

interface ListOptions {
  topic?: string
  status: UnsentStatus
  limit: string
  json?: boolean
}

interface ActOptions {
  topic?: string
  all?: boolean
  why?: string
  dryRun?: boolean
  json?: boolean
}

const MESSAGES_MAX = 100_000

export function register(program: Command): void {
  const outbox = program
    .command('outbox')
    .description('Messages on their way to Kafka, and those that Kafka does not take')
  outbox
    .command('list', { isDefault: true })
    .description('What waits for Kafka by topic, and what was set aside, the oldest first')
    .option('--topic <topic>', 'Only of this topic')
    .addOption(new Option('--status <status>', 'Set aside with this status').choices(unsentStatuses).default('open'))
    .option('--limit <messages>', 'At most so many that were set aside', '50')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline outbox list --topic purchase_orders')
    .action(list)
  outbox
    .command('show')
    .description('One message that was set aside, with what is to be sent')
    .argument('<message>', 'Its number')
    .option('--json', 'Print the message as JSON')
    .addHelpText('after', '\nExample:\n  shelfline outbox show 12')
    .action((message: string, { json }: { json?: boolean }) => show(parseCount('message', message), json === true))
  acting(outbox.command('retry').description('Send messages again that were set aside'))
    .addHelpText('after', '\nExample:\n  shelfline outbox retry 12 13')
    .action(retry)
  acting(outbox.command('discard').description('Give messages up for good; they stay readable for 30 days'))
    .requiredOption('--why <text>', 'Why they need not be sent')
    .addHelpText('after', "\nExample:\n  shelfline outbox discard 12 --why 'the order was sent by mail'")
    .action(discard)
}

const acting = (command: Command): Command =>
  command
    .argument('[messages...]', 'Their numbers; left out: what the filters say')
    .option('--topic <topic>', 'Every open message of this topic')
    .option('--all', 'Every open message')
    .option('--dry-run', 'Say what would be done and do nothing')
    .option('--json', 'Print as JSON')

async function list({ topic, status, limit, json }: ListOptions): Promise<void> {
  const count = parseCount('--limit', limit, 1, 10_000)
  const { waiting, messages, total } = await withPool(loadSettings(), async (pool) => ({
    waiting: (await waitingMessages(pool)).filter((one) => topic === undefined || one.topic === topic),
    ...(await listUnsent(pool, { topic, status }, count)),
  }))
  if (json) return printJson({ waiting, messages, total })
  if (waiting.length === 0) print('nothing waits for Kafka')
  else printWaiting(waiting)
  print('')
  if (total === 0) return print(status === 'open' ? 'no message is set aside' : `no message is ${status}`)
  printUnsent(messages)
  if (total > messages.length) print(`${messages.length} of ${total} shown; --limit shows more`)
}

function printWaiting(waiting: readonly Waiting[]): void {
  printTable(
    ['waits for Kafka', 'topic', 'messages', 'oldest (UTC)', 'failed', 'next try (UTC)', 'error'],
    waiting.map(({ relay, topic, messages, since, attempts, nextAttemptAt, error }) => [
      ...[relay, topic, messages, instant(since), attempts, nextAttemptAt && instant(nextAttemptAt)],
      error && clip(error),
    ]),
  )
}

function printUnsent(messages: readonly UnsentMessage[]): void {
  printTable(
    ['set aside', 'from', 'topic', 'key', 'bytes', 'reason', 'tries', 'first (UTC)', 'last (UTC)', 'error'],
    messages.map((message) => [
      ...[message.id, message.letterId === null ? 'outbox' : `letter ${message.letterId}`, message.topic, message.key],
      ...[message.bytes, message.reason, message.attempts, instant(message.firstFailedAt)],
      ...[instant(message.lastFailedAt), clip(message.error)],
    ]),
  )
}

const ERROR_SHOWN_MAX = 60
const clip = (text: string) => (text.length > ERROR_SHOWN_MAX ? `${text.slice(0, ERROR_SHOWN_MAX)}…` : text)
const instant = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ')

async function show(id: number, json: boolean): Promise<void> {
  const found = await withPool(loadSettings(), (pool) => readUnsent(pool, id))
  if (found === undefined) throw new UsageError(`message ${id} is unknown; \`shelfline outbox list\` shows them`)
  const { message, payload } = found
  if (json) return printJson({ ...message, payload })
  for (const [name, value] of Object.entries(message)) {
    if (value !== null) print(`${name.padEnd(14)} ${value instanceof Date ? value.toISOString() : value}`)
  }
  print(payload === null ? `\n\`shelfline dlq show ${message.letterId}\` shows the letter` : `\n${payload}`)
}

async function retry(messages: string[], options: ActOptions): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    const ids = await chosen(pool, messages, options)
    if (options.dryRun) return preview(ids, 'sent again', options.json)
    const retried = await retryUnsent(pool, ids)
    if (options.json) return printJson(retried)
    print(`${retried.retrying} will be sent again; what Kafka refuses again is open again in \`shelfline outbox list\``)
    if (retried.superseded > 0) print(`${retried.superseded} not sent: a newer record of the same key is`)
  })
}

async function discard(messages: string[], options: ActOptions): Promise<void> {
  const why = options.why!.trim()
  if (why === '') throw new UsageError('--why is empty; say why they need not be sent')
  await withPool(loadSettings(), async (pool) => {
    const ids = await chosen(pool, messages, options)
    if (options.dryRun) return preview(ids, 'discarded', options.json)
    const discarded = await discardUnsent(pool, ids, userInfo().username, why)
    if (options.json) return printJson({ discarded })
    print(`${discarded} discarded; \`shelfline outbox list --status discarded\` still shows them`)
  })
}

function preview(ids: readonly number[], verb: string, json?: boolean): void {
  if (json) printJson({ dryRun: true, matching: ids.length, messages: ids })
  else print(`${ids.length} would be ${verb}; nothing was done`)
}

/**
 * The open messages that are meant: doing something to every one of them has to be asked for.
 *
 * @throws UsageError when none is named, or one that is named is unknown or not open
 */
async function chosen(pool: Pool, messages: string[], { topic, all }: ActOptions): Promise<number[]> {
  const named = [...new Set(messages.map((message) => parseCount('message', message)))]
  if (named.length === 0 && topic === undefined && !all) {
    throw new UsageError('which messages? Give their numbers, --topic, or --all')
  }
  const filter: UnsentFilter = { topic, status: 'open', ...(named.length > 0 && { ids: named }) }
  const found = await listUnsent(pool, filter, MESSAGES_MAX)
  if (found.messages.length < named.length) {
    const missing = named.length - found.messages.length
    throw new UsageError(`${missing} of the ${named.length} messages named are unknown or not open; nothing was done`)
  }
  return found.messages.map(({ id }) => id)
}
