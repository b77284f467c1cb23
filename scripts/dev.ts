/**
 * `npm run dev`: the workers on this checkout's instance, whose servers are started when they are not running. The workers are restarted
 * when a file that they may use changes; after a change below `sql/` the database is migrated first, which also puts its functions in
 * place. Ctrl-C stops the workers; the servers keep running.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, watch } from 'node:fs'
import { extname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const root = join(import.meta.dirname, '..')
const ROOMS = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
  .map(({ name }) => name)
const KINDS = ['stream', 'batch', 'web'] as const
/** A branch that is switched changes many files at once: they are one change. */
const SETTLE_MS = 300
const STOP_WAIT_MS = 30_000

const changed = new Set<string>()
let onChange = Promise.withResolvers<void>()
for (const room of ROOMS) {
  watch(join(root, room), { recursive: true }, (_, name) => {
    if (name === null || !['.ts', '.sql'].includes(extname(name)) || name.endsWith('.test.ts')) return
    changed.add(join(room, name))
    onChange.resolve()
  })
}

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
const stopped = once(stop.signal, 'abort')

await shelfline('stack', 'up')
await shelfline('migrate')
await shelfline('topics', 'apply')
await shelfline('schedules', 'apply')
while (!stop.signal.aborted) {
  const workers = KINDS.map((kind) => start('worker', kind))
  await Promise.race([onChange.promise, stopped])
  await pause(SETTLE_MS)
  onChange = Promise.withResolvers()
  const files = [...changed]
  changed.clear()
  if (!stop.signal.aborted)
    console.log(`\n${files.slice(0, 3).join(', ')}${files.length > 3 ? ` and ${files.length - 3} more` : ''} changed`)
  await Promise.all(workers.map(end))
  if (!stop.signal.aborted && files.some((file) => file.endsWith('.sql'))) await shelfline('migrate')
}
process.exit()

/** A group of its own: Ctrl-C in the terminal reaches this process alone, which then stops the worker once. */
function start(...words: string[]): ChildProcess {
  return spawn(join(root, 'shelfline'), words, {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, SHELFLINE_HTTP_PORT: '0', SHELFLINE_WEB_STYLEGUIDE: 'on' },
  })
}

/** Runs a command to its end; a failure is on the screen, and the next change tries again. */
async function shelfline(...words: string[]): Promise<void> {
  console.log(`shelfline ${words.join(' ')}`)
  await once(start(...words), 'exit')
}

async function end(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const ended = once(worker, 'exit')
  worker.kill('SIGTERM')
  const waiting = new AbortController()
  await Promise.race([ended, pause(STOP_WAIT_MS, undefined, { signal: waiting.signal }).catch(() => undefined)])
  waiting.abort()
  if (worker.exitCode === null && worker.signalCode === null) worker.kill('SIGKILL')
  await ended
}
