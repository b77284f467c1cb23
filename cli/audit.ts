/** The audit log: who changed what, and whether the log itself was changed. */
import type { Command } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import {
  type AuditEntry,
  type AuditFilter,
  exportAudit,
  listAudit,
  readAuditEntry,
  verifyAudit,
} from '../services/access/audit.ts'
import { parseCount } from './arguments.ts'
import { withPool } from './connections.ts'
import { minute, print, printJson, printTable } from './output.ts'

interface Flags {
  json?: boolean
}

interface ListFlags extends Flags, Omit<AuditFilter, 'limit'> {
  limit: string
}

export function register(program: Command): void {
  const audit = program.command('audit').description('The audit log: who changed what, when and from where')
  audit
    .command('list')
    .description('List changes of what people decide, changes of access, and sign-ins, the newest first')
    .option('--person <name>', 'Who')
    .option('--object <kind>', 'What was changed: order, policy, person, grant, token, ...')
    .option('--id <name>', 'Which of its kind')
    .option('--action <verb>', 'approve, change, remove, sign_in, ...')
    .option('--via <program>', 'cli, web, api, batch, stream, or another client of the database')
    .option('--since <day>', 'From this day (YYYY-MM-DD, UTC) or instant')
    .option('--until <day>', 'Before this day or instant')
    .option('--limit <count>', 'Entries at most', '50')
    .option('--cursor <text>', '"next" of the page before')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExamples:\n  shelfline audit list\n  shelfline audit list --object order --action approve')
    .action(list)
  audit
    .command('show <position>')
    .description('Show one entry, with what was there before and after')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline audit show 1')
    .action(show)
  audit
    .command('verify')
    .description('Compute the hash of every entry again, and name the first that was changed or removed')
    .option('--head <position:hash>', 'What an earlier look printed, noted elsewhere: it must be part of the chain')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline audit verify')
    .action(verify)
  audit
    .command('export')
    .description('Print all entries as lines of JSON, in the order of their chain, each with its hash')
    .option('--after <position>', 'Only those after this position', '0')
    .addHelpText('after', '\nExample:\n  shelfline audit export > audit.jsonl')
    .action(writeLines)
}

async function list({ json, limit, ...filter }: ListFlags): Promise<void> {
  const page = await withPool(loadSettings(), (pool) =>
    listAudit(pool, { ...filter, limit: parseCount('--limit', limit) }),
  )
  if (json) return printJson({ entries: page.items, next: page.next })
  if (page.items.length === 0) return print('No entry matches')
  printTable(
    ['position', 'when (UTC)', 'who', 'action', 'object', 'name', 'from'],
    page.items.map(({ position, at, person, action, object, objectId, via, address }) => [
      position,
      minute(at),
      person ?? 'not known',
      action,
      object,
      objectId,
      address === null ? via : `${via} ${address}`,
    ]),
  )
  if (page.next !== null) print(`More: --cursor ${page.next}`)
}

async function show(text: string, { json }: Flags): Promise<void> {
  const entry = await withPool(loadSettings(), (pool) => readAuditEntry(pool, parseCount('position', text)))
  if (json) return printJson(entry)
  const { position, at, action, object, objectId, via, address, request, login } = entry
  print(`${position}: ${action} ${object} ${objectId ?? ''}`.trimEnd())
  print(`${at.toISOString()} by ${whoOf(entry)}, from ${[via, address].filter(Boolean).join(' ')} (login ${login})`)
  if (request !== null) print(`Request: ${request}`)
  const names = [...new Set([...Object.keys(entry.before ?? {}), ...Object.keys(entry.after ?? {})])].sort()
  if (names.length === 0) return
  printTable(
    ['what', 'before', 'after'],
    names.map((name) => [name, textOf(entry.before?.[name]), textOf(entry.after?.[name])]),
  )
}

const proofs: Record<AuditEntry['proof'], string> = {
  session: 'signed in to the web application',
  token: 'with a token',
  os_user: 'the user of the machine',
  recorded: 'named by the change',
  none: 'not authenticated',
}

const whoOf = ({ person, proof }: AuditEntry): string => `${person ?? 'not known'} (${proofs[proof]})`

const textOf = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value)

async function verify({ head, json }: Flags & { head?: string }): Promise<void> {
  const { position, hash, brokenAt, problem } = await withPool(loadSettings(), (pool) => verifyAudit(pool, head))
  const isWhole = brokenAt === null
  if (!isWhole) process.exitCode = 1
  if (json) return printJson({ isWhole, entries: position, hash, brokenAt, problem })
  if (!isWhole) return print(`The audit log is broken at position ${brokenAt}: ${problem}`)
  if (hash === null) return print('The audit log has no entries yet')
  print(`The audit log is whole: ${position.toLocaleString('en-GB')} entries`)
  print(`Head: ${position}:${hash}`)
}

async function writeLines({ after }: { after: string }): Promise<void> {
  await withPool(loadSettings(), async (pool) => {
    for await (const line of exportAudit(pool, parseCount('--after', after, 0))) print(line)
  })
}
