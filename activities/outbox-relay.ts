/** Sends the rows of an outbox to another server, in their order: what OpenLineage and MLflow are notified by. */
import type { Counter } from 'prom-client'
import { inTransaction, type Pool } from '../platform/postgres/postgres.ts'

/** A transaction holds its rows while they are sent, for this long at most. */
const SLICE_MS_MAX = 10_000

export interface Unsent {
  why: string
  /** The server has refused the row for good; else it is sent again. */
  isFinal: boolean
}

export interface Outbox<Row> {
  statements: { take: string; dropSent: string; keepUnsent: string }
  /** Rows of one transaction. */
  rowsMax: number
  idOf(row: Row): number
  /** Undefined: the server has it. */
  attempt(row: Row): Promise<Unsent | undefined>
  /** Only one process at once may send: the name of its lock. */
  lock?: string
}

export interface SentSlice {
  accepted: number
  refused: number
  /** Why the rest waits. */
  failure?: string
}

/** Sends the oldest rows. None: there is none, or another process has the lock. */
export function sendSlice<Row extends object>(pool: Pool, outbox: Outbox<Row>): Promise<SentSlice> {
  const { statements, rowsMax, idOf, attempt, lock } = outbox
  return inTransaction(pool, async (client) => {
    const slice: SentSlice = { accepted: 0, refused: 0 }
    if (lock !== undefined) {
      const { rows: locks } = await client.query<{ isMine: boolean }>(
        `select pg_try_advisory_xact_lock(hashtextextended($1, 0)) as "isMine"`,
        [lock],
      )
      if (!locks[0]!.isMine) return slice
    }
    const { rows } = await client.query<Row>(statements.take, [rowsMax])
    const accepted: number[] = []
    const endsAtMs = performance.now() + SLICE_MS_MAX
    for (const row of rows) {
      if (performance.now() > endsAtMs) break
      const outcome = await attempt(row)
      if (outcome === undefined) accepted.push(idOf(row))
      else await client.query(statements.keepUnsent, [idOf(row), outcome.why, outcome.isFinal])
      if (outcome?.isFinal) slice.refused += 1
      // The others would fail alike.
      if (outcome?.isFinal === false) {
        slice.failure = outcome.why
        break
      }
    }
    await client.query(statements.dropSent, [accepted])
    return { ...slice, accepted: accepted.length }
  })
}

/**
 * Sends slice after slice until none is left, and counts what the server did.
 *
 * @throws Error with the reason why the rest waits
 */
export async function sendAll(sent: Counter<'outcome'>, next: () => Promise<SentSlice>): Promise<void> {
  for (let isEmpty = false; !isEmpty; ) {
    const slice = await next()
    sent.inc({ outcome: 'accepted' }, slice.accepted)
    sent.inc({ outcome: 'refused' }, slice.refused)
    isEmpty = slice.accepted + slice.refused === 0
    if (slice.failure !== undefined) throw new Error(slice.failure)
  }
}
