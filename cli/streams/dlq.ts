import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { recordAction } from '../../platform/postgres/audit.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  type ChosenDeadLetters,
  checkReplay,
  chooseDeadLetters,
  type DeadLetterChoice,
  type DeadLetterFilter,
  discardDeadLetters,
  type Letter,
  letterStatuses,
  listDeadLetters,
  type Replayed,
  type ReplayRequest,
  replayThrough,
  showDeadLetter,
  type WholeLetter,
} from '../../services/streams/dead-letters.ts'
import { actor } from '../acting.ts'
import { parseCount } from '../arguments.ts'
import { withKafka, withPool } from '../connections.ts'
import { identify, identifyNow } from '../identity.ts'
import { print, printable, printJson, printTable, startProgress, UsageError } from '../output.ts'

interface FilterFlags extends DeadLetterFilter {
  limit: string
  json?: boolean
}

interface ActFlags extends FilterFlags {
  all?: boolean
  dryRun?: boolean
}

interface ReplayFlags extends ActFlags {
  rate: string
  payloadFile?: string
}

export function register(program: Command): void {
  const dlq = program.command('dlq').description('Dead letters: messages that could not be applied')
  filtered(dlq.command('list').description('List dead letters, the oldest first'), '50')
    .addOption(new Option('--status <status>', 'Only with this status').choices(letterStatuses).default('open'))
    .option('--cursor <text>', 'Continue after a page: its `next` in JSON')
    .addHelpText('after', '\nExample:\n  shelfline dlq list --topic pos_transactions --since 2024-05-01')
    .action(list)
  dlq
    .command('show')
    .hook('preAction', identify)
    .description('Show one dead letter with its payload')
    .argument('<letter>', 'Number of the letter')
    .option('--json', 'Print the letter as JSON')
    .addHelpText('after', '\nExample:\n  shelfline dlq show 12')
    .action((letter: string, { json }: { json?: boolean }) => show(parseCount('letter', letter), json === true))
  acting(dlq.command('replay').description('Send open letters to their topics again'))
    .option('--rate <letters>', 'Letters per second at most', '500')
    .option(
      '--payload-file <file>',
      'Send this payload instead, for one letter only; it must match the contract of its topic',
    )
    .addHelpText('after', '\nExample:\n  shelfline dlq replay 12 --payload-file fixed.json')
    .action(replay)
  acting(dlq.command('discard').description('Discard open letters permanently; they stay readable'))
    .hook('preAction', identify)
    .requiredOption('--why <text>', 'Reason, kept with your name')
    .addHelpText(
      'after',
      "\nExample:\n  shelfline dlq discard --topic foot_traffic --reason future_event --why 'a clock was wrong' --dry-run",
    )
    .action(discard)
}

const filtered = (command: Command, limit: string): Command =>
  command
    .option('--topic <topic>', 'Only of this topic')
    .option('--reason <reason>', 'Only with this reason, such as schema_violation')
    .option('--since <instant>', 'Only written from here on (2024-05-01 or 2024-05-01T12:00:00Z)')
    .option('--until <instant>', 'Only written before')
    .option('--limit <letters>', 'Number of letters at most', limit)
    .option('--json', 'Print the result as JSON')

const acting = (command: Command): Command =>
  filtered(command.argument('[letters...]', 'Numbers of letters; default: those that the filters match'), '100000')
    .option('--all', 'Every open letter')
    .option('--dry-run', 'Show what would be done, and do nothing')

async function list({
  limit,
  cursor,
  json,
  ...filter
}: FilterFlags & { status: string; cursor?: string }): Promise<void> {
  const page = { limit: parseCount('--limit', limit), ...(cursor !== undefined && { cursor }) }
  const found = await withPool(loadSettings(), (pool) => listDeadLetters(pool, filter, page))
  if (json) return printJson(found)
  const { letters, total, next } = found
  if (total === 0) return print(`no ${filter.status} dead letters match`)
  printLetters(letters)
  if (next !== null) print(`${letters.length} of ${total} shown; --limit shows more, --cursor ${next} the next ones`)
}

function printLetters(letters: readonly Letter[]): void {
  printTable(
    ['letter', 'topic', 'position', 'reason', 'error', 'attempts', 'written (UTC)'],
    letters.map(({ letterId, topic, partition, offset, reason, error, attempts, createdAt }) => [
      letterId,
      topic,
      `${partition}/${offset}`,
      reason,
      printable(clip(error)),
      attempts,
      createdAt.toISOString().slice(0, 19).replace('T', ' '),
    ]),
  )
}

const ERROR_SHOWN_MAX = 60
const clip = (text: string) => (text.length > ERROR_SHOWN_MAX ? `${text.slice(0, ERROR_SHOWN_MAX)}…` : text)

async function show(letterId: number, json: boolean): Promise<void> {
  const letter = await withPool(loadSettings(), async (pool) => {
    const found = await showDeadLetter(pool, letterId)
    await recordAction(pool, { action: 'read', object: 'dead letter', id: String(letterId) })
    return found
  })
  if (json) return printJson(asText(letter))
  const { payload, key, headers, ...fields } = asText(letter)
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null) print(`${name.padEnd(13)} ${printable(String(value))}`)
  }
  print(`${'key'.padEnd(13)} ${printable(key ?? 'none')}`)
  print(`${'headers'.padEnd(13)} ${printable(JSON.stringify(headers))}`)
  if (letter.isCut) print(`\n${cutNotice(letter)}`)
  print(`\n${printable(payload ?? '(empty)')}`)
}

/** What is missing below, and where it is. */
const cutNotice = ({ payload, payloadBytes, topic, readPartition, readOffset }: WholeLetter): string =>
  `the first ${payload?.length ?? 0} of ${payloadBytes ?? 0} bytes; Kafka has the whole at ${topic}/${readPartition}@${readOffset} until it is deleted there, and \`dlq replay\` reads it from there`

const asText = ({ payload, key, createdAt, updatedAt, knownAt, ...letter }: WholeLetter) => ({
  ...letter,
  knownAt: knownAt.toISOString(),
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
  key: key?.toString('utf8') ?? null,
  payload: payload?.toString('utf8') ?? null,
})

async function replay(letters: string[], { rate, payloadFile, ...flags }: ReplayFlags): Promise<void> {
  const request: ReplayRequest = {
    ...choiceOf(letters, flags),
    rate: parseCount('--rate', rate),
    payload: readPayload(payloadFile),
  }
  const settings = loadSettings()
  if (!flags.dryRun) await identifyNow()
  await withPool(settings, async (pool) => {
    const chosen = await checkReplay(pool, request)
    if (flags.dryRun) return preview(chosen, 'replayed', flags.json)
    const progress = startProgress('dead letters', chosen.matching)
    const replayed = await withKafka(settings, (kafka) =>
      replayThrough(kafka, pool, request, (sent) => progress.update(sent)),
    ).catch((error) => {
      progress.stop('failed')
      throw error
    })
    if (replayed.refused.length === 0) progress.finish()
    else progress.stop(`${replayed.refused.length} not sent`)
    printReplayed(replayed, flags.json)
  })
}

const REFUSED_SHOWN = 20

function printReplayed({ sent, refused }: Replayed, json: boolean | undefined): void {
  if (refused.length > 0) process.exitCode = 1
  if (json) {
    printJson({ replayed: sent, refused })
    return
  }
  print(`${sent} sent again; those that fail again are open again in \`shelfline dlq list\``)
  for (const { why } of refused.slice(0, REFUSED_SHOWN)) print(`not sent: ${why}`)
  if (refused.length > REFUSED_SHOWN) print(`${refused.length} in all were not sent and are still open`)
}

async function discard(letters: string[], flags: ActFlags & { why: string }): Promise<void> {
  const choice = choiceOf(letters, flags)
  await withPool(loadSettings(), async (pool) => {
    if (flags.dryRun) return preview(await chooseDeadLetters(pool, choice), 'discarded', flags.json)
    const discarded = await discardDeadLetters(pool, choice, { by: actor(), why: flags.why })
    if (flags.json) return printJson({ discarded })
    print(`${discarded} discarded; \`shelfline dlq list --status discarded\` still shows them`)
  })
}

function preview({ matching, letters }: ChosenDeadLetters, verb: string, json?: boolean): void {
  if (json) {
    printJson({ dryRun: true, matching, letters })
    return
  }
  printLetters(letters)
  print(`${matching} would be ${verb}; nothing was done`)
}

const choiceOf = (letters: string[], { topic, reason, since, until, limit, all }: ActFlags): DeadLetterChoice => ({
  letters: letters.map((letter) => parseCount('letter', letter)),
  topic,
  reason,
  since,
  until,
  all,
  limit: parseCount('--limit', limit),
})

function readPayload(file: string | undefined): Buffer | undefined {
  if (file === undefined) return undefined
  try {
    return readFileSync(file)
  } catch (error) {
    throw new UsageError(`--payload-file ${file} can't be read (${(error as NodeJS.ErrnoException).code}): name a file`)
  }
}
