import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../platform/log.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import type { SourceEvent } from './event-stream.ts'
import type { EventSink } from './produce.ts'

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
