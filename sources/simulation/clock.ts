import type { Pool, PoolClient } from '../../platform/postgres/postgres.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { SourceError } from '../errors.ts'

/** What is written into the clock's row as the speed of a run that goes as fast as it can. */
const UNBOUNDED_SPEED = 1_000_000

const LOCK = `hashtextextended('shelfline simulate', 0)`

/**
 * The simulated clock. Its row is there while the run lives; an advisory lock, which ends with the connection, distinguishes a
 * running simulation from one that was killed and left its row behind.
 */
export class SimulatedClock {
  readonly #client: PoolClient

  private constructor(client: PoolClient) {
    this.#client = client
  }

  /** @throws SourceError when another simulation runs on this database */
  static async hold(
    pool: Pool,
    run: { name: string; seed: number; speed: number | 'max'; nowMs: number },
  ): Promise<SimulatedClock> {
    const client = await pool.connect()
    try {
      const { rows } = await client.query<{ is_mine: boolean }>(`select pg_try_advisory_lock(${LOCK}) as is_mine`)
      if (!rows[0]!.is_mine) {
        const { rows: clocks } = await client.query<{ run_id: string }>('select run_id from ops.clock')
        throw new SourceError(
          `simulate: ${clocks[0]?.run_id ?? 'another run'} is running on this instance; there is one simulated clock, wait for its end`,
        )
      }
      await client.query(statement('simulation/hold_clock.sql'), [
        new Date(run.nowMs),
        run.speed === 'max' ? UNBOUNDED_SPEED : run.speed,
        run.name,
        run.seed,
      ])
      return new SimulatedClock(client)
    } catch (error) {
      client.release()
      throw error
    }
  }

  async set(nowMs: number): Promise<void> {
    await this.#client.query('update ops.clock set simulated_now = $1', [new Date(nowMs)])
  }

  /** The real clock holds again. */
  async release(): Promise<void> {
    try {
      await this.#client.query('delete from ops.clock')
      await this.#client.query(`select pg_advisory_unlock(${LOCK})`)
    } finally {
      this.#client.release()
    }
  }
}
