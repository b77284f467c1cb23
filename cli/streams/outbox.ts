import { type Command, Option } from 'commander'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  chooseUnsent,
  discardMessages,
  readOutbox,
  retryMessages,
  showUnsent,
  type UnsentChoice,
  type UnsentMessage,
  unsentStatuses,
  type Waiting,
} from '../../services/streams/outbox.ts'
import { actor } from '../acting.ts'
import { parseCount } from '../arguments.ts'
import { withPool } from '../connections.ts'
import { identify } from '../identity.ts'
import { print, printJson, printTable } from '../output.ts'

interface ListFlags {
  topic?: string
  status: string
  limit: string
  cursor?: string
  json?: boolean
}

interface ActFlags {
  topic?: string
  all?: boolean
  dryRun?: boolean
  json?: boolean
}

export function register(program: Command): void {
  const outbox = program
    .command('outbox')
    .description('Messages that wait to be sent to Kafka, and messages that Kafka rejected')
  outbox
    .command('list', { isDefault: true })
    .description('Show the messages that wait for Kafka, by topic, and those that were set aside, the oldest first')
    .option('--topic <topic>', 'Only of this topic')
    .addOption(
      new Option('--status <status>', 'Only messages set aside with this status')
        .choices(unsentStatuses)
        .default('open'),
    )
    .option('--limit <messages>', 'Number of messages at most', '50')
    .option('--cursor <text>', 'Continue after a page: its `next` in JSON')
    .option('--json', 'Print the result as JSON')
    .addHelpText('after', '\nExample:\n  shelfline outbox list --topic purchase_orders')
    .action(list)
  outbox
    .command('show')
    .description('Show a message that was set aside, with its payload')
    .argument('<message>', 'Number of the message')
    .option('--json', 'Print the message as JSON')
    .addHelpText('after', '\nExample:\n  shelfline outbox show 12')
    .action((message: string, { json }: { json?: boolean }) => show(parseCount('message', message), json === true))
  acting(outbox.command('retry').description('Retry messages that were set aside'))
    .addHelpText('after', '\nExample:\n  shelfline outbox retry 12 13')
    .action(retry)
  acting(outbox.command('discard').description('Discard messages permanently; they stay readable for 30 days'))
    .requiredOption('--why <text>', 'Reason, kept with your name')
    .addHelpText('after', "\nExample:\n  shelfline outbox discard 12 --why 'the order was sent by mail'")
    .action(discard)
}

const acting = (command: Command): Command =>
  command
    .argument('[messages...]', 'Numbers of messages; default: those that the filters match')
    .option('--topic <topic>', 'Every open message of this topic')
    .hook('preAction', identify)
    .option('--all', 'Every open message')
    .option('--dry-run', 'Show what would be done, and do nothing')
    .option('--json', 'Print the result as JSON')

async function list({ topic, status, limit, cursor, json }: ListFlags): Promise<void> {
  const page = { limit: parseCount('--limit', limit), ...(cursor !== undefined && { cursor }) }
  const found = await withPool(loadSettings(), (pool) => readOutbox(pool, { topic, status }, page))
  if (json) return printJson(found)
  const { waiting, messages, total, next } = found
  const of = topic === undefined ? '' : ` of ${topic}`
  if (waiting.length === 0) print(`no message${of} waits for Kafka`)
  else printWaiting(waiting)
  print('')
  if (total === 0) return print(status === 'open' ? `no message${of} is set aside` : `no message${of} is ${status}`)
  printUnsent(messages)
  if (next !== null) print(`${messages.length} of ${total} shown; --limit shows more, --cursor ${next} the next ones`)
}

function printWaiting(waiting: readonly Waiting[]): void {
  printTable(
    ['waits for Kafka', 'topic', 'messages', 'oldest (UTC)', 'failed', 'next try (UTC)', 'error'],
    waiting.map(({ relay, topic, messages, since, attempts, nextAttemptAt, error }) => [
      relay,
      topic,
      messages,
      instant(since),
      attempts,
      nextAttemptAt && instant(nextAttemptAt),
      error && clip(error),
    ]),
  )
}

function printUnsent(messages: readonly UnsentMessage[]): void {
  printTable(
    ['set aside', 'from', 'topic', 'key', 'bytes', 'reason', 'tries', 'last (UTC)', 'error'],
    messages.map((message) => [
      message.id,
      message.letterId === null ? 'outbox' : `letter ${message.letterId}`,
      message.topic,
      message.key,
      message.bytes,
      message.reason,
      message.attempts,
      instant(message.lastFailedAt),
      clip(message.error),
    ]),
  )
}

const ERROR_SHOWN_MAX = 60
const clip = (text: string) => (text.length > ERROR_SHOWN_MAX ? `${text.slice(0, ERROR_SHOWN_MAX)}…` : text)
const instant = (at: Date): string => at.toISOString().slice(0, 19).replace('T', ' ')

async function show(id: number, json: boolean): Promise<void> {
  const found = await withPool(loadSettings(), (pool) => showUnsent(pool, id))
  if (json) return printJson(found)
  const { payload, ...message } = found
  for (const [name, value] of Object.entries(message)) {
    if (value !== null) print(`${name.padEnd(14)} ${value instanceof Date ? value.toISOString() : value}`)
  }
  print(payload === null ? `\n\`shelfline dlq show ${message.letterId}\` shows the letter` : `\n${payload}`)
}

async function retry(messages: string[], flags: ActFlags): Promise<void> {
  const choice = choiceOf(messages, flags)
  await withPool(loadSettings(), async (pool) => {
    if (flags.dryRun) return preview(await chooseUnsent(pool, choice), 'sent again', flags.json)
    const retried = await retryMessages(pool, choice)
    if (flags.json) return printJson(retried)
    print(
      `${retried.retrying} will be sent again; those that Kafka refuses are open again in \`shelfline outbox list\``,
    )
    if (retried.superseded > 0) print(`${retried.superseded} not sent: a newer record of the same key is`)
  })
}

async function discard(messages: string[], flags: ActFlags & { why: string }): Promise<void> {
  const choice = choiceOf(messages, flags)
  await withPool(loadSettings(), async (pool) => {
    if (flags.dryRun) return preview(await chooseUnsent(pool, choice), 'discarded', flags.json)
    const discarded = await discardMessages(pool, choice, { by: actor(), why: flags.why })
    if (flags.json) return printJson({ discarded })
    print(`${discarded} discarded; \`shelfline outbox list --status discarded\` still shows them`)
  })
}

function preview(ids: readonly number[], verb: string, json?: boolean): void {
  if (json) printJson({ dryRun: true, matching: ids.length, messages: ids })
  else print(`${ids.length} would be ${verb}; nothing was done`)
}

const choiceOf = (messages: string[], { topic, all }: ActFlags): UnsentChoice => ({
  messages: messages.map((message) => parseCount('message', message)),
  topic,
  all,
})
