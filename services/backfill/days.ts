/** Ranges of store's days, and days that have begun. */

import { newestDay } from '../../activities/backfill/begun-days.ts'
import { countDays } from '../../contracts/calendar.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { InvalidError } from '../errors.ts'
import { requireDate } from '../values.ts'

export interface DayRange {
  /** First and last day, both inclusive; YYYY-MM-DD. */
  from: string
  to: string
}

/** @throws InvalidError when a day is none, they are in the wrong order, or there are more than `daysMax` */
export function requireRange({ from, to }: DayRange, daysMax: number): DayRange {
  requireDate('from', from)
  requireDate('to', to)
  if (from > to)
    throw new InvalidError(`is after ${to}`, { field: 'from', value: from, fix: 'give the earlier day first' })
  if (countDays(from, to) < daysMax) return { from, to }
  throw new InvalidError(`is more than ${daysMax} days before ${to}`, { field: 'from', value: from, fix: 'use parts' })
}

/** @throws InvalidError when the day has not begun in any store: nothing can be built of it */
export async function requireBegunDay(pool: Pool, timeZone: string, field: string, value: string): Promise<void> {
  const newest = await newestDay(pool, timeZone)
  if (value <= newest.date) return
  const fix = `use ${newest.date} (today in ${newest.timeZone}) or an earlier day`
  throw new InvalidError('has not begun in any store', { field, value, fix })
}
