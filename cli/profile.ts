import type { TableProfile } from '../platform/duckdb/profile.ts'
import { percent, print, printTable } from './output.ts'

/** What the columns of a table or file hold, a row each. */
export function printProfile(name: string, { rows, rowsSampled, columns }: TableProfile): void {
  if (rows === 0) {
    print(`${name} has no rows in this range`)
    return
  }
  print(rows === rowsSampled ? `${name}: ${rows} rows` : `${name}: ${rows} rows, of which ${rowsSampled} were sampled`)
  printTable(
    ['column', 'type', 'null', 'distinct', 'minimum', 'median', 'mean', 'deviation', 'maximum', 'most frequent'],
    columns.map(({ column, type, nulls, distinct, minimum, median, mean, deviation, maximum, mostFrequent }) => [
      column,
      typeName(type),
      rounded(nulls),
      distinct,
      short(minimum),
      figure(median),
      figure(mean),
      figure(deviation),
      short(maximum),
      mostFrequent && `${short(mostFrequent.value)} ${rounded(mostFrequent.share)}`,
    ]),
  )
}

const typeName = (type: string): string => type.toLowerCase().replace('timestamp with time zone', 'timestamptz')
const rounded = (share: number): string => percent(share, share > 0 && share < 0.1 ? 1 : 0)
const figure = (value: number | undefined): string => (value === undefined ? '' : String(Number(value.toPrecision(6))))
const CHARACTERS_SHOWN = 16
const short = (text: string | null): string =>
  text === null ? '' : text.length > CHARACTERS_SHOWN ? `${text.slice(0, CHARACTERS_SHOWN - 1)}…` : text
