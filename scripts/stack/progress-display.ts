import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import { estimateLeft } from '../../cli/output.ts'
import type { StackProgress } from './progress.ts'

export interface ProgressDisplay {
  onProgress(progress: StackProgress): void
  stop(): void
}

const PLAIN_LINE_INTERVAL_MS = 30_000
const NOTE_WIDTH = 48

/** A line with a bar for each item on a terminal; elsewhere plain lines: one when an item begins something else, and every 30 s. Goes to standard error. */
export const createProgressDisplay = (
  form: 'bars' | 'lines' = process.stderr.isTTY ? 'bars' : 'lines',
): ProgressDisplay => (form === 'bars' ? bars() : plainLines())

function bars(): ProgressDisplay {
  const all = new MultiBar(
    {
      format: '{item} {bar} {percentage}% │ {duration_formatted} │ {note}',
      barsize: 20,
      hideCursor: true,
      stream: process.stderr,
    },
    Presets.shades_classic,
  )
  const lines = new Map<string, SingleBar>()
  const estimate = estimates()
  return {
    onProgress(progress) {
      const { item, state, note, done = 0, total = 1 } = progress
      if (state === 'notice') return all.log(`${item}: ${note}\n`)
      const shown = { item: item.padEnd(22), note: [note, estimate(progress)].join(' ').trim().slice(0, NOTE_WIDTH) }
      const line = lines.get(item) ?? all.create(total, 0, shown)
      lines.set(item, line)
      if (state === 'failed') line.update(shown)
      else {
        line.setTotal(total)
        line.update(state === 'done' ? total : done, shown)
      }
      if (state === 'done' || state === 'failed') line.stop()
    },
    stop: () => all.stop(),
  }
}

function plainLines(): ProgressDisplay {
  const printed = new Map<string, { state: string; at: number }>()
  const estimate = estimates()
  return {
    onProgress(progress) {
      const { item, state, note, done, total } = progress
      const left = estimate(progress)
      const now = performance.now()
      const last = printed.get(item)
      const isEnd = state === 'done' || state === 'failed'
      if (last?.state === state && !isEnd && now - last.at < PLAIN_LINE_INTERVAL_MS) return
      printed.set(item, { state, at: now })
      const amount = total === undefined ? '' : ` ${done} of ${total}`
      process.stderr.write(`${item}: ${note}${amount}${left && `, ${left}`}\n`)
    },
    stop() {},
  }
}

/** What is left of an item whose amount is known; an amount of another total is another piece of work. */
function estimates(): (progress: StackProgress) => string {
  const begun = new Map<string, { total: number; done: number; at: number }>()
  return ({ item, done, total }) => {
    if (done === undefined || total === undefined) return ''
    const now = performance.now()
    const earlier = begun.get(item)
    const first = earlier?.total === total ? earlier : { total, done, at: now }
    begun.set(item, first)
    return estimateLeft(now - first.at, done - first.done, total - done)
  }
}
