/** Ranges of store's days, and days that have begun. */

import { newestDay } from '../../activities/backfill/begun-days.ts'
import { countDays } from '../../contracts/calendar.ts'
import { EARLIEST_DAY } from '../../contracts/limits.ts'
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

/** @throws InvalidError when the day is before those of which events are accepted */
export function requireAcceptedDay(field: string, value: string): void {
  if (value >= EARLIEST_DAY) return
  const fix = `use ${EARLIEST_DAY} or a later day`
  throw new InvalidError('is too early: no event of such a day is accepted', { field, value, fix })
}

/** @throws InvalidError when no event of the day can have been accepted: it is too early, or has not begun in any store */
export async function requireBegunDay(pool: Pool, timeZone: string, field: string, value: string): Promise<void> {
  requireAcceptedDay(field, value)
  const newest = await newestDay(pool, timeZone)
  if (value <= newest.date) return
  const fix = `use ${newest.date} (today in ${newest.timeZone}) or an earlier day`
  throw new InvalidError('has not begun in any store', { field, value, fix })
}
