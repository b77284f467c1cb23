import type { Pool } from '../../platform/postgres/postgres.ts'

/** The processors that a person has paused. */
export async function pausedProcessors(pool: Pool): Promise<Set<string>> {
  const { rows } = await pool.query<{ processor: string }>('select processor from ops.stream_controls where paused')
  return new Set(rows.map(({ processor }) => processor))
}

/** Asks every worker to pause or resume processors; running ones follow within a second or two. */
export async function setPaused(pool: Pool, processors: readonly string[], paused: boolean): Promise<void> {
  await pool.query(
    `insert into ops.stream_controls (processor, paused) select unnest($1::text[]), $2
     on conflict (processor) do update set paused = excluded.paused, changed_at = now()
     where stream_controls.paused <> excluded.paused`,
    [processors, paused],
  )
}
