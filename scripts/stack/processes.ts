import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** A process, distinguished from a later one that was given the same id. */
export interface ProcessRecord {
  pid: number
  /** When the process began, in the system's own notation. */
  identity: string
}

const POLL_MS = 25
const KILLED_WAIT_MS = 10_000

/** What distinguishes this process from a later one with the same id; undefined when no such process runs. */
export function processIdentity(pid: number): string | undefined {
  return process.platform === 'linux' ? linuxIdentity(pid) : portableIdentity(pid)
}

function linuxIdentity(pid: number): string | undefined {
  const fields = statFields(pid)
  // A zombie no longer holds anything; it only waits for its parent to look.
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return undefined
  return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`
}

/** The fields of /proc/PID/stat from the third, the state, on: the second, the name, may hold spaces. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function portableIdentity(pid: number): string | undefined {
  const line = processTable('lstart=,state=', pid)
  return line === undefined || /\bZ\S*$/.test(line) ? undefined : line.replace(/\s+\S+$/, '')
}

function processTable(columns: string, pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', columns, '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' }).trim()
  } catch {
    return undefined
  }
}

export function recordProcess(pid: number): ProcessRecord | undefined {
  const identity = processIdentity(pid)
  return identity === undefined ? undefined : { pid, identity }
}

export const isRunning = (record: ProcessRecord): boolean => processIdentity(record.pid) === record.identity

/** Waits until the process is gone, at most `waitMs`; returns whether it is. */
export async function waitForEnd(record: ProcessRecord, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs
  while (isRunning(record)) {
    if (performance.now() > deadline) return false
    await pause(POLL_MS)
  }
  return true
}

/**
 * Ends a process: asks with `signal`, and after `waitMs` kills it, with the whole group that it leads.
 *
 * @returns how it went; `killed` when it had to be
 */
export async function endProcess(
  record: ProcessRecord,
  signal: NodeJS.Signals,
  waitMs: number,
): Promise<'gone' | 'ended' | 'killed'> {
  if (!isRunning(record)) return 'gone'
  sendSignal(record.pid, signal)
  if (await waitForEnd(record, waitMs)) return 'ended'
  sendSignal(-record.pid, 'SIGKILL')
  sendSignal(record.pid, 'SIGKILL')
  await waitForEnd(record, KILLED_WAIT_MS)
  return 'killed'
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Memory of a process and its children in bytes; a page that several share is counted once. */
export function memoryBytes(pid: number): number | undefined {
  if (process.platform !== 'linux') {
    const kilobytes = processTable('rss=', pid)
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  }
  try {
    return familyOf(pid).reduce((sum, member) => sum + proportionalBytes(member), 0)
  } catch {
    return undefined
  }
}

function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  return [pid, ...children]
}

function proportionalBytes(pid: number): number {
  try {
    const pss = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))
    return Number(pss?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
