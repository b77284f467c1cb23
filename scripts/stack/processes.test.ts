import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { endProcess, isRunning, memoryBytes, processIdentity, recordProcess, waitForEnd } from './processes.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // The whole group has ended, which is what most of these tests are about.
    }
    child.stdout!.destroy()
  }
})

/** A process that leads its own group; returns when it has printed its first line. */
async function start(script: string): Promise<{ child: ChildProcess; pid: number; line: string }> {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [line] = await once(child.stdout!, 'data')
  return { child, pid: child.pid!, line: String(line) }
}

test('a process is known again, and is not taken for another with its id', async () => {
  const { pid } = await start('echo ready; sleep 60')
  const record = recordProcess(pid)!
  expect(isRunning(record)).toBe(true)
  expect(isRunning({ pid, identity: 'a process of before the reboot' })).toBe(false)
  expect(memoryBytes(pid)).toBeGreaterThan(0)
})

test('a dead process has no identity', async () => {
  const { child, pid } = await start('echo ready; sleep 60')
  const record = recordProcess(pid)!
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(processIdentity(pid)).toBeUndefined()
  expect(await endProcess(record, 'SIGTERM', 1_000)).toBe('gone')
})

test('a process that listens ends by the signal', async () => {
  const { pid } = await start('echo ready; exec sleep 60')
  expect(await endProcess(recordProcess(pid)!, 'SIGTERM', 10_000)).toBe('ended')
})

test('a process that does not listen is killed after the wait, with its children', async () => {
  const { pid, line } = await start("trap '' TERM; sleep 60 & echo $!; wait")
  const grandchild = recordProcess(Number(line))!
  expect(await endProcess(recordProcess(pid)!, 'SIGTERM', 100)).toBe('killed')
  expect(await waitForEnd(grandchild, 5_000)).toBe(true)
})
