import { readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { type Command, Option } from 'commander'
import { topicNames } from '../contracts/topics.ts'
import { ownAddress } from '../platform/http/certificate.ts'
import { trustOwnServers } from '../platform/http/trusted-authorities.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { reconcileTills } from '../services/sources/reconciliation.ts'
import { sendAsSource } from '../services/sources/sending.ts'
import {
  type AddedSource,
  addSource,
  type EventSource,
  listSources,
  removeSource,
  rotateSecret,
  type SourceChange,
  setSource,
  showSource,
  signatureSchemes,
} from '../services/sources/sources.ts'
import { actor } from './acting.ts'
import { parseCount, parseDateRange, readSecretFile } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { counted, minute, print, printJson, printTable, UsageError } from './output.ts'

interface SourceFlags {
  topic?: string
  map?: string | false
  scheme?: string
  header?: string
  url?: string
  tolerance?: string
  bodyBytes?: string
  bodyEvents?: string
  depth?: string
  rate?: string
  strict?: boolean
  mqtt?: string | false
  secretFile?: string
  json?: boolean
}

export function register(program: Command): void {
  const sources = program.command('sources').description('Register who may post events to the webhook receiver')
  withDefinition(
    sources
      .command('add <source>')
      .description('Register a source, and print the secret that its sender signs with')
      .option(
        '--secret-file <file>',
        'The file with what its sender signs with, where the sender gives it; default: a new one',
      ),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline sources add tills --topic pos_transactions' +
        '\n  shelfline sources add shop --map data/examples/shop.yaml --scheme shopify --secret-file shopify-secret.txt',
    )
    .action(add)
  withDefinition(sources.command('set <source>').description('Change a source; what is left out stays'))
    .option('--no-map', 'It sends events of the contract')
    .option('--no-mqtt', 'No other MQTT topics than ingest/v1/SOURCE')
    .option('--no-strict', 'Accept the other events of a body with a rejected one')
    .addHelpText('after', '\nExample:\n  shelfline sources set tills --rate 2000')
    .action(set)
  sources
    .command('list')
    .description('List sources')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline sources list')
    .action(list)
  sources
    .command('show <source>')
    .description('Show a source and its map, without its secrets')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline sources show tills')
    .action(show)
  sources
    .command('rotate <source>')
    .description('Give a source a new secret; the one before stays valid for some hours')
    .option('--secret-file <file>', 'The file with the new secret, where the sender gives it; default: a new one')
    .option('--keep-hours <hours>', 'How long the secret before stays valid; 0 ends it at once', '24')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline sources rotate tills --keep-hours 48')
    .action(rotate)
  sources
    .command('send <source> <file>')
    .description("Sign a file as the source's sender does, post it to the receiver, and print the answer")
    .option('--type <type>', "The body's content type; default: by the file's extension")
    .option('--to <url>', 'Address of the receiver; default: that of the settings')
    .option('--json', 'Print the answer as JSON')
    .addHelpText('after', '\nExample:\n  shelfline sources send shop data/examples/shop.jsonl')
    .action(send)
  sources
    .command('reconcile')
    .description('Compare what tills have reported as sold with what is loaded; exits with 1 if they differ')
    .requiredOption('--from <date>', 'First day')
    .requiredOption('--to <date>', 'Last day')
    .option('--all', 'Also tills whose days are equal')
    .option('--limit <count>', 'Rows at most', '1000')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline sources reconcile --from 2017-03-01 --to 2017-03-07')
    .action(reconcile)
  sources
    .command('remove <source>')
    .hook('preAction', identify)
    .description('Remove a source: its requests are refused; events that it has sent stay')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline sources remove tills')
    .action(remove)
}

function withDefinition(command: Command): Command {
  return command
    .addOption(new Option('--topic <topic>', 'The topic of its events; default: that of its map').choices(topicNames))
    .option('--map <file>', 'YAML file that maps its fields to those of the contract (docs/sources.md)')
    .addOption(new Option('--scheme <scheme>', 'How it signs; default: standard-webhooks').choices(signatureSchemes))
    .option('--header <name>', 'For hmac: the header with the signature')
    .option('--url <url>', 'For square: the notification URL, as it is configured there')
    .option('--tolerance <seconds>', 'How old a signature may be; default: 300')
    .option('--body-bytes <bytes>', 'Bytes of a body at most, unpacked; default: 1048576')
    .option('--body-events <events>', 'Events of a body at most; default: 10000')
    .option('--depth <levels>', 'Objects and arrays inside each other at most; default: 32')
    .option('--rate <events>', 'Events a second at most, on average; default: 10000')
    .option(
      '--mqtt <filter>',
      'MQTT topics of its events, beside ingest/v1/SOURCE, such as stores/+/scales/# (docs/mqtt.md)',
    )
    .option('--strict', 'Reject a body with a rejected event as a whole')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
}

function changeOf(flags: SourceFlags): SourceChange {
  const count = (flag: string, value: string | undefined) => (value === undefined ? undefined : parseCount(flag, value))
  return {
    topic: flags.topic,
    map: flags.map === false ? null : flags.map === undefined ? undefined : readFile(flags.map).toString(),
    scheme: flags.scheme,
    header: flags.header,
    url: flags.url,
    toleranceSeconds: count('--tolerance', flags.tolerance),
    bodyBytesMax: count('--body-bytes', flags.bodyBytes),
    bodyEventsMax: count('--body-events', flags.bodyEvents),
    depthMax: count('--depth', flags.depth),
    eventsPerSecond: count('--rate', flags.rate),
    isStrict: flags.strict,
    mqttFilter: flags.mqtt === false ? null : flags.mqtt,
  }
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (error) {
    throw new UsageError(`${path} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function add(source: string, { secretFile, json, ...flags }: SourceFlags): Promise<void> {
  const settings = loadSettings()
  const secret = secretFile === undefined ? undefined : readSecretFile(secretFile)
  const change = { ...changeOf(flags), secret }
  const added = await withPool(settings, (pool) => addSource({ pool, settings }, source, change, actor()))
  if (json) return printJson(added)
  printDetails(added)
  printSecret(added, secret !== undefined)
}

async function set(source: string, { json, ...flags }: SourceFlags): Promise<void> {
  const settings = loadSettings()
  const change = changeOf(flags)
  const changed = await withPool(settings, (pool) => setSource({ pool, settings }, source, change, actor()))
  if (json) return printJson(changed)
  printDetails(changed)
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const all = await withPool(loadSettings(), listSources)
  if (json) return printJson({ sources: all })
  if (all.length === 0) return print('There is no source yet; `shelfline sources add --help` shows how to register one')
  printTable(
    ['source', 'topic', 'map', 'signed by', 'events/s', 'events/body', 'bytes/body', 'changed (UTC)', 'by'],
    all.map((source) => [
      source.sourceId,
      source.topic,
      source.map === null ? 'none' : 'yes',
      source.scheme,
      source.eventsPerSecond,
      source.bodyEventsMax,
      source.bodyBytesMax,
      minute(source.updatedAt),
      source.changedBy,
    ]),
  )
}

async function show(source: string, { json }: { json?: boolean }): Promise<void> {
  const found = await withPool(loadSettings(), (pool) => showSource(pool, source))
  if (json) return printJson(found)
  printDetails(found)
  if (found.map !== null) print(`\n${found.map.trimEnd()}`)
}

async function rotate(
  source: string,
  { secretFile, keepHours, json }: { secretFile?: string; keepHours: string; json?: boolean },
): Promise<void> {
  const settings = loadSettings()
  const secret = secretFile === undefined ? undefined : readSecretFile(secretFile)
  const keptHours = parseCount('--keep-hours', keepHours, 0, 720)
  const rotated = await withPool(settings, (pool) =>
    rotateSecret({ pool, settings }, source, { secret, keptHours }, actor()),
  )
  if (json) return printJson(rotated)
  printSecret(rotated, secret !== undefined)
  const until = rotated.previousUntil
  print(
    until === null ? 'The secret before is no longer valid' : `The secret before is valid until ${minute(until)} UTC`,
  )
}

const contentTypes: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
  '.csv': 'text/csv',
}

async function send(
  source: string,
  file: string,
  { type, to, json }: { type?: string; to?: string; json?: boolean },
): Promise<void> {
  const contentType = type ?? contentTypes[extname(file).toLowerCase()]
  if (contentType === undefined) {
    throw new UsageError(`${file}: its extension does not define its content type: give --type`)
  }
  const settings = loadSettings()
  trustOwnServers(settings)
  const address = to ?? ownAddress(settings, settings.receiveHost, settings.receivePort)
  const sending = { address, contentType, body: readFile(file) }
  const { status, answer } = await withPool(settings, (pool) => sendAsSource({ pool, settings }, source, sending))
  if (status >= 400) process.exitCode = 1
  if (json) return printJson({ status, answer })
  const { accepted = 0, detail, errors = [] } = answer as ReceiverDocument
  print(
    detail === undefined ? `${status}: ${counted(accepted, 'event')} accepted, and in Kafka` : `${status}: ${detail}`,
  )
  if (errors.length > 0) {
    printTable(
      ['line', 'problem', 'error'],
      errors.map(({ line, problem, error }) => [line, problem, error]),
    )
  }
}

interface ReceiverDocument {
  accepted?: number
  detail?: string
  errors?: { line: number; problem: string; error: string }[]
}

interface ReconcileFlags {
  from: string
  to: string
  all?: boolean
  limit: string
  json?: boolean
}

async function reconcile({ from, to, all = false, limit, json }: ReconcileFlags): Promise<void> {
  const request = { ...parseDateRange(from, to), all, limit: parseCount('--limit', limit) }
  const days = await withPool(loadSettings(), (pool) => reconcileTills(pool, request))
  if (days.some(({ status }) => status === 'different')) process.exitCode = 1
  if (json) return printJson({ days })
  if (days.length === 0)
    return print(all ? 'No till has reported or sold on these days' : 'Every till is equal, or there is none')
  printTable(
    ['day', 'store', 'till', 'status', 'lines reported', 'loaded', 'paid reported', 'loaded'],
    days.map((day) => [
      day.saleDate,
      day.storeId,
      day.tillId,
      day.status,
      day.reportedLines,
      day.loadedLines,
      day.reportedAmount,
      day.loadedAmount,
    ]),
  )
}

async function remove(source: string, { json }: { json?: boolean }): Promise<void> {
  await withPool(loadSettings(), (pool) => removeSource(pool, source))
  if (json) return printJson({ removed: source })
  print(`${source} is removed: within seconds its requests are refused`)
}

function printDetails(source: EventSource): void {
  printTable(
    ['what', 'value'],
    [
      ['path', `/ingest/v1/${source.sourceId}`],
      ['topic', source.topic],
      ['map', source.map === null ? 'none: it sends events of the contract' : 'yes'],
      ['signed by', (source.header ?? source.url) ? `${source.scheme}, ${source.header ?? source.url}` : source.scheme],
      ['signature may be old', `${source.toleranceSeconds} s`],
      ['body at most', `${source.bodyBytesMax} bytes, ${source.bodyEventsMax} events, ${source.depthMax} levels`],
      ['events a second', source.eventsPerSecond],
      [
        'MQTT topics',
        [`ingest/v1/${source.sourceId}`, source.mqttFilter ?? ''].filter((text) => text !== '').join(', '),
      ],
      ['a rejected event', source.isStrict ? 'rejects the whole body' : 'is rejected alone'],
      ['secret before valid until', source.previousUntil === null ? '' : `${minute(source.previousUntil)} UTC`],
      ['changed', `${minute(source.updatedAt)} UTC by ${source.changedBy}`],
    ],
  )
}

function printSecret({ secret }: AddedSource, isGiven: boolean): void {
  if (!isGiven)
    print(`Its sender signs with ${secret}\nThe secret is shown only once; \`sources rotate\` makes another.`)
}
