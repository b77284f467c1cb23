/** Who acts, as a program sets it in PostgreSQL, and what it adds to the audit log itself. Changes of rows are added by triggers. */
import pg from 'pg'

/** Who acts, and from where. */
export interface Acting {
  /** The program. */
  via: 'cli' | 'web' | 'api' | 'batch' | 'stream' | 'receive' | 'cdc' | 'predict' | 'files' | 'avro' | 'mqtt'
  /** Left out: no one, or the person that a row names. */
  person?: string
  /** How the person is known. */
  proof?: 'session' | 'token' | 'os_user'
  /** The client's network address, or the machine of a command. */
  address?: string
  /** What the change belongs to. */
  request?: string
}

/** Sets who acts, for the connection or for the transaction. */
export const setActing = (acting: Acting, isLocal: boolean): string =>
  `select set_config('shelfline.acting', ${pg.escapeLiteral(JSON.stringify(acting))}, ${isLocal})`

export interface AuditedChange {
  /** A verb, such as `pause`. */
  action: string
  /** The kind of thing, such as `schedule`. */
  object: string
  id?: string
  before?: object
  after?: object
}

/** Adds an entry for what changes no audited table. @param database a client in the transaction of the effect, where there is one */
export async function recordAction(
  database: Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>,
  { action, object, id, before, after }: AuditedChange,
): Promise<void> {
  const json = (value?: object) => (value === undefined ? null : JSON.stringify(value))
  const values = [action, object, id ?? null, json(before), json(after)]
  await (database as pg.Pool).query('select ops.record_action($1, $2, $3, $4, $5)', values)
}
