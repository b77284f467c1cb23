import type { Command } from 'commander'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { statement } from '../platform/postgres/sql.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { print, printJson, printTable, UsageError } from './output.ts'

interface ScopeOptions {
  store?: string[]
  region?: string[]
  all?: boolean
  json?: boolean
}

interface Scope {
  scope: 'store' | 'region' | 'all'
  store: string | null
  region: string | null
}

/** One thing that one user may see. */
export interface Access extends Scope {
  user: string
  is_login: boolean
  /** Whether he is a member of bi_reader, without which he can't read the views. */
  is_reader: boolean
}

export function register(program: Command): void {
  const access = program.command('access').description('which stores a PostgreSQL login sees in the reports')
  withScopes(access.command('grant <user>'))
    .description('let a login see stores, regions or everything, on top of what it sees')
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline access grant maria --store 367 --store 406\n  shelfline access grant omar --region West',
    )
    .action((user: string, options: ScopeOptions) => run(options, (pool) => grantAccess(pool, user, scopesOf(options))))
  withScopes(access.command('revoke <user>'))
    .description('take stores, regions or everything from a login; without options all that it sees')
    .addHelpText('after', '\nExample:\n  shelfline access revoke maria --store 406')
    .action((user: string, options: ScopeOptions) =>
      run(options, (pool) => revokeAccess(pool, user, scopesOf(options))),
    )
  access
    .command('list [user]')
    .description('who sees what')
    .option('--json', 'print it as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access list')
    .action((user: string | undefined, options: ScopeOptions) => run(options, (pool) => listAccess(pool, user)))
}

/**
 * Lets a login see the given scopes, on top of what it sees already.
 *
 * @returns all that it sees now
 * @throws UsageError naming a store or region that nothing knows, or when no scope is given; then nothing is changed
 */
export async function grantAccess(pool: Pool, user: string, scopes: readonly Scope[]): Promise<Access[]> {
  if (scopes.length === 0) throw new UsageError(`access grant ${user}: give --store, --region or --all`)
  await refuseUnknown(pool, scopes)
  await pool.query(statement('access/grant_scope.sql'), [user, ...columnsOf(scopes)])
  return listAccess(pool, user)
}

/**
 * Takes scopes from a login; an empty list takes all.
 *
 * @returns what it still sees
 * @throws UsageError when the login has none of them
 */
export async function revokeAccess(pool: Pool, user: string, scopes: readonly Scope[]): Promise<Access[]> {
  const { rowCount } = await pool.query(statement('access/revoke_scope.sql'), [user, ...columnsOf(scopes)])
  if (rowCount === 0) {
    throw new UsageError(`access revoke ${user}: it was not granted; \`shelfline access list ${user}\` shows what was`)
  }
  return listAccess(pool, user)
}

export async function listAccess(pool: Pool, user?: string): Promise<Access[]> {
  const { rows } = await pool.query<Access>(statement('access/list_scopes.sql'), [user ?? null])
  return rows
}

function withScopes(command: Command): Command {
  return command
    .option('--store <store...>', 'stores, as a store manager sees them')
    .option('--region <region...>', 'regions: every store whose newest region it is')
    .option('--all', 'everything, also how Shelfline itself runs')
    .option('--json', 'print what the login sees afterwards as JSON')
}

function scopesOf({ store = [], region = [], all }: ScopeOptions): Scope[] {
  return [
    ...store.map((id): Scope => ({ scope: 'store', store: id, region: null })),
    ...region.map((name): Scope => ({ scope: 'region', store: null, region: name })),
    ...(all ? [{ scope: 'all', store: null, region: null } as const] : []),
  ]
}

const columnsOf = (scopes: readonly Scope[]) => [
  scopes.map(({ scope }) => scope),
  scopes.map(({ store }) => store),
  scopes.map(({ region }) => region),
]

async function refuseUnknown(pool: Pool, scopes: readonly Scope[]): Promise<void> {
  const named = (kind: 'store' | 'region') => scopes.map((scope) => scope[kind]).filter((name) => name !== null)
  const { rows } = await pool.query<{ kind: string; name: string }>(statement('access/unknown_scopes.sql'), [
    named('store'),
    named('region'),
  ])
  if (rows.length === 0) return
  const unknown = rows.map(({ kind, name }) => `${kind} "${name}"`).join(', ')
  throw new UsageError(`access grant: ${unknown} unknown; bi.dim_store holds the stores and their regions`)
}

async function run({ json }: ScopeOptions, work: (pool: Pool) => Promise<Access[]>): Promise<void> {
  const settings = loadSettings()
  const pool = createPool(settings, createLogger(settings, 'access'))
  try {
    const granted = await work(pool)
    if (json) return printJson({ access: granted })
    show(granted)
  } finally {
    await pool.end()
  }
}

function show(granted: readonly Access[]): void {
  if (granted.length === 0) {
    print('nothing is granted')
    return
  }
  printTable(
    ['login', 'sees', 'which'],
    granted.map(({ user, scope, store, region }) => [user, scope, store ?? region]),
  )
  for (const hint of new Set(granted.map(loginHint))) if (hint) print(hint)
}

/** What an administrator must still do before the grant has an effect. */
function loginHint({ user, is_login, is_reader }: Access): string | undefined {
  const name = `"${user.replaceAll('"', '""')}"`
  if (!is_login) {
    // A role that can read but not log in is a group: it wants no more than a password.
    const missing = is_reader
      ? `alter role ${name} login password '…'`
      : `create role ${name} login password '…' in role bi_reader`
    return `${user} can't log in yet; as administrator: ${missing}`
  }
  if (!is_reader) return `${user} can't read the views yet; as administrator: grant bi_reader to ${name}`
  return undefined
}
