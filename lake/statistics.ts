/** Per-file statistics: from what DuckDB returns about a file that it wrote, and to leave out files that can't match. */
import { columnsAboutPeople } from '../contracts/data-classes.ts'
import type { AddFile } from './protocol.ts'
import type { Column, DeltaType } from './schema.ts'

/** What DuckDB's `copy … (return_stats)` reports about one column, as text in the session's UTC. */
export interface ColumnStatistics {
  min?: string
  max?: string
  null_count?: string
  has_nan?: string
}

export interface FileStatistics {
  numRecords?: number
  minValues?: Record<string, unknown>
  maxValues?: Record<string, unknown>
  nullCount?: Record<string, unknown>
}

/** Longer texts are cut: a bound only has to hold, and the log is read by everybody. */
const TEXT_CHARACTERS_MAX = 32
/** No text that begins with the cut one sorts after this. */
const GREATEST_CHARACTER = '\u{10ffff}'

/**
 * The `stats` of an add action. Numbers are copied digit by digit, since a decimal or a long may have more of them
 * than JavaScript's numbers.
 */
export function statisticsText(
  rows: number,
  columns: readonly Column[],
  statistics: ReadonlyMap<string, ColumnStatistics>,
): string {
  const minimums: string[] = []
  const maximums: string[] = []
  const nullCounts: string[] = []
  for (const { name, type } of columns) {
    const column = statistics.get(name)
    if (column === undefined || typeof type !== 'string') continue
    const key = JSON.stringify(name)
    if (column.null_count !== undefined) nullCounts.push(`${key}:${column.null_count}`)
    // The log is read by everybody, and is not written again when a person is erased from the rows.
    if (columnsAboutPeople.has(name)) continue
    const minimum = boundText(type, column, 'min')
    const maximum = boundText(type, column, 'max')
    if (minimum === undefined || maximum === undefined) continue
    minimums.push(`${key}:${minimum}`)
    maximums.push(`${key}:${maximum}`)
  }
  return `{"numRecords":${rows},"minValues":{${minimums}},"maxValues":{${maximums}},"nullCount":{${nullCounts}}}`
}

/** One bound as JSON text, or undefined where none can be given. */
function boundText(type: string, column: ColumnStatistics, side: 'min' | 'max'): string | undefined {
  const value = column[side]
  if (value === undefined || column.has_nan === 'true') return undefined
  if (type === 'string') return JSON.stringify(cutText(value, side))
  if (type === 'date') return JSON.stringify(value)
  if (type === 'timestamp') return timestampBound(value, side)
  if (type === 'boolean' || type === 'binary') return undefined
  return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(value) ? value : undefined
}

function cutText(value: string, side: 'min' | 'max'): string {
  const characters = [...value]
  if (characters.length <= TEXT_CHARACTERS_MAX) return value
  const start = characters.slice(0, TEXT_CHARACTERS_MAX).join('')
  return side === 'min' ? start : start + GREATEST_CHARACTER
}

/** Statistics hold milliseconds, so that a maximum between two of them is rounded up. */
function timestampBound(value: string, side: 'min' | 'max'): string | undefined {
  const [, day, time, fraction = ''] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})(?:\.(\d+))?\+00$/.exec(value) ?? []
  if (day === undefined) return undefined
  const microseconds = Number(fraction.padEnd(6, '0'))
  const milliseconds = side === 'min' ? Math.floor(microseconds / 1_000) : Math.ceil(microseconds / 1_000)
  return JSON.stringify(new Date(Date.parse(`${day}T${time}Z`) + milliseconds).toISOString())
}

export const parseStatistics = (file: AddFile): FileStatistics =>
  file.stats === undefined ? {} : (JSON.parse(file.stats) as FileStatistics)

/** Values from `from` to `to`, both inclusive, either left out: open. Dates as YYYY-MM-DD, instants as ISO 8601. */
export interface Range {
  from?: string | number
  to?: string | number
}

/** Whether the file may hold a row whose column lies in the range; true whenever the statistics don't show it. */
export function mayContain(statistics: FileStatistics, column: Column, range: Range): boolean {
  const minimum = statistics.minValues?.[column.name]
  const maximum = statistics.maxValues?.[column.name]
  if (range.from !== undefined && isBelow(maximum, range.from, column.type)) return false
  if (range.to !== undefined && isBelow(range.to, minimum, column.type)) return false
  return true
}

/**
 * Surely below: false also where it can't be known. Rounding a long or a decimal to a double keeps their order, so that
 * strictly below after the rounding is strictly below before.
 */
function isBelow(left: unknown, right: unknown, type: DeltaType): boolean {
  if (left === undefined || right === undefined || left === null || right === null) return false
  if (type === 'string') return Buffer.compare(Buffer.from(String(left)), Buffer.from(String(right))) < 0
  if (type === 'date') return String(left) < String(right)
  if (type === 'timestamp') return new Date(String(left)).getTime() < new Date(String(right)).getTime()
  return Number(left) < Number(right)
}
