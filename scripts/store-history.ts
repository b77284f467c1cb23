/**
 * Keeps a finished workflow's history as a test: `node scripts/store-history.ts <workflow id> <name>` writes
 * `workflows/histories/<name>.json`, without anything about the machine it ran on.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadSettings } from '../platform/settings/settings.ts'
import { temporalCommand } from './stack/temporal.ts'

const FOLDER = join(import.meta.dirname, '..', 'workflows', 'histories')
const MAX_BYTES = 100_000_000

const [workflowId, name] = process.argv.slice(2)
if (workflowId === undefined || name === undefined) {
  console.error('usage: node scripts/store-history.ts <workflow id> <name>')
  process.exit(2)
}

const { temporalAddress, temporalNamespace } = loadSettings()
const text = execFileSync(
  await temporalCommand(),
  [
    'workflow',
    'show',
    '--output',
    'json',
    '--workflow-id',
    workflowId,
    '--address',
    temporalAddress,
    '--namespace',
    temporalNamespace,
  ],
  { encoding: 'utf8', maxBuffer: MAX_BYTES },
)
const history = JSON.parse(text, withoutMachine)
const file = join(FOLDER, `${name}.json`)
mkdirSync(FOLDER, { recursive: true })
writeFileSync(file, `${JSON.stringify(history, undefined, 1)}\n`)
console.log(`wrote ${file}: ${history.events.length} events`)

/** Replaying needs neither who did it nor where in the code it failed. */
function withoutMachine(key: string, value: unknown): unknown {
  if (key === 'identity') return 'worker'
  if (key === 'stackTrace') return ''
  return value
}
