import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { isNeeded, type WorkerKind, workerKinds } from '../../platform/worker-kinds.ts'
import { readWorkers, type WorkerRow } from '../../platform/workers.ts'

export interface StreamOutcome {
  processor: string
  consumed: number
  applied: number
  duplicate: number
  late: number
  dead: number
}

export interface AssetStatus {
  asset: string
  succeeded: number
  running: number
  failed: number
  rows: number
  /** Middle time that one partition took. */
  medianMs: number | null
  newest: string | null
}

/** The workers of one kind. */
export interface WorkerStatus {
  kind: WorkerKind
  alive: number
  /** When the one that is alive for longest has started; null when none is alive. */
  since: Date | null
  /** When the last heartbeat was written, by the database's clock, and how long ago; null when there was none. */
  lastSeenAt: Date | null
  secondsSinceSeen: number | null
  /** The problems that those that are alive report. */
  problems: string[]
}

export interface Status {
  /** By kind; of those that not every instance needs only the ones that have run, or have something to do. */
  workers: WorkerStatus[]
  streams: StreamOutcome[]
  openDeadLetters: { topic: string; reason: string; letters: number }[]
  assets: AssetStatus[]
  /** What waits for Kafka, by relay and topic: the age of the oldest message. */
  waiting: { relay: 'outbox' | 'dead_letters'; topic: string; since: Date; seconds: number }[]
  /** What Kafka does not take, and a person has to decide about. */
  unsent: { relay: 'outbox' | 'dead_letters'; topic: string; reason: string; messages: number; since: Date }[]
}

/** What was received, its outcomes, and what was built from it: the figures that every summary shows. */
export async function readStatus(pool: Pool): Promise<Status> {
  const streams = await pool.query<StreamOutcome>(`
    select processor, sum(consumed)::bigint as consumed, sum(applied)::bigint as applied,
      sum(duplicate)::bigint as duplicate, sum(late)::bigint as late, sum(dead)::bigint as dead
    from ops.stream_offsets
    group by processor
    order by processor`)
  const letters = await pool.query<Status['openDeadLetters'][number]>(`
    select topic, reason, count(*)::bigint as letters
    from ops.dead_letters
    where status = 'open'
    group by topic, reason
    order by letters desc, topic, reason`)
  const assets = await pool.query<AssetStatus>(`
    select asset,
      count(*) filter (where status = 'succeeded')::bigint as succeeded,
      count(*) filter (where status = 'running')::bigint as running,
      count(*) filter (where status = 'failed')::bigint as failed,
      coalesce(sum(rows) filter (where status = 'succeeded'), 0)::bigint as rows,
      percentile_cont(0.5) within group (order by duration_ms) filter (where status = 'succeeded') as "medianMs",
      max(date) filter (where status = 'succeeded')::text as newest
    from ops.partition_ledger
    group by asset
    order by asset`)
  const waiting = await pool.query<Status['waiting'][number]>(statement('streams/relays/oldest_waiting.sql'))
  const used = await pool.query<Partial<Record<WorkerKind, boolean>>>(`
    select exists(select from ref.event_source) as receive, exists(select from ref.cdc_map) as cdc,
      exists(select from ref.file_feed) as files`)
  const unsent = await pool.query<Status['unsent'][number]>(statement('streams/relays/count_unsent.sql'))
  return {
    workers: workersByKind(await readWorkers(pool)).filter(
      ({ kind, lastSeenAt }) => isNeeded(kind) || kind === 'web' || lastSeenAt !== null || used.rows[0]![kind] === true,
    ),
    streams: streams.rows,
    openDeadLetters: letters.rows,
    assets: assets.rows,
    waiting: waiting.rows,
    unsent: unsent.rows,
  }
}

function workersByKind(all: readonly WorkerRow[]): WorkerStatus[] {
  return workerKinds.map((kind) => {
    const ofKind = all.filter((worker) => worker.kind === kind)
    const alive = ofKind.filter(({ state }) => state === 'alive')
    const oldest = Math.min(...alive.map(({ startedAt }) => startedAt.getTime()))
    return {
      kind,
      alive: alive.length,
      since: alive.length === 0 ? null : new Date(oldest),
      lastSeenAt: ofKind[0]?.lastSeenAt ?? null,
      secondsSinceSeen: ofKind[0]?.secondsSinceSeen ?? null,
      problems: alive.flatMap(({ problem, host, pid }) => (problem === null ? [] : [`${host} ${pid}: ${problem}`])),
    }
  })
}
