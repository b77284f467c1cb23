import { existsSync, readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { parseEvent } from '../../contracts/parse.ts'
import { topicNames } from '../../contracts/topics.ts'
import { createProducer } from '../../platform/kafka/kafka.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import {
  discardLetters,
  type Letter,
  type LetterFilter,
  type LetterStatus,
  letterStatuses,
  listLetters,
  readLetter,
  replayLetters,
  type WholeLetter,
} from '../../streams/runtime/letters.ts'
import { MessageReader } from '../../streams/runtime/message-reader.ts'
import { parseChoice, parseCount } from '../arguments.ts'
import { withKafka, withPool } from '../connections.ts'
import { print, printJson, printTable, startProgress, UsageError } from '../output.ts'

interface FilterOptions {
  topic?: string
  reason?: string
  since?: string
  until?: string
  limit: string
  json?: boolean
}

interface ReplayOptions extends FilterOptions {
  dryRun?: boolean
  rate: string
  payloadFile?: string
  all?: boolean
}

export function register(program: Command): void {
  const dlq = program.command('dlq').description('Dead letters: messages that could not be applied')
  filtered(dlq.command('list').description('The oldest dead letters first'), '50')
    .addOption(new Option('--status <status>', 'Only with this status').choices(letterStatuses).default('open'))
    .addHelpText('after', '\nExample:\n  shelfline dlq list --topic pos_transactions --since 2024-05-01')
    .action((options: FilterOptions & { status: LetterStatus }) => list(options))
  dlq
    .command('show')
    .description('One dead letter, with what was sent')
    .argument('<letter>', 'Its number')
    .option('--json', 'Print the letter as JSON')
    .addHelpText('after', '\nExample:\n  shelfline dlq show 12')
    .action((letter: string, { json }: { json?: boolean }) => show(parseCount('letter', letter), json === true))
  acting(dlq.command('replay').description('Send open letters to their topics again'))
    .option('--rate <letters>', 'Send at most so many a second', '500')
    .option(
      '--payload-file <file>',
      "Send this instead of the letter's payload (one letter only); it must keep the contract",
    )
    .addHelpText('after', '\nExample:\n  shelfline dlq replay 12 --payload-file fixed.json')
    .action((letters: string[], options: ReplayOptions) => replay(letters, options))
  acting(dlq.command('discard').description('Close open letters for good; they stay readable'))
    .addHelpText('after', '\nExample:\n  shelfline dlq discard --topic foot_traffic --reason future_event --dry-run')
    .action((letters: string[], options: ReplayOptions) => discard(letters, options))
}

const filtered = (command: Command, limit: string): Command =>
  command
    .option('--topic <topic>', 'Only of this topic')
    .option('--reason <reason>', 'Only with this reason')
    .option('--since <instant>', 'Only written from here on (2024-05-01 or 2024-05-01T12:00:00Z)')
    .option('--until <instant>', 'Only written before')
    .option('--limit <letters>', 'At most so many', limit)
    .option('--json', 'Print as JSON')

const acting = (command: Command): Command =>
  filtered(command.argument('[letters...]', 'Their numbers; left out: what the filters say'), '100000')
    .option('--all', 'Every open letter')
    .option('--dry-run', 'Say what would be done and do nothing')

async function list(options: FilterOptions & { status: LetterStatus }): Promise<void> {
  const filter = { ...parseFilter(options), status: options.status }
  const limit = parseCount('--limit', options.limit)
  const { letters, total } = await withPool(loadSettings(), (pool) => listLetters(pool, filter, limit))
  if (options.json) return printJson({ letters, total })
  if (total === 0) return print(`no ${options.status} dead letters match`)
  printLetters(letters)
  if (total > letters.length) print(`${letters.length} of ${total} shown; --limit shows more`)
}

function printLetters(letters: readonly Letter[]): void {
  printTable(
    ['letter', 'topic', 'position', 'reason', 'error', 'attempts', 'written'],
    letters.map(({ letterId, topic, partition, offset, reason, error, attempts, createdAt }) => [
      ...[
        letterId,
        topic,
        `${partition}/${offset}`,
        reason,
        printable(error.length > 60 ? `${error.slice(0, 60)}…` : error),
      ],
      ...[attempts, createdAt.toISOString().slice(0, 19).replace('T', ' ')],
    ]),
  )
}

async function show(letterId: number, json: boolean): Promise<void> {
  const letter = await withPool(loadSettings(), (pool) => readLetter(pool, letterId))
  if (letter === undefined) throw new UsageError(`letter ${letterId} is unknown; \`shelfline dlq list\` shows them`)
  if (json) return printJson(asText(letter))
  const { payload, key, headers, ...fields } = asText(letter)
  for (const [name, value] of Object.entries(fields)) print(`${name.padEnd(13)} ${printable(String(value))}`)
  print(`${'key'.padEnd(13)} ${printable(key ?? 'none')}`)
  print(`${'headers'.padEnd(13)} ${JSON.stringify(headers)}`)
  if (letter.isCut) print(`\n${cutNotice(letter)}`)
  print(`\n${printable(payload ?? '(empty)')}`)
}

/** Anybody can send a message: what it holds must not steer the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that do
const printable = (text: string): string => text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd')

/** What is missing below, and where it is. */
const cutNotice = ({ payload, payloadBytes, topic, readPartition, readOffset }: WholeLetter): string =>
  `the first ${payload?.length ?? 0} of ${payloadBytes ?? 0} bytes; the whole is in Kafka at ${topic}/${readPartition}@${readOffset}, for as long as Kafka keeps it, and \`dlq replay\` reads it there`

const asText = ({ payload, key, createdAt, updatedAt, knownAt, ...letter }: WholeLetter) => ({
  ...letter,
  knownAt: knownAt.toISOString(),
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
  key: key?.toString('utf8') ?? null,
  payload: payload?.toString('utf8') ?? null,
})

async function replay(letters: string[], options: ReplayOptions): Promise<void> {
  const filter = parseChosen(letters, options)
  const payload = readPayload(options.payloadFile, letters)
  const limit = parseCount('--limit', options.limit)
  const ratePerSecond = parseCount('--rate', options.rate, 1, 100_000)
  const settings = loadSettings()
  await withPool(settings, async (pool) => {
    const total = Math.min(await mustMatch(pool, filter), limit)
    if (payload !== undefined) await refuseBroken(pool, filter.letterIds![0]!, options.payloadFile!, payload)
    if (options.dryRun) return preview(pool, filter, limit, 'replayed', options.json)
    await withKafka(settings, async (kafka) => {
      const producer = createProducer(kafka)
      const reader = new MessageReader(kafka)
      await producer.connect()
      const progress = startProgress('dead letters', total)
      try {
        const { sent, refused } = await replayLetters(pool, producer, {
          ...{ filter, limit, ratePerSecond, payload },
          kafkaTopic: (topic) => topic,
          readMessage: (topic, partition, offset) => reader.read(topic, partition, offset),
          onSent: (done) => progress.update(done),
        })
        progress.finish()
        if (refused.length > 0) process.exitCode = 1
        if (options.json) return printJson({ replayed: sent, refused })
        print(`${sent} sent again; what fails again is open again in \`shelfline dlq list\``)
        for (const { why } of refused.slice(0, PREVIEW_LETTERS)) print(`not sent: ${why}`)
        if (refused.length > PREVIEW_LETTERS) print(`${refused.length} in all were not sent and are still open`)
      } finally {
        await Promise.all([producer.disconnect(), reader.disconnect()])
      }
    })
  })
}

async function discard(letters: string[], options: ReplayOptions): Promise<void> {
  const filter = parseChosen(letters, options)
  const limit = parseCount('--limit', options.limit)
  await withPool(loadSettings(), async (pool) => {
    await mustMatch(pool, filter)
    if (options.dryRun) return preview(pool, filter, limit, 'discarded', options.json)
    const discarded = await discardLetters(pool, filter, limit)
    if (options.json) return printJson({ discarded })
    print(`${discarded} discarded; \`shelfline dlq list --status discarded\` still shows them`)
  })
}

/** @throws UsageError when the payload breaks the contract of its letter's topic: it would come back as a letter */
async function refuseBroken(pool: Pool, letterId: number, file: string, payload: Buffer): Promise<void> {
  const { topic } = (await readLetter(pool, letterId))!
  const parsed = parseEvent(topic, payload, Date.now())
  if (parsed.ok) return
  throw new UsageError(
    `--payload-file ${file} breaks the contract of ${topic} (${parsed.problem}): ${parsed.error}; nothing was sent`,
  )
}

const PREVIEW_LETTERS = 20

async function preview(pool: Pool, filter: LetterFilter, limit: number, verb: string, json?: boolean): Promise<void> {
  const { letters, total } = await listLetters(pool, filter, Math.min(limit, PREVIEW_LETTERS))
  const count = Math.min(total, limit)
  if (json) return printJson({ dryRun: true, matching: count, letters })
  printLetters(letters)
  print(`${count} would be ${verb}; nothing was done`)
}

/** @throws UsageError when a letter that was named is not there or not open */
async function mustMatch(pool: Pool, filter: LetterFilter): Promise<number> {
  const { total } = await listLetters(pool, filter, 0)
  const named = filter.letterIds?.length ?? 0
  if (total < named) {
    throw new UsageError(`${named - total} of the ${named} letters named are unknown or not open; nothing was done`)
  }
  return total
}

/** Letters by number or by filter: doing something to every open letter has to be asked for. */
function parseChosen(letters: string[], options: ReplayOptions): LetterFilter {
  const letterIds = letters.map((letter) => parseCount('letter', letter))
  const filter = { ...parseFilter(options), status: 'open' as const }
  const isFiltered = [filter.topic, filter.reason, filter.since, filter.until].some((value) => value !== undefined)
  if (letterIds.length === 0 && !isFiltered && !options.all) {
    throw new UsageError('which letters? Give their numbers, a filter such as --topic, or --all')
  }
  return letterIds.length > 0 ? { ...filter, letterIds: [...new Set(letterIds)] } : filter
}

function parseFilter({ topic, reason, since, until }: FilterOptions): LetterFilter {
  const filter = {
    topic: topic && parseChoice('--topic', topic, topicNames),
    reason,
    since: parseInstant('--since', since),
    until: parseInstant('--until', until),
  }
  if (filter.since && filter.until && filter.since >= filter.until) {
    throw new UsageError(`--since ${since} is not before --until ${until}`)
  }
  return filter
}

const INSTANT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

function parseInstant(flag: string, value: string | undefined): Date | undefined {
  if (value === undefined) return undefined
  const instant = new Date(value)
  if (!INSTANT.test(value) || Number.isNaN(instant.getTime())) {
    throw new UsageError(`${flag} ${value} is not a day (2024-05-01) or an instant (2024-05-01T12:00:00Z)`)
  }
  return instant
}

function readPayload(file: string | undefined, letters: string[]): Buffer | undefined {
  if (file === undefined) return undefined
  if (letters.length !== 1) throw new UsageError(`--payload-file goes with one letter, not with ${letters.length}`)
  if (!existsSync(file)) throw new UsageError(`--payload-file ${file} is not there`)
  return readFileSync(file)
}
