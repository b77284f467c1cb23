/**
 * Sends every version of a model, and every change of the champion, to an MLflow server, in their order. The transaction that makes them queues
 * them; our registry stays the one that decides.
 */
import { Counter, type Registry } from 'prom-client'
import type { Logger } from '../../../platform/log.ts'
import { inTransaction, type Pool } from '../../../platform/postgres/postgres.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { type Repetition, repeatEvery } from '../../../platform/repeat.ts'
import { exportWaiting } from '../../waiting-metrics.ts'
import { type Entry, type Names, publish } from './publish.ts'
import { MlflowRefusal, type MlflowServer } from './server.ts'

const statements = {
  take: statement('mlflow/take_entries.sql'),
  dropSent: statement('mlflow/drop_sent.sql'),
  keepUnsent: statement('mlflow/keep_unsent.sql'),
  count: statement('mlflow/count_waiting.sql'),
}

const LOOK_MS = 10_000
/** Bounds of one transaction, which holds the entries while they are sent. */
const ENTRIES_MAX = 20
const SLICE_MS_MAX = 10_000

export interface MlflowOptions {
  pool: Pool
  server: MlflowServer
  names: Names
  logger: Logger
  registry: Registry
  everyMs?: number
}

/** Sends what waits, every ten seconds until it is stopped. */
export function relayToMlflow({ pool, server, names, logger, registry, everyMs = LOOK_MS }: MlflowOptions): Repetition {
  const sent = new Counter({
    name: 'shelfline_mlflow_entries_total',
    help: 'Versions of models and changes of the champion that this worker has sent to MLflow, by what the server did: accepted or refused.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  exportWaiting(registry, pool, statements.count, {
    waiting: {
      name: 'shelfline_mlflow_waiting',
      help: 'Versions of models and changes of the champion that MLflow does not have yet.',
    },
    seconds: { name: 'shelfline_mlflow_waiting_seconds', help: 'How long the oldest of them has waited.' },
    refused: { name: 'shelfline_mlflow_refused', help: 'Those that MLflow has refused for good.' },
  })
  const work = async () => {
    for (let isEmpty = false; !isEmpty; ) {
      const slice = await sendSlice(pool, server, names)
      sent.inc({ outcome: 'accepted' }, slice.accepted)
      sent.inc({ outcome: 'refused' }, slice.refused)
      isEmpty = slice.accepted + slice.refused === 0
      if (slice.failure !== undefined) throw new Error(slice.failure)
    }
  }
  return repeatEvery(everyMs, work, { logger, problem: 'versions of models wait for MLflow: they are sent again' })
}

interface SentSlice {
  accepted: number
  refused: number
  /** Why the rest waits. */
  failure?: string
}

/** Sends the oldest entries, unless another process does: of two at once each would make the same run. */
export function sendSlice(pool: Pool, server: MlflowServer, names: Names): Promise<SentSlice> {
  return inTransaction(pool, async (client) => {
    const slice: SentSlice = { accepted: 0, refused: 0 }
    const { rows: locks } = await client.query<{ isMine: boolean }>(
      `select pg_try_advisory_xact_lock(hashtextextended('shelfline mlflow', 0)) as "isMine"`,
    )
    if (!locks[0]!.isMine) return slice
    const { rows } = await client.query<Entry>(statements.take, [ENTRIES_MAX])
    const accepted: number[] = []
    const endsAtMs = performance.now() + SLICE_MS_MAX
    for (const entry of rows) {
      if (performance.now() > endsAtMs) break
      const outcome = await attempt(server, entry, names)
      if (outcome === undefined) accepted.push(entry.entry)
      else await client.query(statements.keepUnsent, [entry.entry, outcome.why, outcome.isFinal])
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

async function attempt(
  server: MlflowServer,
  entry: Entry,
  names: Names,
): Promise<{ why: string; isFinal: boolean } | undefined> {
  try {
    await publish(server, entry, names)
    return undefined
  } catch (error) {
    return { why: (error as Error).message, isFinal: error instanceof MlflowRefusal }
  }
}
