/** Tokens that programs sign in with: each acts as a person, within its scopes. */

import { randomBytes } from 'node:crypto'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError, InvalidError, NotFoundError } from '../errors.ts'
import { requireChoice, requireCount } from '../values.ts'
import type { Actor } from './actor.ts'
import type { PersonRole } from './people.ts'
import { isAllowed, type Permission, permissionNames } from './permissions.ts'
import { hashOfSecret, newSecret } from './secrets.ts'

/** `read`: every permission to see. `all`: whatever the person may. */
export const tokenScopes = ['read', 'all', ...permissionNames] as const
export type TokenScope = (typeof tokenScopes)[number]

/** What a token begins with, so that people and scanners recognise one. */
const PREFIX = 'shelfline_'
const TOKENS_MAX = 1_000
const NAME_CHARACTERS_MAX = 100
export const TOKEN_DAYS_MAX = 366

export interface NewToken {
  /** Who it acts as. */
  person: string
  /** What it is for, 1 to 100 characters. */
  name: string
  scopes: readonly TokenScope[]
  /** How long it can be used, 1 to 366. */
  days: number
}

export interface CreatedToken {
  /** Names it in lists. */
  tokenId: string
  /** Kept nowhere. */
  token: string
  person: string
  expiresAt: Date
}

/**
 * @throws InvalidError when a value is impossible
 * @throws NotFoundError when no person of that name may sign in
 */
export async function createToken(
  pool: Pool,
  { person, name, scopes, days }: NewToken,
  by: Actor,
): Promise<CreatedToken> {
  if (!/\S/.test(name) || name.length > NAME_CHARACTERS_MAX) {
    throw new InvalidError(`is not a text of 1 to ${NAME_CHARACTERS_MAX} characters`, { field: 'name', value: name })
  }
  if (scopes.length === 0) throw new InvalidError('is empty', { field: 'scopes', fix: `use ${tokenScopes.join(', ')}` })
  for (const scope of scopes) requireChoice('scopes', scope, tokenScopes)
  requireCount('days', days, 1, TOKEN_DAYS_MAX)
  const token = PREFIX + newSecret()
  const tokenId = randomBytes(6).toString('hex')
  const { rows } = await pool.query<{ expiresAt: Date }>(statement('access/tokens/create.sql'), [
    tokenId,
    hashOfSecret(token),
    person,
    name,
    [...new Set(scopes)],
    by,
    days,
  ])
  if (rows[0] === undefined) {
    const { rows: known } = await pool.query('select from ref.person where person = $1', [person])
    if (known.length === 0)
      throw new NotFoundError('person', person, { fix: '`shelfline access user list` lists them' })
    throw new ConflictError(`person "${person}" is disabled`, { fix: `\`shelfline access user enable ${person}\`` })
  }
  return { tokenId, token, person, expiresAt: rows[0].expiresAt }
}

export interface ApiToken {
  tokenId: string
  person: string
  name: string
  scopes: TokenScope[]
  state: 'active' | 'expired' | 'revoked'
  createdAt: Date
  createdBy: string
  expiresAt: Date
  /** To the minute; null: never. */
  lastUsedAt: Date | null
  revokedAt: Date | null
  revokedBy: string | null
}

/** Those that can be used first; at most 1,000. @param person left out: of everybody */
export async function listTokens(pool: Pool, person?: string): Promise<ApiToken[]> {
  return (await pool.query<ApiToken>(statement('access/tokens/list.sql'), [person ?? null, TOKENS_MAX])).rows
}

/** @returns whether it could be used until now @throws NotFoundError */
export async function revokeToken(pool: Pool, tokenId: string, by: Actor): Promise<boolean> {
  const { rows } = await pool.query<{ wasRevoked: boolean }>(statement('access/tokens/revoke.sql'), [tokenId, by])
  if (rows[0] === undefined) throw new NotFoundError('token', tokenId)
  return !rows[0].wasRevoked
}

export interface TokenIdentity {
  tokenId: string
  person: Actor
  role: PersonRole
  scopes: TokenScope[]
  /** Of the person: `all`, `store 367`, `region West`. */
  sees: string[]
}

/** Whose token it is; undefined: it has expired, was revoked or never was, or its person may not sign in. */
export async function readToken(pool: Pool, token: string): Promise<TokenIdentity | undefined> {
  if (!token.startsWith(PREFIX)) return undefined
  return (await pool.query<TokenIdentity>(statement('access/tokens/read.sql'), [hashOfSecret(token)])).rows[0]
}

/** Whether a token may do something: its scopes include it, and its person may. */
export const isInScope = (scopes: readonly TokenScope[], role: PersonRole, permission: Permission): boolean =>
  isAllowed(role, permission) &&
  (scopes.includes('all') || scopes.includes(permission) || (scopes.includes('read') && permission.endsWith('.see')))
