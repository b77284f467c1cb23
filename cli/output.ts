import { SingleBar } from 'cli-progress'
import Table from 'cli-table3'
import colors from 'picocolors'

/** The user asked for something that can't be asked: exit code 2, nothing was changed. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** Controls that are no tab or line feed, and those that turn the direction of a text around. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
const STEERING = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g
/** The same, but for the colours that we print ourselves. */
const UNCOLOURED = new RegExp(
  `\\u001b(?!\\[[0-9;]*m)|${STEERING.source.replace('\\u001f', '\\u001a\\u001c-\\u001f')}`,
  'g',
)

/** Anyone can send an event or write a reason: their text must not steer the terminal. */
export const printable = (text: string): string => text.replaceAll(STEERING, '\ufffd')

export const print = (line = ''): void => {
  process.stdout.write(`${line.replaceAll(UNCOLOURED, '\ufffd')}\n`)
}

const asEscape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** The one JSON document that a program reads; nothing else goes to standard output then. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2).replaceAll(STEERING, asEscape))

type Cell = string | number | null | undefined

/** Columns of text where the terminal does not report its width. */
const WIDTH_DEFAULT = 120

/** A table as wide as the terminal at most: what does not fit is folded. */
export function printTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const texts = rows.map((row) =>
    row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-GB') : printable(cell ?? ''))),
  )
  const widths = widthsOf([headings, ...texts], process.stdout.columns ?? WIDTH_DEFAULT)
  const folded = (text: string, column: number) => ({
    content: text,
    wrapOnWordBoundary: longestWord(text) <= widths[column]!,
  })
  const table = new Table({
    head: headings.map((heading) => colors.bold(heading)),
    style: { head: [], border: process.stdout.isTTY ? ['gray'] : [], compact: true },
    colAligns: headings.map((_, column) => (rows.some((row) => typeof row[column] === 'number') ? 'right' : 'left')),
    colWidths: widths.map((width) => width + PADDING),
    wordWrap: true,
  })
  for (const row of texts) table.push(row.map(folded))
  print(table.toString())
}

const PADDING = 2
/** A column is not folded further. */
const COLUMN_WIDTH_MIN = 10

const longestWord = (text: string): number => Math.max(...text.split(/\s+/).map((word) => word.length))

/** Characters of each column: the widest are narrowed, between words as long as that is possible, until all fit. */
export function widthsOf(rows: readonly (readonly string[])[], widthMax: number): number[] {
  const columns = rows[0]!.map((_, column) => rows.map((row) => row[column] ?? ''))
  const widths = columns.map((texts) => Math.max(...texts.map(({ length }) => length)))
  const isTooWide = () => widths.reduce((sum, width) => sum + width + PADDING + 1, 1) > widthMax
  const narrow = (smallest: readonly number[]) => {
    while (isTooWide()) {
      const spare = widths.map((width, column) => (width > smallest[column]! ? width : 0))
      const widest = spare.indexOf(Math.max(...spare))
      if (spare[widest] === 0) return
      widths[widest]! -= 1
    }
  }
  narrow(columns.map((texts) => Math.max(...texts.map(longestWord))))
  narrow(columns.map((_, column) => Math.min(widths[column]!, COLUMN_WIDTH_MIN)))
  return widths
}

export interface Progress {
  /** `done` counts in the unit of `total`. */
  update(done: number, note?: string): void
  /** The total turned out to be another. */
  setTotal(total: number): void
  /** All of it is done. */
  finish(): void
  /** It ended before that: what was reached stays on show, with how it ended. */
  stop(ending: string): void
}

const PLAIN_LINE_INTERVAL_MS = 30_000
/** What is left is estimated once the rate can be known. */
const ESTIMATE_AFTER_MS = 2_000
/** A rate of the first hundredths means little: builds and downloads begin slowly. */
const ESTIMATE_AFTER_SHARE = 0.03

/**
 * A bar on a terminal; elsewhere a plain line every 30 s and one at the end, so that a log stays readable. Goes to standard error.
 *
 * @param done what was done before, in the unit of `total`
 */
export function startProgress(title: string, total: number, done = 0): Progress {
  return process.stderr.isTTY ? terminalBar(title, total, done) : plainLines(title, total, done)
}

/** What is left after `elapsedMs`, from the rate so far: `about 4 min left`; empty while too little is done to know it. */
export function estimateLeft(elapsedMs: number, doneSince: number, left: number): string {
  if (elapsedMs < ESTIMATE_AFTER_MS || left <= 0) return ''
  if (doneSince < (doneSince + left) * ESTIMATE_AFTER_SHARE) return ''
  return `about ${formatDuration(Math.round((elapsedMs / doneSince) * left), 'rounded')} left`
}

function terminalBar(title: string, total: number, first: number): Progress {
  const bar = new SingleBar({
    format: `${title.padEnd(28)} {bar} {percentage}% │ {value}/{total} │ {duration_formatted} │ {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: false,
    stream: process.stderr,
  })
  const startedAt = performance.now()
  bar.start(total, first, { note: '' })
  return {
    update(done, note = '') {
      const left = estimateLeft(performance.now() - startedAt, done - first, bar.getTotal() - done)
      bar.update(done, { note: [left, note].filter((text) => text !== '').join(' │ ') })
    },
    setTotal: (next) => bar.setTotal(next),
    finish() {
      bar.update(bar.getTotal(), { note: 'done' })
      bar.stop()
    },
    stop(ending) {
      bar.update({ note: ending })
      bar.stop()
    },
  }
}

interface LineOutput {
  write(line: string): void
  nowMs(): number
}

const standardError: LineOutput = {
  write: (line) => process.stderr.write(line),
  nowMs: () => performance.now(),
}

/** What `startProgress` does where there is no terminal. */
export function plainLines(
  title: string,
  firstTotal: number,
  first: number,
  { write, nowMs } = standardError,
): Progress {
  const startedAt = nowMs()
  let total = firstTotal
  let reached = first
  let printedAt = startedAt
  const line = (...notes: string[]) => {
    const amount = `${reached.toLocaleString('en-GB')} of ${total.toLocaleString('en-GB')}`
    const share = total > 0 ? ` (${Math.floor((100 * reached) / total)} %)` : ''
    const parts = [`${amount}${share} after ${formatDuration(nowMs() - startedAt)}`, ...notes]
    write(`${title}: ${parts.filter((part) => part !== '').join(', ')}\n`)
  }
  return {
    update(done, note = '') {
      reached = done
      const now = nowMs()
      if (now - printedAt < PLAIN_LINE_INTERVAL_MS) return
      printedAt = now
      line(estimateLeft(now - startedAt, done - first, total - done), note)
    },
    setTotal(next) {
      total = next
    },
    finish() {
      reached = total
      line('done')
    },
    stop: line,
  }
}

/** `1.5 MB`, `12 kB`: for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const value = bytes / 1000 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** `850 ms`, `12.3 s`, `4 min 10 s`: for people. An estimate is `rounded` to whole minutes from two on. */
export function formatDuration(milliseconds: number, precision: 'exact' | 'rounded' = 'exact'): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(precision === 'exact' ? 1 : 0)} s`
  if (precision === 'rounded' && milliseconds >= 120_000) return `${Math.round(milliseconds / 60_000)} min`
  const minutes = Math.floor(milliseconds / 60_000)
  return `${minutes} min ${Math.round((milliseconds % 60_000) / 1000)} s`
}

/** `2024-05-01 12:00`, UTC; empty where there is none. */
export const minute = (instant: Date | string | null): string =>
  instant === null ? '' : new Date(instant).toISOString().slice(0, 16).replace('T', ' ')

/** `12.5 %` of a share; `–` where there is none. */
export const percent = (share: number | null | undefined, digits = 1): string =>
  typeof share === 'number' ? `${(100 * share).toFixed(digits)} %` : '–'

/** `1 order`, `2 orders`. */
export const counted = (number: number, noun: string): string =>
  `${number.toLocaleString('en-GB')} ${noun}${number === 1 ? '' : 's'}`
