import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { createLogger, type Logger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings, type Settings } from '../../platform/settings/settings.ts'
import { createTestDatabase } from '../../platform/testing.ts'
import { type StreamOptions, type Streams, startStreams } from '../runtime/runtime.ts'
import { createTestTopics, type TestTopics } from './kafka.ts'

/** The input of a worker process, as JSON in its first argument. */
export interface TestWorkerOptions {
  settings: Partial<Settings>
  topicSuffix: string
  processorNames: string[]
}

/** How a process is started; left out: as Node does by itself. */
export interface ProcessOptions {
  flags?: readonly string[]
  environment?: Readonly<Record<string, string>>
  /** Whether the test reads its log. */
  isRead?: boolean
}

const WORKER = join(import.meta.dirname, '..', '..', 'workers', 'stream-for-tests.ts')

export interface Counters {
  consumed: number
  applied: number
  duplicate: number
  late: number
  dead: number
}

/** A database, a lake folder and topics of a test's own, and the streams that run on them. */
export interface World {
  settings: Settings
  pool: Pool
  topics: TestTopics
  logger: Logger
  /** Runs processors inside the test. */
  start(processorNames: readonly string[], options?: Partial<StreamOptions>): Promise<Streams>
  /** Runs processors in a process of their own, which can be killed. */
  spawn(processorNames: string[], how?: ProcessOptions): ChildProcess
  counters(processor: string): Promise<Counters>
  /** Waits until a processor has consumed this many messages; raises what ended a stream meanwhile. */
  consumed(processor: string, messages: number, withinMs?: number): Promise<Counters>
  /** Runs a statement as the owner of the tables. */
  asOwner(statement: string): Promise<void>
  /** Stops what runs. */
  stop(): Promise<void>
  close(): Promise<void>
}

export async function createWorld(
  change: Partial<Settings> = {},
  partitions: Record<string, number> = {},
): Promise<World> {
  const database = await createTestDatabase(loadSettings())
  const settings: Settings = { ...database.settings, rawSinkFlushMs: 500, kafkaSessionTimeoutMs: 6_000, ...change }
  const topics = await createTestTopics(settings, partitions)
  const logger = createLogger({ logLevel: 'error' }, 'test')
  const pool = createPool(settings, logger)
  const running = new Set<Streams>()
  const children = new Set<ChildProcess>()
  let failure: Error | undefined

  async function counters(processor: string): Promise<Counters> {
    const { rows } = await pool.query<Counters>(
      `select coalesce(sum(consumed), 0)::bigint as consumed, coalesce(sum(applied), 0)::bigint as applied,
         coalesce(sum(duplicate), 0)::bigint as duplicate, coalesce(sum(late), 0)::bigint as late,
         coalesce(sum(dead), 0)::bigint as dead
       from ops.stream_offsets where processor = $1`,
      [processor],
    )
    return rows[0]!
  }

  async function stopAll(): Promise<void> {
    failure = undefined
    await Promise.all([...running].map((streams) => streams.stop()))
    await Promise.all([...children].map(killHard))
  }

  return {
    settings,
    pool,
    topics,
    logger,
    counters,
    async start(processorNames, options = {}) {
      const streams = await startStreams({ settings, logger, processorNames, topicSuffix: topics.suffix, ...options })
      running.add(streams)
      streams.failed.catch((error: Error) => {
        failure = error
      })
      const { stop } = streams
      streams.stop = async () => {
        running.delete(streams)
        await stop()
      }
      return streams
    },
    spawn(processorNames, { flags = [], environment = {}, isRead = false } = {}) {
      const options: TestWorkerOptions = {
        processorNames,
        topicSuffix: topics.suffix,
        settings: { ...settings, logLevel: 'warn' },
      }
      const child = spawn(process.execPath, [...flags, WORKER, JSON.stringify(options)], {
        stdio: ['ignore', isRead ? 'pipe' : 'ignore', 'inherit'],
        env: { ...environment, ...process.env },
      })
      children.add(child)
      child.once('exit', () => children.delete(child))
      return child
    },
    async consumed(processor, messages, withinMs = 60_000) {
      await until(`${processor} has consumed ${messages} messages`, withinMs, async () => {
        if (failure !== undefined) throw failure
        return (await counters(processor)).consumed >= messages
      })
      return counters(processor)
    },
    async asOwner(statement) {
      const owner = new pg.Client({ connectionString: settings.postgresMigrateUrl })
      await owner.connect()
      await owner.query(statement).finally(() => owner.end())
    },
    stop: stopAll,
    async close() {
      await stopAll()
      await topics.close()
      await pool.end()
      await database.drop()
    },
  }
}

export async function killHard(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** Asks again and again until the condition holds. @throws when it does not in time, naming it */
export async function until(
  what: string,
  withinMs: number,
  condition: () => Promise<boolean>,
  everyMs = 50,
): Promise<void> {
  const giveUpAt = performance.now() + withinMs
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error(`${what}: not within ${withinMs} ms`)
    await pause(everyMs)
  }
}
