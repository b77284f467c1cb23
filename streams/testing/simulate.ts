/**
 * Runs seeds of the simulation of the stream runtime:
 *
 *   node streams/testing/simulate.ts [--seeds 10000] [--from 1]
 */
import { parseArgs } from 'node:util'
import { productProcessors } from '../runtime.ts'
import { createSimulator } from './simulation.ts'

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '10000' }, from: { type: 'string', default: '1' } },
})
const simulator = await createSimulator(productProcessors)
const startedAt = performance.now()
const [from, seeds] = [Number(values.from), Number(values.seeds)]
const total = { messages: 0, slices: 0, crashes: 0, lost: 0, rebalances: 0, dead: 0 }
for (let seed = from; seed < from + seeds; seed += 1) {
  const report = await simulator.run(seed)
  for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += report[name]
}
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
process.stdout.write(`${JSON.stringify({ seeds, seconds, ...total })}\n`)
await simulator.close()
