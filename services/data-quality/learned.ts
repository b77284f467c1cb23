/** The checks that compare a day with its own past: their limits, and how often they find something. */
import { judgeDay } from '../../activities/data-quality/unusual-days.ts'
import { daysBetween } from '../../contracts/calendar.ts'
import type { PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { InvalidError, NotFoundError } from '../errors.ts'
import { requireWhy } from '../values.ts'

const DAYS_MAX = 366

type Reader = Pick<PoolClient, 'query'>

export interface QualityLimit {
  measure: string
  /** Standard deviations from the median of the past. */
  scoreMax: number
  /** Difference from the median: of a share as it is, else as a part of the median. */
  changeMin: number
  isShare: boolean
  daysMin: number
  meaning: string
  changedBy: string | null
  why: string | null
}

export const listLimits = async (pool: Reader): Promise<QualityLimit[]> =>
  (await pool.query<QualityLimit>(statement('data-quality/list_limits.sql'))).rows

export interface LimitChange {
  measure: string
  scoreMax?: number
  changeMin?: number
  by: string
  why: string
}

/**
 * @throws NotFoundError for an unknown measure
 * @throws InvalidError for a limit that is no positive number
 */
export async function changeLimit(
  pool: Reader,
  { measure, scoreMax, changeMin, by, why }: LimitChange,
): Promise<QualityLimit> {
  requireWhy(why)
  if (scoreMax === undefined && changeMin === undefined) {
    throw new InvalidError('no limit is given', { fix: 'give a score, a change, or both' })
  }
  for (const [field, value] of Object.entries({ score: scoreMax, change: changeMin })) {
    if (value !== undefined && !(value > 0 && value <= 1_000)) {
      throw new InvalidError('is not a number above 0 and at most 1,000', { field, value: String(value) })
    }
  }
  const { rows } = await pool.query<QualityLimit>(statement('data-quality/change_limit.sql'), [
    measure,
    scoreMax ?? null,
    changeMin ?? null,
    by,
    why,
  ])
  if (rows[0] === undefined) throw new NotFoundError('measure', measure)
  return rows[0]
}

export interface ReplayedMeasure {
  measure: string
  /** Stores or assets, each once a day. */
  judged: number
  unusual: number
  /** Days with at least one of them: one alert each. */
  alerts: number
}

export interface QualityReplay {
  from: string
  to: string
  days: number
  measures: ReplayedMeasure[]
}

/**
 * Judges days of the past again, each by the days before it: on days without a fault every finding is a false alarm.
 *
 * @throws InvalidError for more than 366 days
 */
export async function replayQuality(pool: Reader, { from, to }: { from: string; to: string }): Promise<QualityReplay> {
  const days = daysBetween(from, to)
  if (days.length > DAYS_MAX) {
    throw new InvalidError(`is ${days.length} days after the first: at most ${DAYS_MAX}`, { field: 'to', value: to })
  }
  const measures = new Map<string, ReplayedMeasure>()
  for (const day of days) {
    for (const [measure, judged] of Map.groupBy(await judgeDay(pool, day), (one) => one.measure)) {
      const before = measures.get(measure) ?? { measure, judged: 0, unusual: 0, alerts: 0 }
      const unusual = judged.filter(({ isUnusual }) => isUnusual).length
      measures.set(measure, {
        measure,
        judged: before.judged + judged.length,
        unusual: before.unusual + unusual,
        alerts: before.alerts + (unusual > 0 ? 1 : 0),
      })
    }
  }
  return { from, to, days: days.length, measures: [...measures.values()] }
}
