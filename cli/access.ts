import type { Command } from 'commander'
import pg from 'pg'
import { loadSettings } from '../platform/settings/settings.ts'
import { type Access, listAccess, type Scope } from '../services/access/access.ts'
import { grantLogin, revokeLogin } from '../services/access/logins.ts'
import { withOwnerPool, withPool } from './connections.ts'
import { identify } from './identity.ts'
import { registerMachineUsers } from './machine-users.ts'
import { print, printJson, printTable } from './output.ts'
import { registerPeople } from './people.ts'
import { registerTokens } from './tokens.ts'

interface ScopeFlags {
  store?: string[]
  region?: string[]
  all?: boolean
  login?: boolean
  dryRun?: boolean
  json?: boolean
}

export function register(program: Command): void {
  const access = program.command('access').description('Set who may sign in, and which stores they see')
  withScopes(access.command('grant <login>'))
    .hook('preAction', identify)
    .description('Grant a login access to stores, regions or everything, in addition to what it sees')
    .addHelpText(
      'after',
      '\nExamples:\n  shelfline access grant maria --store 367 --store 406\n  shelfline access grant omar --region West',
    )
    .action(grant)
  withScopes(access.command('revoke <login>'))
    .hook('preAction', identify)
    .description('Revoke the access of a login to stores, regions or everything; without options, all of it')
    .option('--dry-run', 'Print what the login would still see, without a change')
    .addHelpText('after', '\nExample:\n  shelfline access revoke maria --store 406')
    .action(revoke)
  access
    .command('list [login]')
    .description('List who sees what')
    .option('--json', 'Print JSON')
    .addHelpText('after', '\nExample:\n  shelfline access list')
    .action(list)
  registerPeople(access)
  registerTokens(access)
  registerMachineUsers(access)
}

const withScopes = (command: Command): Command =>
  command
    .option('--store <store...>', 'Stores, as a store manager sees them')
    .option('--region <region...>', 'Regions: every store whose newest region it is')
    .option('--all', 'Everything, also how Shelfline itself runs')
    .option('--json', 'Print what the login sees afterwards as JSON')

async function grant(login: string, flags: ScopeFlags): Promise<void> {
  const { access, password } = await withOwnerPool(loadSettings(), (pool) =>
    grantLogin(pool, login, scopesOf(flags), { isLoginWanted: flags.login === true }),
  )
  if (flags.json) return printJson({ access, ...(password !== undefined && { password }) })
  show(access, flags, '')
  if (password === undefined) return
  print(`${login} can log in to PostgreSQL with the password ${password}`)
  print('The password is not kept: it is shown only once.')
}

async function revoke(login: string, flags: ScopeFlags): Promise<void> {
  const { dryRun = false, json } = flags
  const { access, isLoginRemoved } = await withOwnerPool(loadSettings(), (pool) =>
    revokeLogin(pool, login, scopesOf(flags), { dryRun }),
  )
  if (dryRun && !json) print('Nothing was changed; what would be left:')
  const removed = isLoginRemoved ? `; its login ${dryRun ? 'would be' : 'was'} removed` : ''
  show(access, flags, `${login} ${dryRun ? 'would see' : 'sees'} nothing now${removed}`)
}

async function list(login: string | undefined, flags: ScopeFlags): Promise<void> {
  const access = await withPool(loadSettings(), (pool) => listAccess(pool, login))
  const fix = `\`shelfline access grant ${login ?? 'maria'} --store 367\` lets a login see a store`
  show(access, flags, `${login ?? 'No one'} sees ${login === undefined ? 'anything' : 'nothing'}; ${fix}`)
}

function scopesOf({ store = [], region = [], all }: ScopeFlags): Scope[] {
  return [
    ...store.map((id): Scope => ({ scope: 'store', store: id, region: null })),
    ...region.map((name): Scope => ({ scope: 'region', store: null, region: name })),
    ...(all ? [{ scope: 'all', store: null, region: null } as const] : []),
  ]
}

function show(access: readonly Access[], { dryRun, json }: ScopeFlags, ifNone: string): void {
  if (json) {
    printJson({ access, ...(dryRun && { dryRun }) })
    return
  }
  if (access.length === 0) {
    print(ifNone)
    return
  }
  printTable(
    ['login', 'sees', 'which'],
    access.map(({ user, scope, store, region }) => [user, scope, store ?? region]),
  )
  for (const hint of new Set(access.map(loginHint))) if (hint) print(hint)
}

/** What an administrator must still do before the grant has an effect. */
function loginHint({ user, is_login, is_reader }: Access): string | undefined {
  const name = pg.escapeIdentifier(user)
  if (!is_login) {
    // A role that can read but not log in is a group: it needs no more than a password.
    const missing = is_reader
      ? `alter role ${name} login password '…'`
      : `create role ${name} login password '…' in role bi_reader`
    return `${user} can't log in yet; as administrator: ${missing}`
  }
  if (!is_reader) return `${user} can't read the views yet; as administrator: grant bi_reader to ${name}`
  return undefined
}
