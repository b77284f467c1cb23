/** Logins of reports that see customers by the pseudonym that Shelfline itself uses. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { NotFoundError } from '../errors.ts'
import type { Decision } from '../streams/streams.ts'
import { requireWhy } from '../values.ts'

/** @throws InvalidError when the reason is none; NotFoundError when there is no such login */
export async function allowReader(pool: Pool, login: string, { by, why }: Decision): Promise<void> {
  requireWhy(why)
  const { rowCount } = await pool.query(
    `insert into ref.customer_reader (login, why, changed_by)
     select rolname, $2, $3 from pg_roles where rolname = $1
     on conflict (login) do update set why = excluded.why, changed_by = excluded.changed_by, changed_at = clock_timestamp()`,
    [login, why, by],
  )
  if (rowCount === 0) throw new NotFoundError('login', login, { fix: '`shelfline access grant` makes one' })
}

/** @throws NotFoundError when the login was not allowed */
export async function disallowReader(pool: Pool, login: string): Promise<void> {
  const { rowCount } = await pool.query('delete from ref.customer_reader where login = $1', [login])
  if (rowCount === 0) throw new NotFoundError('permission of the login', login)
}
