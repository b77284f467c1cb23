/** What the checks of the last days found: those of partitions, and those over all of them. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'

const CHECKS_MAX = 1_000

export interface RecentCheck {
  /** `data_quality` for the checks that are about no asset. */
  asset: string
  check: string
  /** The partition of the newest result, YYYY-MM-DD; null: it is about none. */
  date: string | null
  severity: 'block' | 'warn'
  /** The newest result. */
  passed: boolean
  finding: string
  failingRows: number
  checkedAt: Date
  /** In the last 14 days. */
  runs: number
  failures: number
  /** Of each of these days, today last. */
  failuresByDay: number[]
}

/** Those that fail now first; at most 1,000. */
export async function readRecentChecks(pool: Pool, { isFailing = false } = {}): Promise<RecentCheck[]> {
  return (await pool.query<RecentCheck>(statement('data-quality/recent_results.sql'), [isFailing, CHECKS_MAX])).rows
}
