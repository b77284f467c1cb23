/** `shelfline status` and `shelfline streams status`, as processes: their output and exit code when workers are missing. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createLogger } from '../platform/log.ts'
import { createPool, type Pool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../platform/testing.ts'
import type { WorkerKind } from '../platform/worker-kinds.ts'
import { type Heartbeat, startHeartbeat } from '../platform/workers.ts'
import { processorNames } from '../streams/runtime/runtime.ts'

const logger = createLogger({ logLevel: 'silent' }, 'test')
const running: Heartbeat[] = []
let database: TestDatabase
let pool: Pool

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, logger)
  // A topic that is missing would count, too.
  expect(await shelfline('topics', 'apply')).toMatchObject({ code: 0 })
})
afterEach(async () => {
  for (const heartbeat of running.splice(0)) await heartbeat.stop()
  await pool.query('truncate ops.workers, ops.stream_offsets, ops.stream_controls')
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

const shelfline = (...words: string[]) => shelflineWith({}, ...words)

async function shelflineWith(
  settings: Record<string, string>,
  ...words: string[]
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(join(import.meta.dirname, '..', 'shelfline'), words, {
    env: { ...process.env, SHELFLINE_POSTGRES_URL: database.url, SHELFLINE_LOG_LEVEL: 'error', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code: code as number, out, err }
}

async function work(kind: WorkerKind, serves: readonly string[], wrong?: string): Promise<void> {
  const { settings } = database
  const problem = () => wrong
  running.push(await startHeartbeat({ settings, logger, registry: new Registry(), kind, serves, problem }))
}

const position = (processor: string, problem: string | null = null) =>
  pool.query(
    'insert into ops.stream_offsets (processor, topic, partition, position, problem) values ($1, $2, 0, 0, $3)',
    [processor, 'shelf_events', problem],
  )

interface StreamsStatus {
  processors: { processor: string; state: string; workers: number }[]
}
const states = ({ out }: { out: string }) =>
  Object.fromEntries((JSON.parse(out) as StreamsStatus).processors.map(({ processor, state }) => [processor, state]))

test('streams status: without a worker every processor reports it, and the exit code is 1', async () => {
  await position('shelf_state')
  const table = await shelfline('streams', 'status')
  expect(table.code).toBe(1)
  expect(table.out).toMatch(/shelf_state .*no worker/)
  expect(table.out).toContain('no worker runs any processor; `shelfline worker stream` starts one')
  const json = await shelfline('streams', 'status', '--json')
  expect(json.code).toBe(1)
  expect(states(json)).toEqual(Object.fromEntries(processorNames.map((name) => [name, 'no worker'])))
})

test('streams status: a worker with a part of the processors leaves the others without', async () => {
  await work('stream', processorNames.slice(1))
  const json = await shelfline('streams', 'status', '--json')
  expect(json.code).toBe(1)
  expect(states(json)).toMatchObject({ [processorNames[0]!]: 'no worker', [processorNames[1]!]: 'running' })
  expect((await shelfline('streams', 'status')).out).toContain(`no worker runs ${processorNames[0]};`)
})

test('streams status: 0 when all run or are paused, 1 when a partition has stopped', async () => {
  await work('stream', processorNames)
  await position('shelf_state')
  await pool.query(`insert into ops.stream_controls (processor, paused) values ('shelf_state', true)`)
  const paused = await shelfline('streams', 'status', '--json')
  expect(paused.code).toBe(0)
  expect(states(paused)).toMatchObject({ shelf_state: 'paused', sales_state: 'running' })
  await position('sales_state', 'Kafka deleted what comes next')
  const stopped = await shelfline('streams', 'status', '--json')
  expect(stopped.code).toBe(1)
  expect(states(stopped)).toMatchObject({ sales_state: 'stopped' })
  expect((await shelfline('streams', 'status')).out).toContain('sales_state shelf_events/0 has stopped: Kafka deleted')
})

test('streams status: shows what a worker reports as wrong with it', async () => {
  await work('stream', processorNames, 'pauses, skips and decisions are not followed: no such table')
  const json = await shelfline('streams', 'status', '--json')
  expect(JSON.parse(json.out)).toMatchObject({
    missingTopics: [],
    problems: [{ pid: process.pid, problem: expect.stringContaining('are not followed') }],
  })
  expect((await shelfline('streams', 'status')).out).toContain(`worker ${process.pid} on `)
})

test('status: shows how many workers of each kind there are, and exits with 1 while a kind is missing', async () => {
  await work('stream', processorNames)
  const without = await shelfline('status')
  expect(without.code).toBe(1)
  expect(without.out).toContain('no batch worker runs; `shelfline worker batch` starts one')
  expect(without.out).toMatch(/batch\s+│\s+no worker\s+│\s+│\s+never/)
  await work('batch', ['batch'])
  const both = await shelfline('status', '--json')
  expect(both.code).toBe(0)
  expect(JSON.parse(both.out).workers).toMatchObject([
    { kind: 'stream', alive: 1, since: expect.any(String), problems: [] },
    { kind: 'batch', alive: 1 },
    { kind: 'web', alive: 0 },
  ])
  expect((await shelfline('status')).out).toMatch(/stream\s+│\s+1\s+│ \d{4}-.* s ago/)
})

test('while Kafka is away standard output has nothing for a program to stumble over', async () => {
  await pool.query(
    `insert into ops.stream_offsets (processor, topic, partition, position) values ('x', 'shelf_events', 0, 0)`,
  )
  const away = await shelflineWith({ SHELFLINE_KAFKA_BROKERS: '127.0.0.1:9' }, 'streams', 'status', '--json')
  expect(away).toMatchObject({ code: 1, out: '' })
  expect(away.err).toContain('127.0.0.1:9')
})
