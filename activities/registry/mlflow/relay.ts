/**
 * Sends every version of a model, and every change of the champion, to an MLflow server, in their order. The transaction that makes them queues
 * them; our registry stays the one that decides.
 */
import { Counter, type Registry } from 'prom-client'
import type { Logger } from '../../../platform/log.ts'
import type { Pool } from '../../../platform/postgres/postgres.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { type Repetition, repeatEvery } from '../../../platform/repeat.ts'
import { type SentSlice, sendAll, sendSlice as sendOutbox, type Unsent } from '../../outbox-relay.ts'
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
/** Of one transaction. */
const ENTRIES_MAX = 20

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
  const work = () => sendAll(sent, () => sendSlice(pool, server, names))
  return repeatEvery(everyMs, work, { logger, problem: 'versions of models wait for MLflow: they are sent again' })
}

/** Sends the oldest entries, unless another process does: of two at once each would make the same run. */
export const sendSlice = (pool: Pool, server: MlflowServer, names: Names): Promise<SentSlice> =>
  sendOutbox<Entry>(pool, {
    statements,
    rowsMax: ENTRIES_MAX,
    lock: 'shelfline mlflow',
    idOf: ({ entry }) => entry,
    attempt: (entry) => attempt(server, entry, names),
  })

async function attempt(server: MlflowServer, entry: Entry, names: Names): Promise<Unsent | undefined> {
  try {
    await publish(server, entry, names)
    return undefined
  } catch (error) {
    return { why: (error as Error).message, isFinal: error instanceof MlflowRefusal }
  }
}
