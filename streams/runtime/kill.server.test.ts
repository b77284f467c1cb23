import { afterAll, beforeAll, expect, test } from 'vitest'
import { movement, sale } from '../testing/events.ts'
import { createWorld, killHard, until, type World } from '../testing/world.ts'
import { verifyState } from './verify.ts'

/** As many as a run may take; each costs a session time-out, in which the killed worker's partitions are not read. */
const KILLS = Number(process.env.SHELFLINE_TEST_KILLS ?? 20)
const SALES = 60_000
const COPIES = 6_000
const MOVEMENTS = 20_000
const BROKEN = 40
const TOTAL = SALES + COPIES + MOVEMENTS + BROKEN

let world: World
beforeAll(async () => {
  world = await createWorld({ rawSinkFlushMs: 300, rawSinkFlushRows: 5_000 })
})
afterAll(() => world.close())

const sales = (from: number, count: number) => Array.from({ length: count }, (_, index) => sale(from + index))

/** Sends the events in small steps, never far ahead of the workers, so that every kill falls into the middle. */
async function sendInSteps(): Promise<void> {
  const steps = KILLS * 2
  for (let step = 0; step < steps; step += 1) {
    await world.consumed('sales_state', (TOTAL * (step - 2)) / steps, 60_000)
    const share = (count: number) =>
      [Math.floor((count * step) / steps), Math.floor((count * (step + 1)) / steps)] as const
    const [from, to] = share(SALES)
    const [firstMovement, lastMovement] = share(MOVEMENTS)
    const [firstBroken, lastBroken] = share(BROKEN)
    const copies = share(COPIES)[1] - share(COPIES)[0]
    await world.topics.send('pos_transactions', [
      ...sales(from, to - from),
      ...sales(from, copies),
      ...Array.from({ length: lastBroken - firstBroken }, (_, index) => ({ ...sale(from + index), quantity: 1 })),
    ])
    await world.topics.send(
      'inventory_updates',
      Array.from({ length: lastMovement - firstMovement }, (_, index) => movement(firstMovement + index)),
    )
  }
}

test(`loses and doubles nothing when workers are killed ${KILLS} times`, { timeout: 600_000 }, async () => {
  const { topics, pool } = world
  const start = () => world.spawn(['sales_state', 'raw_sink'])
  const workers = [start(), start()]
  const sending = sendInSteps()
  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = await world.counters('sales_state')
    const moved = async () => (await world.counters('sales_state')).consumed > before.consumed
    await until('a batch after the last kill', 60_000, moved)
    await killHard(workers.shift()!)
    workers.push(start())
  }
  await sending
  const consumed = (processor: string) => world.consumed(processor, TOTAL, 120_000)
  const [state, raw] = await Promise.all([consumed('sales_state'), consumed('raw_sink')])

  expect((await topics.count('pos_transactions')) + (await topics.count('inventory_updates'))).toBe(TOTAL)
  expect(state).toEqual({
    consumed: TOTAL,
    applied: SALES + MOVEMENTS,
    duplicate: COPIES,
    late: 0,
    dead: BROKEN,
  })
  expect(raw).toEqual({ consumed: TOTAL, applied: TOTAL - BROKEN, duplicate: 0, late: 0, dead: BROKEN })
  const letters = await pool.query('select count(*) as letters from ops.dead_letters')
  expect(letters.rows[0].letters).toBe(BROKEN)
  expect(await verifyState(world.settings, pool)).toMatchObject({ isEqual: true, gaps: [] })
})
