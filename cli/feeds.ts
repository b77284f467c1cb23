import { readFileSync } from 'node:fs'
import { type Command, Option } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  addFeed,
  type CountedFeed,
  type FeedChange,
  type FileOutcome,
  fileOutcomes,
  listFeeds,
  listFiles,
  removeFeed,
  setFeed,
  showFeed,
} from '../services/sources/feeds.ts'
import { actor } from './acting.ts'
import { parseCount } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { formatBytes, formatDuration, minute, print, printJson, printTable, UsageError } from './output.ts'

interface Flags {
  place?: string
  map?: string
  api?: string
  secretFile?: string
  maxRejects?: string
  maxBytes?: string
  json?: boolean
}

export function register(program: Command): void {
  const feeds = program
    .command('feeds')
    .description('Folders, prefixes of buckets and APIs whose files or answers become events')
  withLimits(
    feeds
      .command('add <feed> <place>')
      .description('Take the files of a folder or of s3://bucket/prefix in the object store, or the answers of an API')
      .requiredOption('--map <file>', 'YAML file that maps columns to fields (docs/sources.md)'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline feeds add tills files/tills --map data/examples/till.yaml --max-rejects 4' +
        '\n  shelfline feeds add prices s3://shelfline/files/prices --map data/examples/daily.yaml' +
        '\n  shelfline feeds add erp https://erp.example.com/api/products --map data/examples/api/products.yaml --api data/examples/api/erp.yaml --secret-file erp.secret',
    )
    .action(add)
  withLimits(
    feeds
      .command('set <feed>')
      .description('Change a feed; what is left out stays')
      .option('--place <place>', 'Another folder, s3://bucket/prefix, or address of an API')
      .option('--map <file>', 'Another YAML file'),
  )
    .addHelpText('after', '\nExample:\n  shelfline feeds set tills --max-rejects 10')
    .action(set)
  feeds
    .command('list')
    .description('List feeds, and how many of their files were sent or set aside')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline feeds list')
    .action(list)
  feeds
    .command('show <feed>')
    .description('Show a feed and its map')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline feeds show tills')
    .action(show)
  feeds
    .command('files <feed>')
    .description('List the files of a feed that were taken, the newest first')
    .addOption(new Option('--outcome <outcome>', 'Only with this outcome').choices([...fileOutcomes]))
    .option('--limit <count>', 'Files at most', '50')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline feeds files tills --outcome set_aside')
    .action(files)
  feeds
    .command('remove <feed>')
    .description('Take no more files of a place; they stay there, and what was sent stays')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline feeds remove tills')
    .action(remove)
}

const withLimits = (command: Command): Command =>
  command
    .option('--api <file>', 'YAML file that defines how an API is asked (docs/api-feeds.md)')
    .option('--secret-file <file>', 'File with what to sign in with at the API')
    .option('--max-rejects <rows>', 'Of a file with more rejected rows nothing is sent: it is set aside; default: 0')
    .option('--max-bytes <bytes>', 'A larger file is set aside; default: 10737418240')
    .hook('preAction', identify)
    .option('--json', 'Print JSON')

function changeOf({ place, map, api, secretFile, maxRejects, maxBytes }: Flags): FeedChange {
  const count = (flag: string, value: string | undefined) =>
    value === undefined ? undefined : parseCount(flag, value, 0, 2 ** 40)
  return {
    place,
    map: map === undefined ? undefined : readText(map),
    api: api === undefined ? undefined : readText(api),
    secret: secretFile === undefined ? undefined : readText(secretFile).trim(),
    rejectsMax: count('--max-rejects', maxRejects),
    bytesMax: count('--max-bytes', maxBytes),
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${path} can't be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function add(feed: string, place: string, { json, ...flags }: Flags): Promise<void> {
  const settings = loadSettings()
  const change = changeOf({ ...flags, place })
  const added = await withPool(settings, (pool) => addFeed({ pool, settings }, feed, change, actor()))
  if (json) return printJson(added)
  print(`${feed}: files of ${added.place} become ${added.topic}, as soon as a worker runs (\`shelfline worker files\`)`)
}

async function set(feed: string, { json, ...flags }: Flags): Promise<void> {
  const settings = loadSettings()
  const change = changeOf(flags)
  const changed = await withPool(settings, (pool) => setFeed({ pool, settings }, feed, change, actor()))
  if (json) return printJson(changed)
  print(`${feed} is changed: within seconds it counts`)
}

async function list({ json }: { json?: boolean }): Promise<void> {
  const feeds = await withPool(loadSettings(), listFeeds)
  if (json) return printJson({ feeds })
  if (feeds.length === 0) return print('There is no feed yet; `shelfline feeds add --help` shows how to add one')
  printTable(
    ['feed', 'place', 'topic', 'sent', 'set aside', 'being read or waiting', 'newest (UTC)'],
    feeds.map((feed) => [
      feed.feedId,
      feed.place,
      feed.topic,
      feed.filesSent,
      feed.filesSetAside,
      feed.filesTaking,
      minute(feed.newestAt),
    ]),
  )
}

async function show(feed: string, { json }: { json?: boolean }): Promise<void> {
  const found: CountedFeed = await withPool(loadSettings(), (pool) => showFeed(pool, feed))
  if (json) return printJson(found)
  printTable(
    ['what', 'value'],
    [
      ['place', found.place],
      ['topic', found.topic],
      ['files sent', found.filesSent],
      ['files set aside', found.filesSetAside],
      ['being read or waiting', found.filesTaking],
      ['rejected rows of a file at most', found.rejectsMax],
      ['size of a file at most', formatBytes(found.bytesMax)],
      ['changed', `${minute(found.updatedAt)} UTC by ${found.changedBy}`],
    ],
  )
  print(`\n${found.map.trimEnd()}`)
  if (found.api !== null) print(`\nAPI:\n${found.api.trimEnd()}`)
}

interface FilesFlags {
  outcome?: FileOutcome
  limit: string
  json?: boolean
}

async function files(feed: string, { outcome, limit, json }: FilesFlags): Promise<void> {
  const request = { outcome, limit: parseCount('--limit', limit) }
  const found = await withPool(loadSettings(), (pool) => listFiles(pool, feed, request))
  if (json) return printJson({ files: found })
  if (found.length === 0) return print('There is no such file yet')
  printTable(
    ['file', 'size', 'outcome', 'rows', 'sent', 'rejected', 'took', 'at (UTC)'],
    found.map((file) => [
      file.name,
      formatBytes(file.bytes),
      file.outcome.replace('_', ' '),
      file.rows,
      file.sent,
      file.rejected,
      file.milliseconds === null ? '' : formatDuration(file.milliseconds),
      minute(file.updatedAt),
    ]),
  )
  for (const { name, error } of found) if (error !== null) print(`${name}: ${error}`)
}

async function remove(feed: string, { json }: { json?: boolean }): Promise<void> {
  await withPool(loadSettings(), (pool) => removeFeed(pool, feed))
  if (json) return printJson({ removed: feed })
  print(`${feed} is removed: within seconds no more of its files are taken`)
}
