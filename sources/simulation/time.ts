import { DAY_MS } from '../../contracts/calendar.ts'

export { DAY_MS }

export const SECOND_MS = 1_000
export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

/** The simulated stores keep UTC: no day of theirs is an hour longer or shorter. */
export const TIME_ZONE = 'UTC'

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)
export const midnightBefore = (ms: number): number => Math.floor(ms / DAY_MS) * DAY_MS
export const instantOf = (ms: number): string => new Date(ms).toISOString()
/** Hours since Monday 0:00; 1970-01-01 was a Thursday. */
export const hourOfWeek = (ms: number): number => (Math.floor(ms / HOUR_MS) + 72) % 168
/** Monday is 0. */
export const weekdayOf = (ms: number): number => Math.floor(hourOfWeek(ms) / 24)
/** `07:00` */
export const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`
