/**
 * Notifies a receiver of OpenLineage of every run of a partition. The transaction that ends a run queues it, and its row is deleted when the
 * receiver has its events: they are sent again after a crash, with the same ids.
 */
import { Counter, type Registry } from 'prom-client'
import type { Logger } from '../../../platform/log.ts'
import { inTransaction, type Pool } from '../../../platform/postgres/postgres.ts'
import { statement } from '../../../platform/postgres/sql.ts'
import { type Repetition, repeatEvery } from '../../../platform/repeat.ts'
import type { AssetDefinition } from '../../assets/framework/asset.ts'
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
/** Bounds of one transaction, which holds the rows of runs while their events are sent. */
const RUNS_MAX = 50
const SLICE_MS_MAX = 10_000

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
  const work = async () => {
    for (let isEmpty = false; !isEmpty; ) {
      const slice = await sendSlice(pool, receiver, (run) => eventsOf(run, assets, options.places))
      sent.inc({ outcome: 'accepted' }, slice.accepted)
      sent.inc({ outcome: 'refused' }, slice.refused)
      isEmpty = slice.accepted + slice.refused === 0
      if (slice.failure !== undefined) throw new Error(slice.failure)
    }
  }
  return repeatEvery(everyMs, work, { logger, problem: 'OpenLineage events wait: they are sent again' })
}

interface SentSlice {
  accepted: number
  refused: number
  /** Why the rest waits. */
  failure?: string
}

/** Sends the events of the oldest runs. */
export function sendSlice(
  pool: Pool,
  receiver: LineageReceiver,
  eventsOfRun: (run: EndedRun) => readonly object[],
): Promise<SentSlice> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<EndedRun>(statements.take, [RUNS_MAX])
    const accepted: number[] = []
    const slice: SentSlice = { accepted: 0, refused: 0 }
    const endsAtMs = performance.now() + SLICE_MS_MAX
    for (const run of rows) {
      if (performance.now() > endsAtMs) break
      const outcome = await attempt(receiver, eventsOfRun(run))
      if (outcome === undefined) accepted.push(run.run)
      else await client.query(statements.keepUnsent, [run.run, outcome.why, outcome.isFinal])
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
  receiver: LineageReceiver,
  events: readonly object[],
): Promise<{ why: string; isFinal: boolean } | undefined> {
  try {
    const why = await receiver.send(events)
    return why === undefined ? undefined : { why, isFinal: true }
  } catch (error) {
    return { why: (error as Error).message, isFinal: false }
  }
}
