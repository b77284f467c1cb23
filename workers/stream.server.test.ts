/** The stream worker as a process that can't continue: PostgreSQL and Kafka. */
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readWorkers } from '../platform/workers.ts'
import { movement, sale } from '../streams/testing/events.ts'
import { createWorld, until, type World } from '../streams/testing/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.close())

test('why a stream failed is logged and recorded before stopping begins, also when stopping takes too long', async () => {
  const { pool, topics } = world
  const blocker = await pool.connect()
  const worker = world.spawn(['sales_state', 'sales_windows'], { isRead: true })
  const exit = once(worker, 'exit')
  const log = text(worker.stdout!)
  try {
    await blocker.query('begin')
    await blocker.query('lock table state.window_event in access exclusive mode')
    await topics.send('pos_transactions', [sale(1)])
    const isBlocked = async () =>
      (await pool.query(`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
        .rowCount! > 0
    await until('sales_windows waits for the lock', 60_000, isBlocked)
    await world.asOwner('alter table state.stock rename to stock_of_before')
    await topics.send('inventory_updates', [movement(1)])

    const why = 'relation "state.stock" does not exist'
    await until('the reason is recorded', 60_000, async () => (await readWorkers(pool))[0]?.problem === why)
    const [code] = await exit
    expect(code).toBe(1)
    const lines = (await log)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { message: string; error?: string })
    const said = lines.map(({ message }) => message)
    expect(lines[said.indexOf('the worker can not continue: stopping')]).toMatchObject({ error: why })
    expect(said.at(-1)).toMatch(/^not stopped in time/)
    expect(await readWorkers(pool)).toMatchObject([{ problem: why }])
  } finally {
    await blocker.query('rollback')
    blocker.release()
    await world.asOwner('alter table if exists state.stock_of_before rename to stock')
  }
})
