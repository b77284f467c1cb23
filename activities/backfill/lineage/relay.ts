/**
 * Notifies a receiver of OpenLineage of every run of a partition. The transaction that ends a run queues it, and its row is deleted when the
 * receiver has its events: they are sent again after a crash, with the same ids.
 */
import { Counter, type Registry } from 'prom-client'
import type { Logger } from '../../../platform/log.ts'
import type { Pool } from '../../../platform/postgres/postgres.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { type Repetition, repeatEvery } from '../../../platform/repeat.ts'
import type { AssetDefinition } from '../../assets/framework/asset.ts'
import { type SentSlice, sendAll, sendSlice as sendOutbox, type Unsent } from '../../outbox-relay.ts'
import { exportWaiting } from '../../waiting-metrics.ts'
import { type EndedRun, eventsOf, type Places } from './events.ts'
import type { LineageReceiver } from './receiver.ts'

const statements = {
  take: statement('lineage/take_runs.sql'),
  dropSent: statement('lineage/drop_sent.sql'),
  keepUnsent: statement('lineage/keep_unsent.sql'),
  count: statement('lineage/count_waiting.sql'),
}

const LOOK_MS = 5_000
/** Of one transaction. */
const RUNS_MAX = 50

export interface LineageOptions {
  pool: Pool
  receiver: LineageReceiver
  assets: readonly AssetDefinition[]
  places: Places
  logger: Logger
  registry: Registry
  everyMs?: number
}

/** Sends what waits, every five seconds until it is stopped. */
export function relayLineage(options: LineageOptions): Repetition {
  const { pool, receiver, logger, registry, everyMs = LOOK_MS } = options
  const assets = new Map(options.assets.map((asset) => [asset.name, asset]))
  const sent = new Counter({
    name: 'shelfline_lineage_runs_total',
    help: 'Runs of partitions whose OpenLineage events this worker has sent, by what the receiver did: accepted or refused.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  exportWaiting(registry, pool, statements.count, {
    waiting: { name: 'shelfline_lineage_waiting', help: 'Runs of partitions whose OpenLineage events wait.' },
    seconds: {
      name: 'shelfline_lineage_waiting_seconds',
      help: 'How long the oldest run has waited for its OpenLineage events to be accepted.',
    },
    refused: {
      name: 'shelfline_lineage_refused',
      help: 'Runs of the last 30 days whose OpenLineage events were refused for good.',
    },
  })
  const work = () => sendAll(sent, () => sendSlice(pool, receiver, (run) => eventsOf(run, assets, options.places)))
  return repeatEvery(everyMs, work, { logger, problem: 'OpenLineage events wait: they are sent again' })
}

/** Sends the events of the oldest runs. */
export const sendSlice = (
  pool: Pool,
  receiver: LineageReceiver,
  eventsOfRun: (run: EndedRun) => readonly object[],
): Promise<SentSlice> =>
  sendOutbox<EndedRun>(pool, {
    statements,
    rowsMax: RUNS_MAX,
    idOf: ({ run }) => run,
    attempt: (run) => attempt(receiver, eventsOfRun(run)),
  })

async function attempt(receiver: LineageReceiver, events: readonly object[]): Promise<Unsent | undefined> {
  try {
    const why = await receiver.send(events)
    return why === undefined ? undefined : { why, isFinal: true }
  } catch (error) {
    return { why: (error as Error).message, isFinal: false }
  }
}
