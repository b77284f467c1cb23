import { readFileSync } from 'node:fs'
import type { AssetChoice } from '../services/backfill/assets.ts'
import { isDate } from '../services/values.ts'
import { UsageError } from './output.ts'

/** An ISO day that the calendar has; `flag` names it in the message. */
export function parseDate(flag: string, value: string): string {
  if (!isDate(value)) throw new UsageError(`${flag} ${value} is not a date (YYYY-MM-DD)`)
  return value
}

/** Two days in order, both inclusive. */
export function parseDateRange(from: string, to: string): { from: string; to: string } {
  const range = { from: parseDate('--from', from), to: parseDate('--to', to) }
  if (range.from > range.to) throw new UsageError(`--from ${from} is after --to ${to}: give the earlier day first`)
  return range
}

export function parseCount(flag: string, value: string, minimum = 1, maximum = 1_000_000_000): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < minimum || count > maximum) {
    throw new UsageError(`${flag} ${value} is not a whole number from ${minimum} to ${maximum}`)
  }
  return count
}

export function parseNumber(flag: string, value: string): number {
  const number = Number(value)
  if (value.trim() === '' || !Number.isFinite(number)) throw new UsageError(`${flag} ${value} is not a number`)
  return number
}

/** One of the known names, or an error that lists them. */
export function parseChoice<const Choices extends readonly string[]>(
  what: string,
  value: string,
  choices: Choices,
): Choices[number] {
  if (!choices.includes(value)) throw new UsageError(`${what} "${value}" is unknown: use one of ${choices.join(', ')}`)
  return value
}

/** An order's id may hold a slash; what is behind the last one is the line. */
export function parseOrderLine(text: string): { order: string; line: number } {
  const [, order, line] = /^(.+)\/(\d{1,9})$/.exec(text) ?? []
  if (order === undefined) throw new UsageError(`"${text}" is not ORDER/LINE, for example PO-dairy-W1-20170301/1`)
  return { order, line: Number(line) }
}

/** `a,b` or `all`. */
export const parseAssets = (text: string): AssetChoice =>
  text === 'all' ? 'all' : text.split(',').map((name) => name.trim())

/** A secret: on a command line others could read it. */
export function readSecretFile(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new UsageError(`--secret-file ${file} can't be read (${(error as NodeJS.ErrnoException).code}): name a file`)
  }
}
