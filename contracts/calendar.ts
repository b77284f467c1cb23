/** Days of the calendar, `YYYY-MM-DD`, without a clock or a zone. */

export const DAY_MS = 86_400_000

/** The midnight that begins the day, were its zone UTC, in milliseconds since 1970. */
const startOf = (date: string): number => Date.parse(`${date}T00:00:00Z`)

/** Days since 1 January 1970. */
export const dayNumber = (date: string): number => startOf(date) / DAY_MS

/** The day with this number. */
export const dateOf = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/** The day this many days later; negative: before. */
export const addDays = (date: string, days: number): string => dateOf(dayNumber(date) + days)

/** How many days lie from one day to another; of neighbours it is one. */
export const countDays = (from: string, to: string): number => dayNumber(to) - dayNumber(from)

/** Every day of a range, both ends included. */
export const daysBetween = (from: string, to: string): string[] =>
  Array.from({ length: Math.max(0, countDays(from, to) + 1) }, (_, index) => addDays(from, index))

/** The Monday of the day's week. */
export const mondayOf = (date: string): string => addDays(date, -((((dayNumber(date) + 3) % 7) + 7) % 7))
