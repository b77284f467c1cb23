import { setTimeout as pause } from 'node:timers/promises'
import type { Pool } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { SourceError } from '../errors.ts'
import { decisionTopics } from './decisions.ts'
import type { PartitionEnd } from './link.ts'
import type { Belief } from './score.ts'
import type { ShelfStock } from './world.ts'

const POLL_MS = 10
/** The run fails when nothing at all was read for this long. */
const STANDSTILL_MS = 30_000
const JOB_ROWS_MAX = 10_000

interface Position {
  processor: string
  topic: string
  partition: number
  position: number
  problem: string | null
}

export interface JobFailure {
  job: string
  error: string
}

/** A shelf of which Shelfline believes something else than what is true. */
export interface Difference extends ShelfStock {
  believed: string
}

/** What the simulation sees of the running Shelfline: how far it has read, its jobs, and at midnight its shelves. */
export class Platform {
  readonly #pool: Pool
  #hasJobs: boolean | undefined

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** @throws SourceError when stores of the run are known already */
  async assertUnknown(run: string, storeId: string): Promise<void> {
    const { rowCount } = await this.#pool.query('select from ref.stores where store_id = $1', [storeId])
    if (rowCount !== 0) {
      throw new SourceError(
        `simulate: ${run} has been simulated on this instance: its stock and sales are in the state; take another --seed`,
      )
    }
  }

  /**
   * Waits until every processor has read the partitions up to their ends. The raw sink is left out: it commits when its
   * interval is over, and nothing that is decided reads the lake.
   *
   * @throws when no processor reads what was sent, one of them has stopped, or nothing moves for 30 s
   */
  async consumed(ends: readonly PartitionEnd[], signal: AbortSignal): Promise<void> {
    const wanted = new Map(ends.map(({ topic, partition, end }) => [`${topic}/${partition}`, end]))
    let seen = ''
    let movedAt = performance.now()
    while (!signal.aborted) {
      const { rows } = await this.#pool.query<Position>({
        name: 'simulation_positions',
        text: statement('simulation/read_positions.sql'),
      })
      const behind = rows.filter(
        ({ topic, partition, position }) => position < (wanted.get(`${topic}/${partition}`) ?? 0),
      )
      const isRead = rows.some(({ topic }) => topic === 'shelf_events')
      if (behind.length === 0 && isRead) return
      const stopped = behind.find(({ problem }) => problem !== null)
      if (stopped) throw new Error(`simulate: ${whereOf(stopped)} is stopped: ${stopped.problem}`)
      const now = JSON.stringify(rows)
      if (now !== seen) movedAt = performance.now()
      seen = now
      if (performance.now() - movedAt > STANDSTILL_MS) throw standstill(behind[0], STANDSTILL_MS / 1000)
      await pause(POLL_MS)
    }
  }

  /** Runs every minute job for an instant. @returns the jobs that failed */
  async runJobs(asOfMs: number): Promise<JobFailure[]> {
    this.#hasJobs ??= await this.#knowsJobs()
    if (!this.#hasJobs) return []
    const { rows } = await this.#pool.query<{ job: string; error: string | null }>({
      name: 'simulation_jobs',
      text: 'select job, error from ops.run_minute_jobs($1, $2)',
      values: [new Date(asOfMs), JOB_ROWS_MAX],
    })
    return rows.filter((row): row is JobFailure => row.error !== null)
  }

  async #knowsJobs(): Promise<boolean> {
    const { rows } = await this.#pool.query<{ is_there: boolean }>(
      `select to_regprocedure('ops.run_minute_jobs(timestamptz, integer)') is not null as is_there`,
    )
    return rows[0]!.is_there
  }

  /** Waits until what was decided has left for Kafka. @throws when it doesn't within 30 s */
  async relayed(signal: AbortSignal): Promise<void> {
    const giveUpAt = performance.now() + STANDSTILL_MS
    while (!signal.aborted) {
      const { rowCount } = await this.#pool.query({
        name: 'simulation_outbox',
        text: 'select from ops.outbox where topic = any($1) limit 1',
        values: [decisionTopics],
      })
      if (rowCount === 0) return
      if (performance.now() > giveUpAt) throw standstill(undefined, STANDSTILL_MS / 1000)
      await pause(POLL_MS)
    }
  }

  /** The shelves that `state.shelf_live` has otherwise than they are. */
  async differences(shelves: Iterable<ShelfStock>): Promise<Difference[]> {
    const truth = [...shelves]
    const stores = [...new Set(truth.map(({ storeId }) => storeId))]
    const { rows } = await this.#pool.query<{ store_id: string; product_id: string; on_shelf: string }>(
      statement('simulation/read_shelves.sql'),
      [stores],
    )
    const believed = new Map(rows.map(({ store_id, product_id, on_shelf }) => [`${store_id}/${product_id}`, on_shelf]))
    return truth
      .map((shelf) => ({ ...shelf, believed: believed.get(`${shelf.storeId}/${shelf.productId}`) ?? 'unknown' }))
      .filter(({ units, believed: told }) => Number(told) !== units)
  }

  /** Of the shelves of these stores that should hold some: how sure it is, as of the last closed hour. */
  async beliefs(storeIds: readonly string[]): Promise<Belief[]> {
    const { rows } = await this.#pool.query<Belief>({
      name: 'simulation_availability',
      text: statement('simulation/read_availability.sql'),
      values: [storeIds],
    })
    return rows
  }

  /** Messages that no processor could apply, in all. */
  async deadLetters(): Promise<number> {
    const { rows } = await this.#pool.query<{ dead: number }>(
      'select coalesce(sum(dead), 0)::bigint as dead from ops.stream_offsets',
    )
    return rows[0]!.dead
  }

  /** The latest time of business that it has read of, which no watermark goes back behind; null when it read nothing yet. */
  async readUntil(): Promise<Date | null> {
    const { rows } = await this.#pool.query<{ until: Date | null }>(
      'select max(watermark) as until from ops.stream_watermark',
    )
    return rows[0]!.until
  }
}

const whereOf = ({ processor, topic, partition }: Position): string => `${processor} ${topic}/${partition}`

function standstill(behind: Position | undefined, seconds: number): Error {
  const where = behind === undefined ? 'no processor reads what is sent' : `${whereOf(behind)} did not move`
  return new Error(
    `simulate: ${where} for ${seconds} s; \`shelfline worker stream\` reads, \`shelfline streams status\` shows it`,
  )
}
