import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InventoryUpdate, PosTransaction } from '../contracts/events.ts'
import type { TopicName } from '../contracts/topics.ts'
import { createLogger } from '../platform/log.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import type { SourceEvent } from './event-stream.ts'
import type { EventSink } from './produce.ts'
import { type ReplayResult, type ReplaySelection, replay } from './replay.ts'

export const silent = createLogger({ logLevel: 'silent' }, 'test')

/** A sink that hands each event to `take`. */
export const sinkTo = (take: (event: SourceEvent) => void): EventSink => ({
  async send(events) {
    for (const event of events) take(event)
  },
  close: async () => undefined,
})

/** Settings with a folder of their own, for DuckDB's spill files, and `folder` for the test's files. */
export function temporarySettings(): { settings: Settings; folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'shelfline-sources-'))
  return {
    settings: { ...loadSettings(), home: folder },
    folder,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** What a replay has sent: all of it, its sales, and its changes of stock. */
export interface Replayed {
  result: ReplayResult
  events: { topic: TopicName; value: string }[]
  sales: PosTransaction[]
  stock: InventoryUpdate[]
}

/** Replays into memory. */
export const replayInMemory = (settings: Settings) =>
  async function replayed(selection: ReplaySelection): Promise<Replayed> {
    const events: Replayed['events'] = []
    const sink = sinkTo(({ topic, value }) => events.push({ topic, value }))
    const result = await replay({ ...selection, settings, logger: silent, sink })
    const of = <Event>(topic: TopicName) =>
      events.filter((event) => event.topic === topic).map(({ value }) => JSON.parse(value) as Event)
    return { result, events, sales: of('pos_transactions'), stock: of('inventory_updates') }
  }
