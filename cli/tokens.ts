import { type Command, Option } from 'commander'
import { loadSettings } from '../platform/settings/settings.ts'
import { createToken, listTokens, revokeToken, type TokenScope, tokenScopes } from '../services/access/tokens.ts'
import { actor } from './acting.ts'
import { parseCount } from './arguments.ts'
import { withPool } from './connections.ts'
import { identify } from './identity.ts'
import { minute, print, printJson, printTable } from './output.ts'

interface CreateFlags {
  person: string
  scope: TokenScope[]
  days: string
  json?: boolean
}

interface ListFlags {
  person?: string
  json?: boolean
}

/** Tokens of programs: `access token …`. */
export function registerTokens(access: Command): void {
  const token = access.command('token').description('Tokens that programs sign in to the HTTP API with')
  token
    .command('create <name>')
    .description('Create a token, named by its purpose, and print it once')
    .requiredOption('--person <person>', 'Who it acts as: it may do at most what they may')
    .addOption(
      new Option('--scope <scope...>', 'What it may do: read, all, or permissions such as alerts.decide')
        .choices(tokenScopes)
        .makeOptionMandatory(),
    )
    .option('--days <days>', 'How long it can be used, 1 to 366', '90')
    .hook('preAction', identify)
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access token create reports --person maria --scope read')
    .action(create)
  token
    .command('list')
    .description('List tokens with what they may do and when they were used last')
    .option('--person <person>', 'Only of this person')
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access token list')
    .action(list)
  token
    .command('revoke <token>')
    .description('Revoke a token, by its id in `access token list`')
    .hook('preAction', identify)
    .option('--json', 'Print as JSON')
    .addHelpText('after', '\nExample:\n  shelfline access token revoke 3f9a1c0b7d2e')
    .action(revoke)
}

async function create(name: string, { person, scope, days: text, json }: CreateFlags): Promise<void> {
  const days = parseCount('--days', text)
  const created = await withPool(loadSettings(), (pool) =>
    createToken(pool, { person, name, scopes: scope, days }, actor()),
  )
  if (json) return printJson(created)
  print(`${created.token} acts as ${person} until ${minute(created.expiresAt)} UTC`)
  print(
    `The token is not kept: it is shown only once. \`shelfline access token revoke ${created.tokenId}\` revokes it.`,
  )
}

async function list({ person, json }: ListFlags): Promise<void> {
  const tokens = await withPool(loadSettings(), (pool) => listTokens(pool, person))
  if (json) return printJson({ tokens })
  if (tokens.length === 0) {
    return print(
      'There are no tokens yet: `shelfline access token create NAME --person PERSON --scope read` makes one.',
    )
  }
  printTable(
    ['token', 'name', 'acts as', 'scopes', 'state', 'expires (UTC)', 'used last (UTC)', 'made by'],
    tokens.map((token) => [
      token.tokenId,
      token.name,
      token.person,
      token.scopes.join(', '),
      token.state,
      minute(token.expiresAt),
      token.lastUsedAt === null ? 'never' : minute(token.lastUsedAt),
      token.createdBy,
    ]),
  )
}

async function revoke(token: string, { json }: { json?: boolean }): Promise<void> {
  const isChanged = await withPool(loadSettings(), (pool) => revokeToken(pool, token, actor()))
  if (json) return printJson({ token, isChanged })
  print(isChanged ? `${token} can no longer be used` : `${token} was revoked already`)
}
