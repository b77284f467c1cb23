/** The review of a week, for people and programs; by mail it is sent by routes of notifications. */
import { readReview, type WeekReview } from '../../activities/reports/review.ts'
import { addDays, mondayOf } from '../../contracts/calendar.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { businessDay } from '../replenishment/scope.ts'
import { requireDate } from '../values.ts'

export type { ReviewedFigure, ReviewedProduct, ReviewedStore, WeekReview } from '../../activities/reports/review.ts'
export { reviewPdf } from '../../activities/reports/review-files.ts'
export { changeText, figureText, missingDays, reviewTitle } from '../../activities/reports/review-texts.ts'

/**
 * @param day any of the week; left out: the last week that is over
 * @throws InvalidError when it is no day
 */
export async function readWeek(pool: Pool, timeZone: string, day?: string): Promise<WeekReview> {
  if (day !== undefined) return readReview(pool, mondayOf(requireDate('week', day)))
  return readReview(pool, addDays(mondayOf(await businessDay(pool, timeZone)), -7))
}
