import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { StackError } from '../stack/errors.ts'
import type { Home } from '../stack/home.ts'
import { lastLogLine } from '../stack/native.ts'
import { endProcess, isRunning, type ProcessRecord, recordProcess } from '../stack/processes.ts'
import type { Foreground } from './foreground.ts'

const FILE = 'workers.json'
const KINDS = ['stream', 'batch'] as const
type Kind = (typeof KINDS)[number]

const READY_WAIT_MS = 60_000
const READY_POLL_MS = 100
const STOP_WAIT_MS = 30_000
const RESTARTS_MAX = 5
const RESTART_PAUSE_MS = 2_000

/**
 * Starts one worker of each kind, waits until both answer `/healthz`, and starts one that dies again, a few times.
 * They end when the foreground does.
 *
 * @throws StackError naming the worker that did not become ready and its log file
 */
export async function startWorkers(root: string, home: Home, foreground: Foreground): Promise<void> {
  const running = new Map<Kind, ProcessRecord>()
  const remember = () => home.writePrivate(FILE, [...running.values()])
  await endWorkers(home)
  foreground.onLeave(() => endWorkers(home))

  const start = async (kind: Kind, restarts: number): Promise<void> => {
    const log = home.path('logs', `worker-${kind}.log`)
    const port = await freePort()
    const output = openSync(log, 'a')
    const child = spawn(join(root, 'shelfline'), ['worker', kind], {
      // Its own group: Ctrl-C in the terminal must not reach it before the foreground decides.
      detached: true,
      stdio: ['ignore', output, output],
      env: { ...process.env, SHELFLINE_HOME: home.folder, SHELFLINE_HTTP_PORT: String(port) },
    })
    closeSync(output)
    const record = recordProcess(child.pid!)!
    running.set(kind, record)
    remember()
    child.once('exit', (code, killedBy) => {
      if (foreground.signal.aborted) return
      say(`worker ${kind} ended with ${code ?? killedBy}: ${lastLogLine(log)} (${log})`)
      if (restarts < RESTARTS_MAX) restart(kind, restarts + 1).catch((error: Error) => say(error.message))
    })
    await untilReady(kind, port, record, log, foreground.signal)
  }
  const restart = async (kind: Kind, restarts: number): Promise<void> => {
    await pause(RESTART_PAUSE_MS)
    if (!foreground.signal.aborted) await start(kind, restarts)
  }
  await Promise.all(KINDS.map((kind) => start(kind, 0)))
}

const say = (line: string): boolean => process.stderr.write(`${line}\n`)

/** Ends the workers that a run of this instance has started, also one that was killed. */
export async function endWorkers(home: Home): Promise<void> {
  const records = home.read<ProcessRecord[]>(FILE) ?? []
  await Promise.all(records.map((record) => endProcess(record, 'SIGTERM', STOP_WAIT_MS)))
  home.forget(FILE)
}

async function untilReady(
  kind: Kind,
  port: number,
  record: ProcessRecord,
  log: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + READY_WAIT_MS
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    const isHealthy = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isHealthy) return
    if (!isRunning(record)) throw new StackError(`worker ${kind} ended at its start: ${lastLogLine(log)} (${log})`)
    await pause(READY_POLL_MS, undefined, { signal })
  }
  throw new StackError(`worker ${kind} was not ready within ${READY_WAIT_MS / 1000} s: ${lastLogLine(log)} (${log})`)
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => found(port))
    })
  })
}
