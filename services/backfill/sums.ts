/** The sums behind reports, made again from their facts. */
import type { Pool } from '../../platform/postgres/postgres.ts'
import { type DayRange, requireRange } from './days.ts'
import { PLANNED_DAYS_MAX } from './planning.ts'

export interface RebuiltSums {
  /** What was summed: sales, stock_cover, markdowns, or the days of stock and forecasts. */
  aggregate: string
  /** Days; null: it is of now. */
  dates: number | null
  rows: number
}

/**
 * Makes every sum of these days again, whether or not anything has changed. `refresh_bi` does this every 15 minutes for the days that loads have
 * changed; this is for facts that something else has changed.
 *
 * @throws InvalidError when the days are impossible
 */
export async function rebuildSums(pool: Pool, range: DayRange): Promise<RebuiltSums[]> {
  const { from, to } = requireRange(range, PLANNED_DAYS_MAX)
  const { rows } = await pool.query<RebuiltSums>(
    'select aggregate, dates::integer, rows_written::integer as rows from analytics.rebuild_sums($1, $2)',
    [from, to],
  )
  return rows
}
