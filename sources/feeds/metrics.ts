import { Counter, Gauge, type Registry } from 'prom-client'
import type { TakenFile } from './ledger.ts'
import type { FeedState } from './taker.ts'

export interface FilesMetrics {
  count(feed: string, file: TakenFile): void
}

/** @param states of the feeds, by name, as they are now */
export function createFilesMetrics(registry: Registry, states: () => ReadonlyMap<string, FeedState>): FilesMetrics {
  const registers = [registry]
  const files = new Counter({
    name: 'shelfline_files_taken_total',
    help: 'Files of feeds that were taken: sent, or set aside.',
    labelNames: ['feed', 'outcome'],
    registers,
  })
  const events = new Counter({
    name: 'shelfline_files_events_total',
    help: 'Events of files that Kafka has acknowledged.',
    labelNames: ['feed'],
    registers,
  })
  const rejected = new Counter({
    name: 'shelfline_files_rejected_rows_total',
    help: 'Rows of files that break the contract or can not be read.',
    labelNames: ['feed'],
    registers,
  })
  const labelNames = ['feed'] as const
  function collect(this: Gauge<'feed'>, pick: (state: FeedState) => number): void {
    this.reset()
    for (const [feed, state] of states()) this.set({ feed }, pick(state))
  }
  new Gauge({
    name: 'shelfline_files_waiting',
    help: 'Files of feeds that are there and not taken yet, with those that are still being written.',
    labelNames,
    registers,
    collect() {
      collect.call(this, ({ waiting }) => waiting)
    },
  })
  new Gauge({
    name: 'shelfline_files_set_aside',
    help: 'Files of feeds that were set aside within 24 hours, and not put back.',
    labelNames,
    registers,
    collect() {
      collect.call(this, ({ setAsideWithinDay }) => setAsideWithinDay)
    },
  })
  new Gauge({
    name: 'shelfline_files_stopped',
    help: '1 while files of a feed wait because something fails.',
    labelNames,
    registers,
    collect() {
      collect.call(this, ({ problem }) => (problem === undefined ? 0 : 1))
    },
  })
  return {
    count(feed, { outcome, sent, rejected: rows }) {
      files.inc({ feed, outcome })
      events.inc({ feed }, sent)
      rejected.inc({ feed }, rows)
    },
  }
}
