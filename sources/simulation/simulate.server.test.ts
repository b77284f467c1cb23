import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays } from '../../contracts/calendar.ts'
import { processorNames } from '../../streams/runtime/runtime.ts'
import { createWorld as createTestBed, type World as TestBed } from '../../streams/testing/world.ts'
import { silent } from '../testing.ts'
import { SimulatedClock } from './clock.ts'
import type { Pattern } from './pattern.ts'
import { type SimulationOptions, simulate } from './simulate.ts'
import { offlinePattern, smallWorld } from './testing.ts'
import { DAY_MS, dayOf } from './time.ts'
import { World } from './world.ts'

const MINUTES_5_MS = 300_000

let bed: TestBed
let pattern: Pattern
let home: string

beforeAll(async () => {
  bed = await createTestBed()
  pattern = await offlinePattern()
  home = mkdtempSync(join(tmpdir(), 'shelfline-simulation-'))
})

afterAll(async () => {
  await bed?.close()
  rmSync(home, { recursive: true, force: true })
})

const SATURDAY = 6
const twoDaysAgo = Date.now() - 2 * DAY_MS
/** The shop that the pattern comes from sells nothing on Saturdays. */
const day = dayOf(new Date(twoDaysAgo).getUTCDay() === SATURDAY ? twoDaysAgo - DAY_MS : twoDaysAgo)

const asked = (change: Partial<SimulationOptions> = {}): SimulationOptions => ({
  world: smallWorld({ stores: 1, days: 1, from: day, products: 30 }),
  pattern,
  speed: 'max',
  tickMinutes: 60,
  settings: { ...bed.settings, home },
  logger: silent,
  signal: new AbortController().signal,
  topicSuffix: bed.topics.suffix,
  ...change,
})

const clockRows = async () => (await bed.pool.query('select from ops.clock')).rowCount

describe('a simulation', () => {
  test('fails when nothing reads what it sends', async () => {
    const world = smallWorld({ stores: 1, days: 1, from: day, seed: 99 })
    await expect(simulate(asked({ world }))).rejects.toThrow(/shelfline worker stream/)
    expect(await clockRows()).toBe(0)
  })

  test(
    'runs a store for a day: what Shelfline decides comes back, and its shelves are what they really are',
    async () => {
      const streams = await bed.start(processorNames.filter((name) => name !== 'raw_sink'))
      try {
        const result = await simulate(asked())
        expect(result).toMatchObject({
          completed: true,
          deadLetters: 0,
          jobFailures: [],
          scores: null,
          overlapsUntil: null,
        })
        expect(result.midnights).toEqual([{ date: addDays(day, 1), shelves: 30, differences: 0, examples: [] }])
        expect(result.decisions.warehouse_events).toBeGreaterThan(5)
        expect(result.decisions.shelf_events).toBeGreaterThan(5)
        expect(result.withShelfline.meanFillRatio).toBeGreaterThan(0.5)
        expect(await clockRows()).toBe(0)

        const lines = readFileSync(join(result.truth, 'days.jsonl'), 'utf8').trim().split('\n')
        expect(lines.length).toBe(30)
        expect(JSON.parse(lines[0]!)).toMatchObject({ date: day, phantom_hours: 0 })

        await expect(simulate(asked())).rejects.toThrow(/has been simulated on this instance.*--seed/)
        const again = smallWorld({ stores: 1, days: 1, from: day, products: 5, seed: 2 })
        const overlapping = await simulate(asked({ world: again }))
        expect(Date.parse(overlapping.overlapsUntil!)).toBeGreaterThan(Date.parse(day))
      } finally {
        await streams.stop()
      }
    },
    MINUTES_5_MS,
  )

  test('is one at a time, and takes over the clock of one that was killed', async () => {
    const run = { name: 'killed', seed: 1, speed: 60, nowMs: Date.now() } as const
    await bed.pool.query(`insert into ops.clock (simulated_now, speed, run_id, seed) values (now(), 60, 'killed', 1)`)
    const clock = await SimulatedClock.hold(bed.pool, { ...run, name: 'alive' })
    try {
      await expect(SimulatedClock.hold(bed.pool, run)).rejects.toThrow(/alive is running on this instance/)
    } finally {
      await clock.release()
    }
    expect(await clockRows()).toBe(0)
  })

  test('refuses what lies in the future, and ticks that leave a rest', async () => {
    const future = smallWorld({ days: 4, from: day })
    await expect(simulate(asked({ world: future }))).rejects.toThrow(/in the future.*last day to begin on/)
    await expect(simulate(asked({ tickMinutes: 7 }))).rejects.toThrow(/--tick 7/)
  })
})

test('the same options name the same run', () => {
  expect(new World(smallWorld(), pattern).run).toBe(new World(smallWorld(), pattern).run)
  expect(new World(smallWorld({ seed: 2 }), pattern).run).not.toBe(new World(smallWorld(), pattern).run)
})
