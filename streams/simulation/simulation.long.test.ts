import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Processor } from '../runtime/processor.ts'
import { productProcessors } from '../runtime/runtime.ts'
import { createSimulator, type SeedReport, type Simulator } from './simulation.ts'

/** Guards against hanging: it takes seconds, and on a machine with other work minutes. */
const OPENING_MS_MAX = 5 * 60_000
const SEEDS = 200
const GROUPS = 8

let simulator: Simulator
beforeAll(async () => {
  simulator = await createSimulator()
}, OPENING_MS_MAX)
afterAll(() => simulator?.close())

describe('the simulation of the streams', () => {
  const reports: SeedReport[] = []
  const firstSeeds = Array.from({ length: GROUPS }, (_, group) => 1 + (group * SEEDS) / GROUPS)
  test.each(firstSeeds)('ends as an undisturbed run does, for the 25 seeds from %i', async (first) => {
    for (let seed = first; seed < first + SEEDS / GROUPS; seed += 1) {
      reports.push(await simulator.run(seed, productProcessors))
    }
  })

  test('has run every processor, and every fault has struck', () => {
    const total = (what: Exclude<keyof SeedReport, 'processor'>) =>
      reports.reduce((sum, report) => sum + report[what], 0)
    expect(new Set(reports.map(({ processor }) => processor)).size).toBe(productProcessors.length)
    expect(total('crashes')).toBeGreaterThan(SEEDS / 2)
    expect(total('lost')).toBeGreaterThan(SEEDS / 2)
    expect(total('rebalances')).toBeGreaterThan(SEEDS / 2)
    expect(total('dead')).toBeGreaterThan(SEEDS)
    expect(total('failedSends')).toBeGreaterThan(SEEDS)
    expect(total('builds')).toBeGreaterThan(SEEDS)
    expect(total('lostRuns')).toBeGreaterThan(SEEDS)
  })
})

describe('a processor whose effects depend on how the log is cut', () => {
  const countsBatches: Processor = {
    name: 'counts_batches',
    topics: ['inventory_updates'],
    async apply(client, { values }) {
      await client.query(
        `insert into state.stock (store_id, product_id, on_hand) values ('any', 'any', 1)
         on conflict (store_id, product_id) do update set on_hand = stock.on_hand + 1`,
      )
      return { applied: values.length, duplicate: 0, late: 0 }
    },
  }

  test('is found out, with what replays it', async () => {
    await expect(simulator.run(1, [countsBatches])).rejects.toThrow(
      /seed 1 \(counts_batches\): state.stock differs: .* --from 1 --seeds 1` replays it/,
    )
  })
})
