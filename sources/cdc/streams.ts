/** The maps that this worker runs: each belongs to one worker at a time, by a lock of its session in PostgreSQL. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from '../../platform/log.ts'
import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { type CdcDefinition, readCdcMaps } from './definition.ts'
import type { CdcMetrics } from './metrics.ts'
import { type CdcStreamOptions, runCdcStream } from './stream.ts'

const LOOK_MS = 2_000
/** Any number will do, as long as nothing else locks it together with the hash of a name. */
const LOCK = 731_204_122

interface Running {
  definition: CdcDefinition
  stopping: AbortController
  ended: Promise<void>
}

export type CdcStreamsOptions = Omit<CdcStreamOptions, 'definition' | 'signal'>

export class CdcStreams {
  readonly #options: CdcStreamsOptions
  readonly #pool: Pool
  readonly #logger: Logger
  readonly #metrics: CdcMetrics
  readonly #stopping = new AbortController()
  readonly #running = new Map<string, Running>()
  #locks: PoolClient | undefined
  #looking: Promise<void>
  #problem: string | undefined

  /** Begins to look for maps every two seconds: a new or changed one needs no restart. */
  constructor(options: CdcStreamsOptions) {
    this.#options = options
    this.#pool = options.pool
    this.#logger = options.logger
    this.#metrics = options.metrics
    this.#looking = this.#lookUntilStopped()
  }

  /** What is wrong, in a sentence. */
  problem(): string | undefined {
    const stopped = this.#metrics.stopped()
    if (this.#problem !== undefined) return this.#problem
    return stopped.length === 0 ? undefined : `maps have stopped: ${stopped.join(', ')} (\`shelfline cdc list\`)`
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#looking
    await this.#endAll()
    this.#locks?.release()
  }

  async #lookUntilStopped(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.#look()
        this.#problem = undefined
      } catch (error) {
        // The locks are gone with the session that had them.
        await this.#endAll()
        this.#dropLocks(error as Error)
        const { message } = error as Error
        if (this.#problem === undefined) this.#logger.warn({ error: message }, 'the maps can not be looked up')
        this.#problem = `the maps can't be looked up: ${message}`
      }
      await pause(LOOK_MS, undefined, { signal }).catch(() => undefined)
    }
  }

  async #look(): Promise<void> {
    const locks = await this.#session()
    const wanted = new Map((await readCdcMaps(this.#pool)).map((definition) => [definition.mapId, definition]))
    for (const [mapId, { definition }] of this.#running) {
      const now = wanted.get(mapId)
      if (now !== undefined && isSame(now, definition)) continue
      await this.#end(mapId)
      await locks.query('select pg_advisory_unlock($1, hashtext($2))', [LOCK, mapId])
    }
    for (const [mapId, definition] of wanted) {
      if (this.#running.has(mapId) || this.#stopping.signal.aborted) continue
      const lock = await locks.query<{ isMine: boolean }>('select pg_try_advisory_lock($1, hashtext($2)) as "isMine"', [
        LOCK,
        mapId,
      ])
      if (lock.rows[0]!.isMine) this.#start(definition)
    }
  }

  async #session(): Promise<PoolClient> {
    if (this.#locks !== undefined) {
      await this.#locks.query('select 1')
      return this.#locks
    }
    this.#locks = await this.#pool.connect()
    this.#locks.on('error', () => undefined)
    return this.#locks
  }

  #dropLocks(error: Error): void {
    this.#locks?.release(error)
    this.#locks = undefined
  }

  #start(definition: CdcDefinition): void {
    const stopping = new AbortController()
    const ended = runCdcStream({ ...this.#options, definition, signal: stopping.signal })
    this.#running.set(definition.mapId, { definition, stopping, ended })
    this.#logger.info({ map: definition.mapId, from: definition.from, topic: definition.topic }, 'changes are mapped')
  }

  async #end(mapId: string): Promise<void> {
    const running = this.#running.get(mapId)
    if (running === undefined) return
    running.stopping.abort()
    await running.ended
    this.#running.delete(mapId)
    this.#metrics.forget(mapId)
  }

  async #endAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((mapId) => this.#end(mapId)))
  }
}

const isSame = (one: CdcDefinition, other: CdcDefinition): boolean =>
  one.updatedAt.getTime() === other.updatedAt.getTime() && one.generation === other.generation
