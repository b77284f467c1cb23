/** The PostgreSQL logins of people who read reports: made with what they see, and removed with the last of it. */
import pg from 'pg'
import { inTransaction, type Pool, type PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { ConflictError } from '../errors.ts'
import { type Access, grantAccess, listAccess, revokeAccess, type Scope } from './access.ts'
import { newPassword } from './passwords.ts'

/** What distinguishes a login that was made here from others: the comment of its role. */
const MADE_HERE = 'Made by `shelfline access grant`'
/** A report opens several at once; the rest of the server is for Shelfline. */
const READER_CONNECTIONS_MAX = 10
/** A refresh of Power BI takes minutes; what takes longer, or waits with an open transaction, holds up others. */
const readerLimits = [`statement_timeout = '15min'`, `idle_in_transaction_session_timeout = '1min'`, 'work_mem = 32768']
const INSUFFICIENT_PRIVILEGE = '42501'

export interface Granted {
  access: Access[]
  /** Of a login that was made now; it is not kept. */
  password?: string
}

interface LoginState {
  exists: boolean
  isMadeHere: boolean
  /** A person of the web application, who signs in there. */
  isPerson: boolean
}

/**
 * Lets a login see scopes, and makes the login when no role and no person of the web application has its name.
 *
 * @param pool as the role that owns the schema
 * @param isLoginWanted makes the login also for a person of the web application
 * @throws InvalidError when there is no scope, or a store or region is unknown
 * @throws ConflictError when the role that owns the schema may make no logins; nothing was changed
 */
export function grantLogin(
  pool: Pool,
  user: string,
  scopes: readonly Scope[],
  { isLoginWanted = false }: { isLoginWanted?: boolean } = {},
): Promise<Granted> {
  return inTransaction(pool, async (client) => {
    await grantAccess(client, user, scopes)
    const { exists, isPerson } = await stateOf(client, user)
    const password = exists || (isPerson && !isLoginWanted) ? undefined : await makeLogin(client, user)
    return { access: await listAccess(client, user), ...(password !== undefined && { password }) }
  })
}

/**
 * Takes scopes from a login; an empty list takes all. A login that was made by {@link grantLogin} and sees nothing is removed.
 *
 * @param pool as the role that owns the schema
 * @returns what it still sees, and whether the login was, or with `dryRun` would be, removed
 * @throws ConflictError when it has none of the scopes
 */
export async function revokeLogin(
  pool: Pool,
  user: string,
  scopes: readonly Scope[],
  { dryRun = false }: { dryRun?: boolean } = {},
): Promise<{ access: Access[]; isLoginRemoved: boolean }> {
  const access = await revokeAccess(pool, user, scopes, { dryRun })
  const isLoginRemoved = access.length === 0 && (await stateOf(pool, user)).isMadeHere
  if (isLoginRemoved && !dryRun) await pool.query(`drop role ${pg.escapeIdentifier(user)}`)
  return { access, isLoginRemoved }
}

async function stateOf(client: Pick<PoolClient, 'query'>, user: string): Promise<LoginState> {
  const { rows } = await client.query<LoginState>(statement('access/login_state.sql'), [user, MADE_HERE])
  return rows[0]!
}

/** @returns its password */
async function makeLogin(client: PoolClient, user: string): Promise<string> {
  const password = newPassword()
  const role = pg.escapeIdentifier(user)
  try {
    await client.query(
      `create role ${role} login password ${pg.escapeLiteral(password)} connection limit ${READER_CONNECTIONS_MAX} in role bi_reader`,
    )
    for (const limit of readerLimits) await client.query(`alter role ${role} set ${limit}`)
    await client.query(`comment on role ${role} is ${pg.escapeLiteral(MADE_HERE)}`)
  } catch (error) {
    if ((error as { code?: string }).code !== INSUFFICIENT_PRIVILEGE) throw error
    throw new ConflictError(`the login ${user} can't be made: ${(error as Error).message}`, {
      fix: 'as administrator of PostgreSQL: alter role shelfline_migrate createrole; grant bi_reader to shelfline_migrate with admin option',
    })
  }
  return password
}
