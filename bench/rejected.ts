/**
 * Messages that PostgreSQL rejects among others, 5,000 in a slice, against a running instance (its address is in the settings):
 *
 *   node bench/rejected.ts [--runs 3] [--slices 4] [--rejected 0,1,50,500]
 */
import { parseArgs } from 'node:util'
import { salesState } from '../streams/processors/sales-state.ts'
import { createDirectWorld } from '../streams/simulation/direct.ts'
import type { Logged } from '../streams/simulation/log.ts'
import { movement } from '../streams/testing/events.ts'
import { machine, report, seconds } from './measure.ts'

const SLICE_MESSAGES = 5_000

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '3' },
    slices: { type: 'string', default: '4' },
    rejected: { type: 'string', default: '0,1,50,500' },
  },
})
const messages = SLICE_MESSAGES * Number(flags.slices)

console.log(machine())
const world = await createDirectWorld(salesState)
try {
  for (const rejected of flags.rejected.split(',').map(Number)) {
    const log = { inventory_updates: [Array.from({ length: messages }, (_, number) => logged(number, rejected))] }
    const [rates, processorSeconds]: [number[], number[]] = [[], []]
    for (let run = 0; run < Number(flags.runs); run += 1) {
      await world.clear('state.stock')
      const before = process.cpuUsage()
      rates.push(messages / (await seconds(() => world.consume(log, () => SLICE_MESSAGES))))
      const { user, system } = process.cpuUsage(before)
      processorSeconds.push((user + system) / 1e6)
    }
    const { dead } = await world.outcomes()
    const title = `rejected: ${rejected} of ${SLICE_MESSAGES} messages, ${dead} dead letters`
    report(title, 'messages/s', rates)
    report(`${title}: processor time of the worker`, 's', processorSeconds)
  }
} finally {
  await world.close()
}

/** Spread evenly: a field that the contract does not have holds what `jsonb` can't. */
function logged(number: number, rejected: number): Logged {
  const isRejected =
    Math.floor(((number + 1) * rejected) / SLICE_MESSAGES) > Math.floor((number * rejected) / SLICE_MESSAGES)
  return { event: { ...movement(number), ...(isRejected && { note: 'a\u0000b' }) }, knownAtMs: Date.now() }
}
