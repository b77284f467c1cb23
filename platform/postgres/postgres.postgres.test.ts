import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger } from '../log.ts'
import { loadSettings } from '../settings/settings.ts'
import { createPool, inTransaction, type Pool } from './postgres.ts'

describe('a pool', () => {
  let pool: Pool
  beforeAll(() => {
    pool = createPool(loadSettings(), createLogger({ logLevel: 'silent' }, 'test'))
  })
  afterAll(() => pool.end())

  test('outlives a connection that breaks between two statements of a transaction, and fails the transaction', async () => {
    const broken = inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
      // Without a listener of the pool's the process would end here.
      const ended = new Promise((end) => client.once('end', end))
      await pool.query('select pg_terminate_backend($1)', [rows[0]!.pid])
      await ended
      await client.query('select 1')
    })
    await expect(broken).rejects.toThrow(/connection|terminat/i)
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  })
})
