import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import type { Settings } from '../../platform/settings/settings.ts'
import { createTestDatabase } from '../../platform/testing.ts'
import { RAW_SINK } from '../../streams/raw/raw-sink.ts'
import { productProcessors } from '../../streams/runtime/runtime.ts'
import type { TestTopics } from '../../streams/testing/kafka.ts'
import type { TestWorkerOptions } from '../../streams/testing/world.ts'
import { startWorker, stopWorker } from '../worker-process.ts'

const WORKER = join(import.meta.dirname, '..', '..', 'workers', 'stream-for-tests.ts')

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
    const child = startWorker(WORKER, options)
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
