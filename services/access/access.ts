/** Which stores a PostgreSQL login sees in the reports. */
import { inTransaction, type Pool, type PoolClient, rehearse } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError, InvalidError } from '../errors.ts'

/** Scopes that are given or taken at once, and grants that are listed at most. */
const SCOPES_MAX = 1_000
const GRANTS_MAX = 10_000

/** A store, every store whose newest region it is, or everything, also how Shelfline itself runs. */
export type Scope =
  | { scope: 'store'; store: string; region: null }
  | { scope: 'region'; store: null; region: string }
  | { scope: 'all'; store: null; region: null }

/** One thing that one login sees. */
export type Access = Scope & {
  user: string
  /** Whether PostgreSQL has a role of this name that can log in. */
  is_login: boolean
  /** Whether it is a member of bi_reader, without which it can't read the views. */
  is_reader: boolean
}

/**
 * Lets a login see scopes, on top of what it sees already. The login need not exist yet.
 *
 * @returns all that it sees now
 * @throws InvalidError when there is no scope, or a store or region is unknown; nothing was changed
 */
export async function grantAccess(
  pool: Pick<PoolClient, 'query'>,
  user: string,
  scopes: readonly Scope[],
): Promise<Access[]> {
  if (scopes.length === 0 || scopes.length > SCOPES_MAX) {
    throw new InvalidError(`${scopes.length} scopes were given`, {
      fix: `give 1 to ${SCOPES_MAX} stores or regions, or all`,
    })
  }
  await requireKnown(pool, scopes)
  await pool.query(statement('access/grant_scope.sql'), [user, ...columnsOf(scopes)])
  return listAccess(pool, user)
}

/**
 * Takes scopes from a login; an empty list takes all.
 *
 * @param dryRun changes nothing, and returns what it would still see
 * @returns what it still sees
 * @throws ConflictError when it has none of them
 */
export function revokeAccess(
  pool: Pool,
  user: string,
  scopes: readonly Scope[],
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<Access[]> {
  const run = dryRun ? rehearse : inTransaction
  return run(pool, async (client) => {
    const { rowCount } = await client.query(statement('access/revoke_scope.sql'), [user, ...columnsOf(scopes)])
    if (rowCount === 0) throw new ConflictError(`${user} was granted none of this; nothing was changed`)
    return listAccess(client, user)
  })
}

/** @param user left out: all; at most 10,000 grants */
export async function listAccess(pool: Pick<PoolClient, 'query'>, user?: string): Promise<Access[]> {
  return (await pool.query<Access>(statement('access/list_scopes.sql'), [user ?? null, GRANTS_MAX])).rows
}

const columnsOf = (scopes: readonly Scope[]) => [
  scopes.map(({ scope }) => scope),
  scopes.map(({ store }) => store),
  scopes.map(({ region }) => region),
]

async function requireKnown(pool: Pick<PoolClient, 'query'>, scopes: readonly Scope[]): Promise<void> {
  const named = (kind: 'store' | 'region') => scopes.map((scope) => scope[kind]).filter((name) => name !== null)
  const { rows } = await pool.query<{ kind: string; name: string }>(statement('access/unknown_scopes.sql'), [
    named('store'),
    named('region'),
  ])
  if (rows.length === 0) return
  const unknown = rows.map(({ kind, name }) => `${kind} "${name}"`).join(', ')
  throw new InvalidError(`unknown ${unknown}`, { fix: 'bi.dim_store holds the stores and their regions' })
}
