/**
 * Sends hostile messages to a stream worker on a running instance, checks the invariants and prints what was done:
 *
 *   node streams/testing/fuzz.ts [--events 1000000] [--seed 1]
 */
import { parseArgs } from 'node:util'
// biome-ignore lint/style/noRestrictedImports: the worker is started as the product starts it
import { nodeFlags, processEnvironment } from '../../workers/stream-flags.ts'
import { runFuzz } from './fuzzing.ts'

const { values } = parseArgs({
  options: { events: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
})
const report = await runFuzz({
  events: Number(values.events),
  seed: Number(values.seed),
  worker: { flags: nodeFlags, environment: processEnvironment },
  onProgress: (what) => print(`${new Date().toISOString().slice(11, 19)} ${what}`),
})
print(JSON.stringify(report, null, 2))

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
