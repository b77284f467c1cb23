import pg from 'pg'
import type { Logger } from '../log.ts'
import type { Settings } from '../settings/settings.ts'
import { type Acting, setActing } from './audit.ts'

export type Pool = pg.Pool
export type PoolClient = pg.PoolClient

/** Instants come as Date, dates and decimals as the text that PostgreSQL sends: nothing is rounded or shifted. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === pg.types.builtins.DATE) return (value: string) => value
    if (oid === pg.types.builtins.INT8) return Number
    return pg.types.getTypeParser(oid, format as 'text')
  },
} as pg.CustomTypesConfig

/** @param acting who acts on its connections, for the audit log; left out: the login alone */
export function createPool(
  settings: Pick<Settings, 'postgresUrl' | 'postgresPoolMax'>,
  logger: Logger,
  acting?: Acting,
): Pool {
  const pool = new pg.Pool({
    connectionString: settings.postgresUrl,
    max: settings.postgresPoolMax,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
    application_name: 'shelfline',
    types,
    ...(acting && { onConnect: (client: pg.ClientBase) => client.query(setActing(acting, false)) }),
  } as pg.PoolConfig)
  // An idle connection that the server closes is replaced at the next query; without a listener it would end the process.
  pool.on('error', (error) => logger.warn({ error: error.message }, 'an idle PostgreSQL connection was lost'))
  // The same for one that is in use, between two statements of a transaction: the next of them reports it.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

type Work<Result> = (client: PoolClient) => Promise<Result>

/** Runs `work` in one transaction: committed when it returns, rolled back when it throws. */
export const inTransaction = <Result>(pool: Pool, work: Work<Result>): Promise<Result> => transact(pool, work, 'commit')

/** Runs `work` in one transaction that is rolled back in any case: what it returns is what would be. */
export const rehearse = <Result>(pool: Pool, work: Work<Result>): Promise<Result> => transact(pool, work, 'rollback')

async function transact<Result>(pool: Pool, work: Work<Result>, end: 'commit' | 'rollback'): Promise<Result> {
  const client = await pool.connect()
  let broken: Error | undefined
  // A connection that is lost between two statements emits an event, which ends the process when it has no listener; the
  // next statement fails.
  const lose = (lost: Error) => {
    broken = lost
  }
  client.on('error', lose)
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query(end)
    return result
  } catch (error) {
    await client.query('rollback').catch(lose)
    throw error
  } finally {
    client.off('error', lose)
    client.release(broken)
  }
}
