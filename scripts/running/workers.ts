import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ownAddress } from '../../platform/http/certificate.ts'
import { failureReason } from '../../platform/http/failure.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import type { WorkerKind } from '../../platform/worker-kinds.ts'
import { StackError } from '../stack/errors.ts'
import type { Home } from '../stack/home.ts'
import { announceTarget, forgetTargets } from '../stack/monitoring.ts'
import { lastLogLine, openLog } from '../stack/native.ts'
import { endProcess, type ProcessRecord, recordProcess } from '../stack/processes.ts'
import type { Foreground } from './foreground.ts'
import { type Launched, supervise } from './supervisor.ts'

const FILE = 'workers.json'
type Kind = WorkerKind

/** A worker that has ended is noticed at once; this is for one that hangs. A busy machine may need minutes. */
const READY_WAIT_MS = 180_000
const READY_POLL_MS = 100
const HEALTH_WAIT_MS = 5_000
const STOP_WAIT_MS = 30_000

export type WorkerRecord = ProcessRecord & { kind: Kind }

/** The workers that a run of this instance has started last. */
export const readWorkerRecords = (home: Home): WorkerRecord[] => home.read<WorkerRecord[]>(FILE) ?? []

/** A worker's process; `record` is missing when it has ended before it could be read. */
type Worker = Launched & { record: ProcessRecord | undefined }

/**
 * Starts a worker, waits until it answers `/healthz`, and from then on starts it again whenever it ends. It ends when the
 * foreground does.
 *
 * @throws StackError naming the worker that did not become ready and its log file
 */
export type StartWorker = (kind: Kind) => Promise<void>

/** What starts one worker of a kind. */
export function workersOf(root: string, home: Home, foreground: Foreground): StartWorker {
  const running = new Map<Kind, WorkerRecord>()
  const { signal } = foreground
  foreground.onLeave(() => endWorkers(home))

  const launch = async (kind: Kind): Promise<Worker> => {
    const port = await freePort()
    signal.throwIfAborted()
    const worker = launchWorker({ root, home, kind, port })
    announceTarget(home, kind, port)
    if (worker.record !== undefined) running.set(kind, { kind, ...worker.record })
    home.writePrivate(FILE, [...running.values()])
    return worker
  }
  return async (kind) => {
    const log = logOf(home, kind)
    const first = await launch(kind)
    await untilReady(kind, first, log, signal)
    const options = { name: `worker ${kind}`, log, launch: () => launch(kind), say, signal }
    supervise(options, first).catch((error: Error) => say(`worker ${kind} is no longer supervised: ${error.stack}`))
  }
}

const say = (line: string): boolean => process.stderr.write(`${line}\n`)
const logOf = (home: Home, kind: Kind): string => home.path('logs', `worker-${kind}.log`)

interface LaunchOptions {
  root: string
  home: Home
  kind: Kind
  port: number
}

function launchWorker({ root, home, kind, port }: LaunchOptions): Worker {
  const log = logOf(home, kind)
  const logStart = openLog(log)
  const output = openSync(log, 'a', 0o600)
  const child = spawn(join(root, 'shelfline'), ['worker', kind], {
    // Its own group: Ctrl-C in the terminal must not reach it before the foreground decides.
    detached: true,
    stdio: ['ignore', output, output],
    env: { ...process.env, SHELFLINE_HOME: home.folder, SHELFLINE_HTTP_PORT: String(port) },
  })
  closeSync(output)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, killedBy) => resolve(describeEnd(code, killedBy, lastLogLine(log, logStart))))
  })
  return {
    ended,
    record: child.pid === undefined ? undefined : recordProcess(child.pid),
    problem: () => healthOf(port),
  }
}

/** A process that was killed wrote nothing about it: what it wrote last is no reason. */
const describeEnd = (code: number | null, killedBy: NodeJS.Signals | null, lastLine: string): string =>
  killedBy === null ? `it ended with code ${code}: ${lastLine}` : `it was killed by ${killedBy}`

/** The problem in `/healthz`; undefined when the worker is well. */
async function healthOf(port: number): Promise<string | undefined> {
  try {
    const address = ownAddress(loadSettings(), '127.0.0.1', port)
    const answer = await fetch(`${address}/healthz`, { signal: AbortSignal.timeout(HEALTH_WAIT_MS) })
    if (answer.ok) return undefined
    const { problem } = (await answer.json()) as { problem?: string }
    return problem ?? `/healthz answers ${answer.status}`
  } catch (error) {
    return `/healthz does not answer (${failureReason(error)})`
  }
}

/** Ends the workers that a run of this instance has started, also one that was killed. */
export async function endWorkers(home: Home): Promise<void> {
  await Promise.all(readWorkerRecords(home).map((record) => endProcess(record, 'SIGTERM', STOP_WAIT_MS)))
  home.forget(FILE)
  forgetTargets(home)
}

async function untilReady(kind: Kind, worker: Worker, log: string, signal: AbortSignal): Promise<void> {
  const deadline = performance.now() + READY_WAIT_MS
  for (;;) {
    signal.throwIfAborted()
    const problem = await worker.problem()
    if (problem === undefined) return
    const ended = await Promise.race([worker.ended, pause(READY_POLL_MS, undefined, { signal })])
    if (ended !== undefined) throw new StackError(`worker ${kind} failed at its start: ${ended} (log: ${log})`)
    if (performance.now() > deadline) {
      throw new StackError(`worker ${kind} was not ready within ${READY_WAIT_MS / 1000} s: ${problem} (log: ${log})`)
    }
  }
}

export function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer()
    probe.once('error', failed)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => found(port))
    })
  })
}
