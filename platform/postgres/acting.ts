import pg from 'pg'
import { type Acting, setActing } from './audit.ts'
import { inTransaction, type Pool, type PoolClient } from './postgres.ts'

/** A page that takes longer is of no use to anyone. */
const STATEMENT_MS_MAX = 15_000

export interface ActingOptions {
  /** PostgreSQL refuses every change, and each transaction sees one state of the world. */
  isReadOnly?: boolean
  /** From where, for the audit log; the person is always the one that is spoken for. */
  acting?: Acting
}

/**
 * A pool whose every statement speaks for a person, so that row-level security gives their rows: it is set in each transaction, and
 * ends with it. A statement outside of a transaction gets a transaction of its own.
 *
 * @param pool of the login shelfline_web: from every other one the policies take no name
 */
export function actingAs(pool: Pool, person: string, { isReadOnly = false, acting: from }: ActingOptions = {}): Pool {
  const begin = [
    `begin${isReadOnly ? ' isolation level repeatable read read only' : ''}`,
    `select set_config('shelfline.person', ${pg.escapeLiteral(person)}, true)`,
    ...(from === undefined ? [] : [setActing({ ...from, person }, true)]),
    `set local statement_timeout = ${STATEMENT_MS_MAX}`,
  ].join('; ')
  const acting = { connect: async () => beginningWith(begin, await pool.connect()) } as unknown as Pool
  const query = (...given: Parameters<PoolClient['query']>) =>
    inTransaction(acting, (client) => client.query(...given) as unknown as Promise<unknown>)
  return Object.assign(acting, { query })
}

function beginningWith(begin: string, client: PoolClient): PoolClient {
  return new Proxy(client, {
    get(target, key) {
      if (key === 'query') {
        return (text: unknown, ...rest: unknown[]) =>
          (target.query as (...given: unknown[]) => unknown)(text === 'begin' ? begin : text, ...rest)
      }
      const value = Reflect.get(target, key) as unknown
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
