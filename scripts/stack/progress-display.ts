import { MultiBar, Presets, type SingleBar } from 'cli-progress'
import type { StackProgress } from './progress.ts'

export interface ProgressDisplay {
  onProgress(progress: StackProgress): void
  stop(): void
}

const PLAIN_LINE_INTERVAL_MS = 5_000
const NOTE_WIDTH = 48

/** A line with a bar for each item on a terminal; elsewhere plain lines, a few an item. Goes to standard error. */
export const createProgressDisplay = (): ProgressDisplay => (process.stderr.isTTY ? bars() : plainLines())

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
  return {
    onProgress({ item, state, note, done = 0, total = 1 }) {
      const shown = { item: item.padEnd(22), note: note.slice(0, NOTE_WIDTH) }
      const line = lines.get(item) ?? all.create(total, 0, shown)
      lines.set(item, line)
      line.setTotal(total)
      line.update(state === 'done' ? total : done, shown)
      if (state === 'done') line.stop()
    },
    stop: () => all.stop(),
  }
}

function plainLines(): ProgressDisplay {
  const said = new Map<string, { state: string; at: number }>()
  return {
    onProgress({ item, state, note, done, total }) {
      const now = performance.now()
      const last = said.get(item)
      if (last?.state === state && state !== 'done' && now - last.at < PLAIN_LINE_INTERVAL_MS) return
      said.set(item, { state, at: now })
      const amount = total === undefined ? '' : ` ${done} of ${total}`
      process.stderr.write(`${item}: ${note}${amount}\n`)
    },
    stop() {},
  }
}
