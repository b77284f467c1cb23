import { SingleBar } from 'cli-progress'
import Table from 'cli-table3'
import colors from 'picocolors'

/** The user asked for something that can't be asked: exit code 2, nothing was changed. */
export class UsageError extends Error {
  override name = 'UsageError'
}

export const print = (line = ''): void => {
  process.stdout.write(`${line}\n`)
}

/** The one JSON document that a program reads; nothing else goes to standard output then. */
export const printJson = (value: unknown): void => print(JSON.stringify(value, null, 2))

type Cell = string | number | null | undefined

export function printTable(headings: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const table = new Table({
    head: headings.map((heading) => colors.bold(heading)),
    style: { head: [], border: process.stdout.isTTY ? ['gray'] : [], compact: true },
    colAligns: headings.map((_, column) => (rows.some((row) => typeof row[column] === 'number') ? 'right' : 'left')),
  })
  for (const row of rows) {
    table.push(row.map((cell) => (typeof cell === 'number' ? cell.toLocaleString('en-GB') : (cell ?? ''))))
  }
  print(table.toString())
}

export interface Progress {
  /** `done` counts in the unit of `total`. */
  update(done: number, note?: string): void
  /** The total turned out to be another. */
  setTotal(total: number): void
  stop(note?: string): void
}

const PLAIN_LINE_INTERVAL_MS = 5_000

/** A bar on a terminal; elsewhere a plain line now and then, so that a log stays readable. Goes to standard error. */
export function startProgress(title: string, total: number): Progress {
  return process.stderr.isTTY ? terminalBar(title, total) : plainLines(title, total)
}

function terminalBar(title: string, total: number): Progress {
  const bar = new SingleBar({
    format: `${title.padEnd(28)} {bar} {percentage}% │ {value}/{total} │ {duration_formatted} {note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: false,
    stream: process.stderr,
  })
  bar.start(total, 0, { note: '' })
  return {
    update: (done, note = '') => bar.update(done, { note }),
    setTotal: (next) => bar.setTotal(next),
    stop: (note) => {
      bar.update(bar.getTotal(), { note: note ?? '' })
      bar.stop()
    },
  }
}

function plainLines(title: string, firstTotal: number): Progress {
  const startedAt = performance.now()
  let total = firstTotal
  let saidAt = startedAt
  const say = (done: number, note = '') => {
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    process.stderr.write(`${title}: ${done}/${total} after ${seconds} s ${note}`.trimEnd().concat('\n'))
  }
  return {
    update(done, note) {
      if (performance.now() - saidAt < PLAIN_LINE_INTERVAL_MS) return
      saidAt = performance.now()
      say(done, note)
    },
    setTotal(next) {
      total = next
    },
    stop: (note) => say(total, note ?? 'done'),
  }
}

/** `1.5 MB`, `12 kB`: for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const value = bytes / 1000 ** power
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(1)} ${units[power]}`
}

/** `850 ms`, `12.3 s`, `4 min 10 s`: for people. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`
  const minutes = Math.floor(milliseconds / 60_000)
  return `${minutes} min ${Math.round((milliseconds % 60_000) / 1000)} s`
}
