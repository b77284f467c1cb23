/** Values that change by themselves, sent to any number of readers: they are read once for all. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Logger } from '../platform/log.ts'
import type { Permission } from '../services/access/permissions.ts'
import { UnavailableError } from '../services/errors.ts'
import type { Asked } from './definition.ts'

export interface LiveStream {
  path: string
  /** A person who has it sees all rows that the values are made from: the reading is shared. */
  permission: Permission
  /** The present text of each `data-key`. */
  read(asked: Asked): Promise<Readonly<Record<string, string>>>
}

const INTERVAL_MS = 2_000
const READERS_MAX = 500
/** Then the browser connects again, and whether the person is still signed in is looked at again. */
const CONNECTION_MS_MAX = 5 * 60_000

interface Reading {
  at: number
  values: Promise<Readonly<Record<string, string>>>
}

export class LiveValues {
  readonly #logger: Logger
  readonly #closing = new AbortController()
  readonly #readings = new Map<string, Reading>()
  #readers = 0

  constructor(logger: Logger) {
    this.#logger = logger
  }

  close(): void {
    this.#closing.abort()
  }

  serve(context: Context, stream: LiveStream, asked: Asked): Response {
    if (this.#readers >= READERS_MAX) throw new UnavailableError(`${READERS_MAX} pages are followed live already`)
    context.header('x-accel-buffering', 'no')
    return streamSSE(context, async (events) => {
      this.#readers += 1
      const until = performance.now() + CONNECTION_MS_MAX
      const ended = new AbortController()
      events.onAbort(() => ended.abort())
      const signal = AbortSignal.any([ended.signal, this.#closing.signal])
      try {
        while (!signal.aborted && performance.now() < until) {
          await events.writeSSE({
            event: 'values',
            data: JSON.stringify(await this.#read(stream, asked)),
            retry: INTERVAL_MS,
          })
          await pause(INTERVAL_MS, undefined, { signal })
        }
      } catch (error) {
        // The browser connects again, and shows since when it has received nothing.
        if (!signal.aborted)
          this.#logger.warn({ path: stream.path, error: (error as Error).message }, 'live values failed')
      } finally {
        this.#readers -= 1
      }
    })
  }

  #read(stream: LiveStream, asked: Asked): Promise<Readonly<Record<string, string>>> {
    const known = this.#readings.get(stream.path)
    if (known !== undefined && performance.now() - known.at < INTERVAL_MS / 2) return known.values
    const values = stream.read(asked)
    this.#readings.set(stream.path, { at: performance.now(), values })
    return values
  }
}
