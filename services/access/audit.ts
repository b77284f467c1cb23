/** The audit log: who changed what, when, from where, and whether its chain is whole. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { InvalidError, NotFoundError } from '../errors.ts'
import { keyBefore, limitOf, type Page, type PageRequest, pageOf } from '../pages.ts'
import { requireCount, requireDayOrInstant } from '../values.ts'

export interface AuditFilter extends PageRequest {
  person?: string
  /** The kind of thing, such as `order`. */
  object?: string
  /** Which thing of its kind. */
  id?: string
  action?: string
  /** The program: `cli`, `web`, `api`, `batch`, `stream`, or another client's name. */
  via?: string
  /** From here on: a day, which begins at midnight UTC, or an instant. */
  since?: string
  /** Before this day or instant. */
  until?: string
}

export interface AuditEntry {
  auditId: number
  /** In the chain, from 1. */
  position: number
  at: Date
  /** Of PostgreSQL. */
  login: string
  /** Null: not known, or no one. */
  person: string | null
  /** How the person is known. */
  proof: 'session' | 'token' | 'os_user' | 'recorded' | 'none'
  via: string
  address: string | null
  request: string | null
  action: string
  object: string
  objectId: string | null
  /** The columns that changed, as they were; null: there was nothing. */
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

/** The newest first. @throws InvalidError when a value of the filter is impossible */
export async function listAudit(pool: Pool, filter: AuditFilter = {}): Promise<Page<AuditEntry>> {
  const { person, object, id, action, via, since, until } = filter
  const limit = limitOf(filter)
  const { rows } = await pool.query<AuditEntry>(statement('access/audit/list.sql'), [
    person ?? null,
    object ?? null,
    id ?? null,
    action ?? null,
    via ?? null,
    since === undefined ? null : requireDayOrInstant('since', since),
    until === undefined ? null : requireDayOrInstant('until', until),
    limit + 1,
    ...keyBefore(filter, ['bigint']),
  ])
  return pageOf(rows, limit, ({ auditId }) => [String(auditId)])
}

/** @param position in the chain @throws NotFoundError */
export async function readAuditEntry(pool: Pool, position: number): Promise<AuditEntry> {
  requireCount('position', position, 1, Number.MAX_SAFE_INTEGER)
  const { rows } = await pool.query<AuditEntry>(statement('access/audit/read.sql'), [position])
  if (rows[0] === undefined) throw new NotFoundError('audit entry', String(position))
  return rows[0]
}

export interface ChainState {
  /** Of the newest link; 0: there is none. */
  position: number
  /** Of the newest link, hexadecimal; null: there is none. */
  hash: string | null
  /** The first position that is broken; 0: an entry is in no place of the chain; null: the chain is whole. */
  brokenAt: number | null
  problem: string | null
}

const HEAD = /^(\d{1,15}):([0-9a-f]{64})$/

/**
 * Computes the hash of every entry again.
 *
 * @param head `POSITION:HASH` of an earlier look, noted elsewhere, where the end of the log can't be cut
 * @throws InvalidError when the head is not of this form
 */
export async function verifyAudit(pool: Pool, head?: string): Promise<ChainState> {
  const [, position = null, hash = null] = head === undefined ? [] : (HEAD.exec(head) ?? refuseHead(head))
  return (await pool.query<ChainState>(statement('access/audit/verify.sql'), [position, hash])).rows[0]!
}

function refuseHead(head: string): never {
  const fix = 'give POSITION:HASH, as `shelfline audit verify` prints it'
  throw new InvalidError('is not the head of a chain', { field: 'head', value: head, fix })
}

const EXPORTED_AT_ONCE = 1_000

/**
 * All entries in the order of the chain, as lines of JSON: `position`, `previous`, `hash` and `entry`. The hash is the SHA-256 of the
 * bytes of the previous hash (32 zero bytes before the first) and of the text of `entry` as the line has it.
 *
 * @param after the position after which to begin; 0: from the beginning
 */
export async function* exportAudit(pool: Pool, after = 0): AsyncGenerator<string> {
  requireCount('after', after, 0, Number.MAX_SAFE_INTEGER)
  let at = after
  let previous = await hashAt(pool, at)
  for (;;) {
    const { rows } = await pool.query<{ position: number; hash: string; entry: string }>(
      statement('access/audit/export.sql'),
      [at, EXPORTED_AT_ONCE],
    )
    for (const { position, hash, entry } of rows) {
      yield `{"position":${position},"previous":"${previous}","hash":"${hash}","entry":${entry}}`
      previous = hash
    }
    if (rows.length < EXPORTED_AT_ONCE) return
    at = rows.at(-1)!.position
  }
}

async function hashAt(pool: Pool, position: number): Promise<string> {
  if (position === 0) return '00'.repeat(32)
  const { rows } = await pool.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from ops.audit_link where position = $1`,
    [position],
  )
  if (rows[0] === undefined) throw new NotFoundError('audit entry', String(position))
  return rows[0].hash
}
