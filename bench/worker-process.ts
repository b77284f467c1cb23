import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { TestWorkerOptions } from '../streams/testing/world.ts'
import { nodeFlags, processEnvironment } from '../workers/stream-flags.ts'

/** A stream worker as a process of its own, with the flags and the environment that the product gives it. */
export function startWorker(file: string, options: TestWorkerOptions): ChildProcess {
  const flags = [...nodeFlags, '--disable-warning=TimeoutNegativeWarning']
  return spawn(process.execPath, [...flags, file, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...processEnvironment, ...process.env },
  })
}

/** Lets it end what it began. */
export async function stopWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}

/** Resident memory of a process: now, and at its highest, as Linux keeps them. */
export function memoryMegabytes(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const megabytes = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_000
  return { now: megabytes('VmRSS'), peak: megabytes('VmHWM') }
}
