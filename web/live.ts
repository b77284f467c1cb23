/** Values that change by themselves, sent to any number of readers: they are read once for all. */
import { setTimeout as pause } from 'node:timers/promises'
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Logger } from '../platform/log.ts'
import type { Permission } from '../services/access/permissions.ts'
import { UnavailableError } from '../services/errors.ts'
import type { Asked } from './definition.ts'

type Values = Readonly<Record<string, string>>
type Parameters = Readonly<Record<string, string>>

export interface LiveStream {
  /** Such as `/map/:store/live`: what it has for one address is read once for all its readers. */
  path: string
  permission: Permission
  /** Throws for a visitor who does not see all rows that the values are made from; left out: the permission is enough. */
  admit?(asked: Asked, parameters: Parameters): Promise<unknown>
  /** The present text of each `data-key`. */
  read(asked: Asked, parameters: Parameters): Promise<Values>
  /** Between two readings; left out: two seconds. */
  intervalMs?: number
}

const INTERVAL_MS = 2_000
const READERS_MAX = 500
/** As many as a browser keeps to one host; the oldest ends when a person opens another. */
const READERS_OF_PERSON_MAX = 6
/** A right that was taken away ends a stream as soon. */
const ALLOWED_MS = 10_000
/** Then the browser connects again. */
const CONNECTION_MS_MAX = 5 * 60_000

interface Reading {
  at: number
  values: Promise<Values>
}

interface Reader {
  person: string
  end(): void
}

const READINGS_MAX = 1_000

export class LiveValues {
  readonly #logger: Logger
  readonly #closing = new AbortController()
  readonly #readings = new Map<string, Reading>()
  /** The oldest first. */
  readonly #readers = new Set<Reader>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  close(): void {
    this.#closing.abort()
  }

  /** @param requireAllowed asked every ten seconds: throws when the visitor may follow it no more */
  async serve(
    context: Context,
    stream: LiveStream,
    asked: Asked,
    requireAllowed: () => Promise<unknown>,
  ): Promise<Response> {
    const parameters = context.req.param() as Parameters
    await stream.admit?.(asked, parameters)
    const reader: Reader = {
      person: asked.visitor.person,
      end: () => (context.env as HttpBindings).outgoing.destroy(),
    }
    this.#admit(reader)
    const { intervalMs = INTERVAL_MS } = stream
    const { path } = context.req
    context.header('x-accel-buffering', 'no')
    return streamSSE(context, async (events) => {
      const until = performance.now() + CONNECTION_MS_MAX
      const ended = new AbortController()
      events.onAbort(() => ended.abort())
      const signal = AbortSignal.any([ended.signal, this.#closing.signal])
      let sent: Values = {}
      let allowedAt = performance.now()
      try {
        while (!signal.aborted && performance.now() < until) {
          const values = await this.#read(path, intervalMs, () => stream.read(asked, parameters))
          await events.writeSSE({ event: 'values', data: JSON.stringify(changes(sent, values)), retry: INTERVAL_MS })
          sent = values
          await pause(intervalMs, undefined, { signal })
          if (performance.now() - allowedAt < ALLOWED_MS) continue
          await requireAllowed()
          allowedAt = performance.now()
        }
      } catch (error) {
        // The browser connects again, and shows since when it has received nothing.
        if (!signal.aborted) this.#logger.warn({ path, error: (error as Error).message }, 'live values failed')
      } finally {
        this.#readers.delete(reader)
      }
    })
  }

  /** @throws UnavailableError when there are too many readers of other people */
  #admit(reader: Reader): void {
    const own = [...this.#readers].filter(({ person }) => person === reader.person)
    if (own.length >= READERS_OF_PERSON_MAX) {
      this.#readers.delete(own[0]!)
      own[0]!.end()
    }
    if (this.#readers.size >= READERS_MAX) throw new UnavailableError(`${READERS_MAX} pages are followed live already`)
    this.#readers.add(reader)
  }

  #read(path: string, intervalMs: number, read: () => Promise<Values>): Promise<Values> {
    const known = this.#readings.get(path)
    if (known !== undefined && performance.now() - known.at < intervalMs / 2) return known.values
    if (this.#readings.size >= READINGS_MAX) this.#readings.clear()
    const values = read()
    this.#readings.set(path, { at: performance.now(), values })
    return values
  }
}

const changes = (before: Values, now: Values): Values =>
  Object.fromEntries(Object.entries(now).filter(([key, value]) => before[key] !== value))
