/** How good forecasts were, and where they were worst. */
import { addDays } from '../../contracts/calendar.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { requireChoice, requireCount } from '../values.ts'

export const segmentKinds = ['category', 'store', 'model', 'horizon'] as const
export type SegmentKind = (typeof segmentKinds)[number]

const SEGMENTS_MAX = 200
const EXCEPTIONS_MAX = 50
const EXCEPTION_DAYS = 7

export interface AccuracyFilter {
  store?: string
  category?: string
  /** Of the forecast, 1 to 42: 1 is the day after the last that it knew. */
  daysAhead: number
  /** That are compared, 1 to 365: the newest. */
  days: number
  by: SegmentKind
}

export interface AccuracyDay {
  /** YYYY-MM-DD */
  day: string
  /** Units. */
  actual: number
  forecast: number
  error: number
}

export interface AccuracySegment {
  segment: string
  /** Units. */
  actual: number
  forecast: number
  error: number
  /** Units off per unit sold; null: nothing was sold. */
  wape: number | null
  /** Above zero: too much was forecast. */
  bias: number | null
  /** Share of the days within the interval of 80 %. */
  coverage: number | null
}

export interface Exception {
  productId: string
  name: string
  category: string | null
  /** Decimal text, units. */
  sold: string
  forecast: string
  daysOutside: number
  days: number
  /** What the difference is worth, decimal text; null: no price is known. */
  money: string | null
  currency: string | null
}

export interface Accuracy {
  /** The oldest first. */
  days: AccuracyDay[]
  /** The most units off first; by days ahead in their order. */
  segments: AccuracySegment[]
  /** Of a store, the last seven compared days, the dearest first: at most 50. */
  exceptions: Exception[]
}

/** The newest day that was compared with the forecasts of the day before, of all stores that the reader sees; undefined: none was. */
export async function readNewestDay(pool: Pool): Promise<AccuracyDay | undefined> {
  const { rows } = await pool.query<AccuracyDay>(statement('forecasting/read_accuracy_days.sql'), [null, null, 1, 1])
  return rows[0]
}

/** @throws InvalidError when a value of the filter is impossible */
export async function readAccuracy(pool: Pool, filter: AccuracyFilter): Promise<Accuracy> {
  const { store, category, daysAhead, days, by } = filter
  requireChoice('by', by, segmentKinds)
  requireCount('daysAhead', daysAhead, 1, 42)
  requireCount('days', days, 1, 365)
  const scope = [store ?? null, category ?? null, daysAhead, days]
  const compared = await pool.query<AccuracyDay>(statement('forecasting/read_accuracy_days.sql'), scope)
  const segments = await pool.query<AccuracySegment>(statement('forecasting/read_accuracy_segments.sql'), [
    ...scope,
    by,
    SEGMENTS_MAX,
  ])
  const newest = compared.rows.at(-1)?.day
  return {
    days: compared.rows,
    segments: segments.rows,
    exceptions:
      store === undefined || newest === undefined ? [] : await listExceptions(pool, { store, category }, newest),
  }
}

async function listExceptions(
  pool: Pool,
  { store, category }: { store: string; category: string | undefined },
  newest: string,
): Promise<Exception[]> {
  const days = [addDays(newest, 1 - EXCEPTION_DAYS), newest]
  const { rows } = await pool.query<Exception>(statement('forecasting/list_exceptions.sql'), [
    store,
    category ?? null,
    ...days,
    EXCEPTIONS_MAX,
  ])
  return rows
}
