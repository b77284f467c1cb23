import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import type { Settings } from '../../platform/settings.ts'
import { createTestDatabase } from '../../platform/testing.ts'
import { RAW_SINK } from '../../streams/raw-sink.ts'
import { productProcessors } from '../../streams/runtime.ts'
import type { TestTopics } from '../../streams/testing/kafka.ts'
import type { TestWorkerOptions } from '../../streams/testing/world.ts'
import { nodeFlags, processEnvironment } from '../../workers/stream.ts'

export interface Workers {
  client: pg.Client
  /** Starts one more. */
  start(): ChildProcess
}

/** Workers with every processor, each a process of its own, on a database of their own; when the work is done they are stopped. */
export async function withWorkers<Result>(
  settings: Settings,
  topics: TestTopics,
  work: (workers: Workers) => Promise<Result>,
): Promise<Result> {
  const database = await createTestDatabase(settings)
  const client = new pg.Client(database.url)
  await client.connect()
  const options: TestWorkerOptions = {
    processorNames: [RAW_SINK, ...productProcessors.map(({ name }) => name)],
    topicSuffix: topics.suffix,
    settings: { ...database.settings, logLevel: settings.logLevel },
  }
  const children: ChildProcess[] = []
  const died = Promise.withResolvers<never>()
  died.promise.catch(() => undefined)
  const start = () => {
    const child = startWorker(options)
    child.once('exit', (code) => code !== null && died.reject(new Error(`bench: a worker ended with ${code}`)))
    children.push(child)
    return child
  }
  try {
    return await Promise.race([died.promise, work({ client, start })])
  } finally {
    await Promise.all(children.map(stopWorker))
    await client.end()
    await database.drop()
  }
}

function startWorker(options: TestWorkerOptions): ChildProcess {
  const file = join(import.meta.dirname, '..', '..', 'workers', 'stream-for-tests.ts')
  const flags = [...nodeFlags, '--disable-warning=TimeoutNegativeWarning']
  return spawn(process.execPath, [...flags, file, JSON.stringify(options)], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...processEnvironment, ...process.env },
  })
}

async function stopWorker(child: ChildProcess): Promise<void> {
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
