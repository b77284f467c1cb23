/** Checks of plain values that several services are given. */
import { InvalidError } from './errors.ts'

/** Whether a text is a day that the calendar has, YYYY-MM-DD. It has no year 0. */
export function isDate(value: string): boolean {
  const parsed = new Date(`${value}T00:00:00Z`)
  return (
    /^(?!0000)\d{4}-\d{2}-\d{2}$/.test(value) &&
    !Number.isNaN(parsed.getTime()) &&
    parsed.toISOString().startsWith(value)
  )
}

/** Whether PostgreSQL stores a text as it is: it has no NUL, and no half of a character (a surrogate without its other half). */
export const isStorableText = (text: string): boolean => text.isWellFormed() && !text.includes('\u0000')

/** @throws InvalidError when it is not a day, YYYY-MM-DD */
export function requireDate(field: string, value: string): string {
  if (!isDate(value)) throw new InvalidError('is not a date (YYYY-MM-DD)', { field, value })
  return value
}

const INSTANT = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/

/** @throws InvalidError when it is not an instant with its offset, as RFC 3339 has it */
export function requireInstant(field: string, value: string): string {
  if (INSTANT.test(value) && !Number.isNaN(Date.parse(value))) return value
  throw new InvalidError('is not an instant (2024-05-01T12:00:00Z)', { field, value })
}

/** @throws InvalidError when it is not a whole number in the range, both ends inclusive */
export function requireCount(field: string, value: number, minimum: number, maximum: number): number {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return value
  throw new InvalidError(`is not a whole number from ${minimum} to ${maximum}`, { field, value })
}

/** @throws InvalidError naming the known values */
export function requireChoice<const Choices extends readonly string[]>(
  field: string,
  value: string,
  choices: Choices,
): Choices[number] {
  if (choices.includes(value)) return value
  throw new InvalidError('is unknown', { field, value, fix: `use one of ${choices.join(', ')}` })
}

const WHY_CHARACTERS_MAX = 500

/** @throws InvalidError unless a reason is a text of 1 to 500 characters */
export function requireWhy(why: string): string {
  if (/\S/.test(why) && why.length <= WHY_CHARACTERS_MAX && isStorableText(why)) return why
  throw new InvalidError(`is not a text of 1 to ${WHY_CHARACTERS_MAX} characters`, { field: 'why', value: why })
}

const DAY_OR_INSTANT = /^(?!0000)\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

/**
 * The instant of a text; a day begins at midnight UTC.
 *
 * @throws InvalidError when it is neither a day nor an instant with its offset
 */
export function requireDayOrInstant(field: string, value: string): Date {
  const instant = new Date(value)
  if (DAY_OR_INSTANT.test(value) && !Number.isNaN(instant.getTime())) return instant
  throw new InvalidError('is not a day (2024-05-01) or an instant (2024-05-01T12:00:00Z)', { field, value })
}
