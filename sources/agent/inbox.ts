/** A folder that tills write files to: each is taken once it no longer grows, and moved when its events are stored. */
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../platform/log.ts'
import { formatOf, splitBody } from '../receive/body.ts'
import { readEvents } from '../receive/events.ts'
import { type EventStore, SOURCE_HEADER } from '../receive/receiver.ts'
import { Refusal } from '../receive/refusal.ts'
import type { KnownSource } from '../receive/registry.ts'

const POLL_MS = 1_000
const FILES_MAX = 1_000

const contentTypes: Readonly<Record<string, string>> = {
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
}

export interface InboxOptions {
  folder: string
  sources: ReadonlyMap<string, KnownSource>
  store: EventStore
  logger: Logger
}

/** `FOLDER/SOURCE/file`: taken files go to `taken/`, those that can't be read to `refused/`, with a report beside them. */
export class Inbox {
  readonly #options: InboxOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  /** Size and time of each file at the last look: one that still grows is waited for. */
  #seen = new Map<string, string>()

  /** @throws when the folders can't be made */
  constructor(options: InboxOptions) {
    this.#options = options
    for (const source of options.sources.keys()) {
      for (const part of ['taken', 'refused']) mkdirSync(join(options.folder, source, part), { recursive: true })
    }
    this.#running = this.#watch()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      await this.#look().catch((error: Error) =>
        this.#options.logger.error({ error: error.message }, 'files of the inbox wait: they are taken later'),
      )
      await pause(POLL_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    const seen = new Map<string, string>()
    for (const source of this.#options.sources.values()) {
      const folder = join(this.#options.folder, source.sourceId)
      const names = readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
        .map(({ name }) => name)
        .sort()
        .slice(0, FILES_MAX)
      for (const name of names) {
        const path = join(folder, name)
        const { size, mtimeMs } = statSync(path)
        const state = `${size} ${mtimeMs}`
        if (this.#seen.get(path) === state) await this.#take(source, folder, name, size)
        else seen.set(path, state)
      }
    }
    this.#seen = seen
  }

  async #take(source: KnownSource, folder: string, name: string, size: number): Promise<void> {
    const { store, logger } = this.#options
    const path = join(folder, name)
    try {
      if (size > source.bodyBytesMax) {
        throw new Refusal(413, 'too_large', `the file has more than ${source.bodyBytesMax} bytes: write smaller ones`)
      }
      const type = contentTypes[extname(name).toLowerCase()]
      if (type === undefined) {
        throw new Refusal(415, 'unknown_type', `its name does not end in ${Object.keys(contentTypes).join(', ')}`)
      }
      const items = splitBody(readFileSync(path), formatOf(type), source)
      const { accepted, rejected } = await readEvents(items, { topic: source.topic, mapper: undefined, bounds: source })
      const letters = rejected.map(({ value }) => ({
        topic: source.topic,
        key: null,
        value,
        headers: { [SOURCE_HEADER]: source.sourceId },
      }))
      await store.send([...accepted, ...letters], source.sourceId)
      renameSync(path, join(folder, 'taken', name))
      logger.info(
        { source: source.sourceId, file: name, accepted: accepted.length, rejected: rejected.length },
        'file taken',
      )
      if (rejected.length > 0)
        report(join(folder, 'taken', name), { accepted: accepted.length, rejected: rejected.map(shown) })
    } catch (error) {
      // No room is no fault of the file.
      if (!(error instanceof Refusal) || error.status === 507) throw error
      logger.warn({ source: source.sourceId, file: name, error: error.message }, 'file refused')
      renameSync(path, join(folder, 'refused', name))
      report(join(folder, 'refused', name), { error: error.message })
    }
  }
}

const shown = ({ line, problem, error }: { line: number; problem: string; error: string }) => ({ line, problem, error })

const report = (path: string, content: object): void =>
  writeFileSync(`${path}.report.json`, `${JSON.stringify(content, null, 2)}\n`)
