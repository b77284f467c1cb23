/** The review of a week, for people and programs; by mail it is sent by routes of notifications. */
import { readReview, type WeekReview } from '../../activities/reports/review.ts'
import { addDays, mondayOf } from '../../contracts/calendar.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { InvalidError } from '../errors.ts'
import { businessDay } from '../replenishment/scope.ts'
import { requireDate } from '../values.ts'

export type { ReviewedFigure, ReviewedProduct, ReviewedStore, WeekReview } from '../../activities/reports/review.ts'
export { reviewPdf } from '../../activities/reports/review-files.ts'
export { changeText, figureText, missingDays, reviewTitle } from '../../activities/reports/review-texts.ts'

/** No pipeline builds days before. */
const FIRST_DAY = '1990-01-01'

export interface AskedWeek extends WeekReview {
  /** Mondays of the weeks before and after; null: no pipeline builds it, or it has not begun. */
  weekBefore: string | null
  weekAfter: string | null
}

/**
 * @param day any of the week; left out: the last week that is over
 * @throws InvalidError when it is no day, before 1990, or in a week that has not begun
 */
export async function readWeek(pool: Pool, timeZone: string, day?: string): Promise<AskedWeek> {
  const current = mondayOf(await businessDay(pool, timeZone))
  const monday = day === undefined ? addDays(current, -7) : mondayIn(day, current)
  const [before, after] = [addDays(monday, -7), addDays(monday, 7)]
  return {
    ...(await readReview(pool, monday)),
    weekBefore: before < FIRST_DAY ? null : before,
    weekAfter: after > current ? null : after,
  }
}

function mondayIn(day: string, current: string): string {
  requireDate('week', day)
  const last = addDays(current, 6)
  if (day < FIRST_DAY || day > last) {
    throw new InvalidError(`is not between ${FIRST_DAY} and ${last}, the end of this week`, {
      field: 'week',
      value: day,
    })
  }
  return mondayOf(day)
}
