import type { Pool } from './postgres.ts'

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

export interface Status {
  streams: StreamOutcome[]
  openDeadLetters: { topic: string; reason: string; letters: number }[]
  assets: AssetStatus[]
}

/** What came in, what became of it, and what was built from it: the figures that every summary shows. */
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
  return { streams: streams.rows, openDeadLetters: letters.rows, assets: assets.rows }
}
