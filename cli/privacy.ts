/** Personal data: erasing a customer, exporting what is kept of them, and proofs of it. */
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { createVault } from '../platform/vault.ts'
import type { SearchedChanges } from '../services/privacy/change-topics.ts'
import type { Erasure, ErasureDependencies, ErasureProgress } from '../services/privacy/erasure.ts'
import { person } from './acting.ts'
import { parseCount } from './arguments.ts'
import { withLake, withPool, withTopicLogs } from './connections.ts'
import { identify } from './identity.ts'
import { minute, print, printJson, printTable } from './output.ts'

interface Flags {
  json?: boolean
}

const DELETE_CHANGES = [
  '--delete-changes',
  'Also delete captured changes that have the customer in Kafka, with all that came before them in their topic',
] as const

interface ErasingFlags extends Flags {
  deleteChanges?: boolean
}

export function register(program: Command): void {
  const privacy = program
    .command('privacy')
    .description('Personal data: erase a customer, or export what is kept of them')
  privacy
    .command('erase <customer>')
    .hook('preAction', identify)
    .description('Erase a customer: destroy their key, write what is kept without them, and search for them')
    .requiredOption('--why <text>', 'Reason, kept with your name; without the customer')
    .option(...DELETE_CHANGES)
    .option('--json', 'Print as JSON')
    .addHelpText('after', "\nExample:\n  shelfline privacy erase 4711-0815 --why 'asked by letter of 3 November'")
    .action(erase)
  privacy
    .command('finish <erasure>')
    .hook('preAction', identify)
    .description('Continue an erasure that waited for streams')
    .option(...DELETE_CHANGES)
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline privacy finish 1')
    .action(finish)
  privacy
    .command('convert')
    .hook('preAction', identify)
    .description('Give customers of rows from before there were pseudonyms those that their new events have')
    .option('--json', 'Print as JSON')
    .addHelpText(
      'after',
      `
Once, after an upgrade from a version without pseudonyms; it continues where it was stopped. The schedule \`privacy\` does
the same at night. Until then reports show such a customer as two, and no one sees their id.

Example:
  shelfline privacy convert`,
    )
    .action(convert)
  privacy
    .command('list')
    .description('List erasures, the newest first: what was changed, what was searched')
    .option('--limit <count>', 'Erasures at most', '50')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline privacy list')
    .action(list)
  privacy
    .command('allow <login>')
    .hook('preAction', identify)
    .description('Let a login of reports see customers by the pseudonym that Shelfline itself uses')
    .requiredOption('--why <text>', 'Reason, kept with your name')
    .addHelpText('after', "\nExample:\n  shelfline privacy allow maria --why 'answers requests of customers'")
    .action(allow)
  privacy
    .command('disallow <login>')
    .hook('preAction', identify)
    .description('Show a login customers under the pseudonyms of reports again')
    .addHelpText('after', '\nExample:\n  shelfline privacy disallow maria')
    .action(disallow)
  privacy
    .command('export <customer>')
    .hook('preAction', identify)
    .description('Print every row of a customer as lines of JSON')
    .requiredOption('--why <text>', 'Reason, kept with your name; without the customer')
    .addHelpText('after', "\nExample:\n  shelfline privacy export 4711-0815 --why 'asked by letter' > rows.jsonl")
    .action(exportRows)
}

/** The user that may delete raw events is that of `lake vacuum`. */
async function withErasing<Result>(work: (dependencies: ErasureDependencies) => Promise<Result>): Promise<Result> {
  const settings = loadSettings()
  const { withConnection } = await import('../platform/duckdb/duckdb.ts')
  return withTopicLogs(settings, (pool, topicLogs, kafka) =>
    withLake(loadSettings(process.env, 'vacuum'), ({ lake, duckdb, objectStore }) =>
      withConnection(duckdb, (connection) =>
        work({
          pool,
          kafka,
          topicLogs,
          settings,
          lake,
          connection,
          objectStore,
          bucket: settings.objectStoreBucket,
          vault: createVault(settings),
        }),
      ),
    ),
  )
}

async function erase(
  customer: string,
  { why, deleteChanges: deletesChanges, json }: ErasingFlags & { why: string },
): Promise<void> {
  const { eraseCustomer } = await import('../services/privacy/erasure.ts')
  show(await withErasing((open) => eraseCustomer(open, customer, { by: person(), why }, { deletesChanges })), json)
}

async function finish(erasure: string, { deleteChanges: deletesChanges, json }: ErasingFlags): Promise<void> {
  const { finishErasure } = await import('../services/privacy/erasure.ts')
  person()
  show(await withErasing((open) => finishErasure(open, parseCount('erasure', erasure), { deletesChanges })), json)
}

function show(erasure: ErasureProgress, json = false): void {
  if (erasure.finishedAt === null) process.exitCode = 1
  if (json) printJson(erasure)
  else describe(erasure)
}

function describe({ erasureId, finishedAt, kafkaUntil, found, proof, waitsFor }: ErasureProgress): void {
  const changed = Object.entries(found ?? {}).map(([table, rows]) => [table, String(rows)])
  if (changed.length > 0) printTable(['changed', 'rows'], changed)
  if (proof !== null) {
    const { tables, rows, objects, bytes } = proof
    const count = (value: number) => value.toLocaleString('en-GB')
    print(`Searched: ${count(rows)} rows of ${tables} tables, ${count(objects)} objects (${count(bytes)} bytes)`)
  }
  for (const changes of proof?.changeTopics ?? []) print(changesText(changes))
  for (const sentence of waitsFor) print(`To come: ${sentence}`)
  if (finishedAt === null) {
    print(`Erasure ${erasureId} is not finished: \`shelfline privacy finish ${erasureId}\` continues it`)
    return
  }
  print(`Erasure ${erasureId} is finished: the customer was found nowhere in the database and the bucket`)
  print(`Kafka may have messages of them until ${minute(kafkaUntil)}; who reads these gives each day another name`)
}

function changesText({ topic, searched, found, until, isCompacted }: SearchedChanges): string {
  const messages = `Kafka's captured changes ${topic}: ${found} of ${searched} messages have them`
  if (found === 0) return messages
  if (until !== null) return `${messages}, until ${minute(new Date(until))}`
  return isCompacted
    ? `${messages}, until their rows are deleted in their own database and Kafka has compacted the topic`
    : `${messages}, for good: the topic has no retention.ms`
}

async function convert({ json }: Flags): Promise<void> {
  const { convertCustomers } = await import('../services/privacy/conversion.ts')
  person()
  const changed = await withErasing(convertCustomers)
  if (json) return printJson({ changed })
  const rows = Object.entries(changed).map(([table, count]) => [table, String(count)])
  if (rows.length === 0) return print('All customers have pseudonyms: nothing was changed')
  printTable(['changed', 'rows'], rows)
}

async function list({ json, limit }: Flags & { limit: string }): Promise<void> {
  const { listErasures } = await import('../services/privacy/erasure.ts')
  const erasures: Erasure[] = await withPool(loadSettings(), (pool) => listErasures(pool, parseCount('--limit', limit)))
  if (json) return printJson({ erasures })
  if (erasures.length === 0) return print('No customer was erased')
  printTable(
    ['erasure', 'asked (UTC)', 'by', 'why', 'finished', 'in Kafka until'],
    erasures.map(({ erasureId, askedAt, askedBy, why, finishedAt, kafkaUntil }) => [
      String(erasureId),
      minute(askedAt),
      askedBy,
      why,
      finishedAt === null ? 'no' : minute(finishedAt),
      minute(kafkaUntil),
    ]),
  )
}

async function allow(login: string, { why }: { why: string }): Promise<void> {
  const { allowReader } = await import('../services/privacy/readers.ts')
  await withPool(loadSettings(), (pool) => allowReader(pool, login, { by: person(), why }))
  print(`${login} sees customers as Shelfline does`)
}

async function disallow(login: string): Promise<void> {
  const { disallowReader } = await import('../services/privacy/readers.ts')
  person()
  await withPool(loadSettings(), (pool) => disallowReader(pool, login))
  print(`${login} sees customers under the pseudonyms of reports`)
}

async function exportRows(customer: string, { why }: { why: string }): Promise<void> {
  const settings = loadSettings()
  const { withConnection } = await import('../platform/duckdb/duckdb.ts')
  const { exportCustomer } = await import('../services/privacy/export.ts')
  person()
  await withPool(settings, (pool) =>
    withLake(settings, ({ lake, duckdb }) =>
      withConnection(duckdb, async (connection) => {
        const vault = createVault(settings)
        for await (const row of exportCustomer({ pool, vault, lake, connection }, customer, why))
          print(JSON.stringify(row))
      }),
    ),
  )
}
