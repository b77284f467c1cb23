/** Days that have begun: nothing can have happened on a later one, so that nothing is built of it. */
import { EARLIEST_DAY } from '../../contracts/limits.ts'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { refuse } from '../failures.ts'

export interface NewestDay {
  /** YYYY-MM-DD */
  date: string
  /** The time zone in which it has begun first. */
  timeZone: string
}

/** The calendar day of an instant, as a clock in `timeZone` shows it; YYYY-MM-DD. */
export const dayIn = (instant: Date, timeZone: string): string =>
  // The Swedish way to write a date is ISO's.
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(instant)

/**
 * The newest day that has begun in any store, or in the zone that schedules are read in: by the clock of the business, or by the
 * real one where a simulation lags behind it.
 */
export async function newestDay(pool: Pool, timeZone: string): Promise<NewestDay> {
  const { rows } = await pool.query<{ at: Date; zones: string[] }>(
    'select greatest(ops.now(), now()) as at, array(select distinct time_zone from ref.stores) as zones',
  )
  const { at, zones } = rows[0]!
  const days = [timeZone, ...zones].flatMap((zone) => {
    const date = knownDayIn(at, zone)
    return date === undefined ? [] : [{ date, timeZone: zone }]
  })
  return days.reduce((newest, day) => (day.date > newest.date ? day : newest))
}

/** Master data may name a zone that this machine does not know: it is ignored then. */
function knownDayIn(instant: Date, timeZone: string): string | undefined {
  try {
    return dayIn(instant, timeZone)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/**
 * @param what for the message: who asks, e.g. `dailyEtl`
 * @throws ApplicationFailure `InvalidInput` naming the day and the newest, or the earliest, that there is
 */
export async function requireBegun(pool: Pool, timeZone: string, what: string, date: string): Promise<void> {
  if (date < EARLIEST_DAY) {
    throw refuse('InvalidInput', `${what}: ${date} is before ${EARLIEST_DAY}: no event of such a day is accepted`)
  }
  const newest = await newestDay(pool, timeZone)
  if (date <= newest.date) return
  throw refuse(
    'InvalidInput',
    `${what}: ${date} has not begun in any store: the newest day is ${newest.date} (${newest.timeZone}); give that or an earlier one`,
  )
}
