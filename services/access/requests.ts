/** Requests that carry an idempotency key: the same one again gets the same answer, and nothing is done twice. */
import { createHash } from 'node:crypto'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

export interface KeyedRequest {
  person: string
  /** Chosen by the program, 1 to 200 characters; it identifies the request for a day. */
  key: string
  path: string
  body: string
}

export interface Answer {
  status: number
  /** JSON. */
  body: string
}

export type Begun =
  /** The caller has to carry it out now, and to keep the answer or release the request. */
  | 'begun'
  /** Another request with the key is under way. */
  | 'running'
  /** The key identifies another request. */
  | 'other'
  | Answer

/** @param pool that speaks for the person */
export async function beginRequest(pool: Pool, request: KeyedRequest): Promise<Begun> {
  const { person, key } = request
  const hash = createHash('sha256').update(`${request.path}\n${request.body}`).digest()
  await pool.query(
    `delete from ops.api_request where person = $1 and created_at < clock_timestamp() - interval '1 day'`,
    [person],
  )
  const { rowCount } = await pool.query(statement('access/requests/begin.sql'), [person, key, hash])
  if (rowCount === 1) return 'begun'
  const { rows } = await pool.query<{ hash: Buffer; status: number | null; answer: string | null }>(
    'select request_hash as hash, status, answer from ops.api_request where person = $1 and key = $2',
    [person, key],
  )
  const [known] = rows
  if (known === undefined) return 'running'
  if (!known.hash.equals(hash)) return 'other'
  return known.status === null || known.answer === null ? 'running' : { status: known.status, body: known.answer }
}

export async function keepAnswer(pool: Pool, { person, key }: KeyedRequest, { status, body }: Answer): Promise<void> {
  await pool.query('update ops.api_request set status = $3, answer = $4 where person = $1 and key = $2', [
    person,
    key,
    status,
    body,
  ])
}

/** Nothing was done: the same may be asked again. */
export async function releaseRequest(pool: Pool, { person, key }: KeyedRequest): Promise<void> {
  await pool.query('delete from ops.api_request where person = $1 and key = $2 and status is null', [person, key])
}
