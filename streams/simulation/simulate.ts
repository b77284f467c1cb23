/**
 * Runs seeds of the simulation of the stream runtime, and prints what they did as they go:
 *
 *   node streams/simulation/simulate.ts [--seeds 10000] [--from 1]
 */
import { parseArgs } from 'node:util'
import { productProcessors } from '../runtime/runtime.ts'
import { createSimulator } from './simulation.ts'

/** A database in the process has no vacuum: it grows slower with every seed, and is replaced by a new one after this many. */
const SEEDS_PER_DATABASE = 250

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } },
})
const startedAt = performance.now()
const [from, seeds] = [Number(values.from), Number(values.seeds)]
const total = {
  seeds: 0,
  messages: 0,
  slices: 0,
  crashes: 0,
  lost: 0,
  rebalances: 0,
  dead: 0,
  failedSends: 0,
  builds: 0,
  lostRuns: 0,
}
for (let first = from; first < from + seeds; first += SEEDS_PER_DATABASE) {
  const simulator = await createSimulator()
  for (let seed = first; seed < Math.min(first + SEEDS_PER_DATABASE, from + seeds); seed += 1) {
    const report = { seeds: 1, ...(await simulator.run(seed, productProcessors)) }
    for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name]
  }
  await simulator.close()
  const seconds = Math.round((performance.now() - startedAt) / 1_000)
  process.stdout.write(`${JSON.stringify({ ...total, seconds })}\n`)
}
