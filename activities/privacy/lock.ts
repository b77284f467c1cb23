import type { Pool } from '../../platform/postgres/postgres.ts'

const KEY = `hashtextextended('customers', 0)`

/** Runs `work` while no other process changes customers: an erasure deletes files of the lake that another one would be reading. */
export async function whileAlone<Result>(pool: Pool, work: () => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  let isFree = false
  try {
    await client.query(`select pg_advisory_lock(${KEY})`)
    const result = await work()
    await client.query(`select pg_advisory_unlock(${KEY})`)
    isFree = true
    return result
  } finally {
    // The lock ends with the connection.
    client.release(!isFree)
  }
}
