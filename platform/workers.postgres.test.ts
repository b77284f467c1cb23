import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readStatus } from '../services/status/status.ts'
import { createLogger } from './log.ts'
import { createPool, type Pool } from './postgres/postgres.ts'
import { loadSettings } from './settings/settings.ts'
import { createTestDatabase, type TestDatabase } from './testing.ts'
import { type Heartbeat, type HeartbeatOptions, readWorkers, startHeartbeat } from './workers.ts'

const logger = createLogger({ logLevel: 'silent' }, 'test')
/** A beat and a half. */
const BEAT_WAIT = { timeout: 20_000, interval: 100 }

let database: TestDatabase
let pool: Pool
const running: Heartbeat[] = []

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, logger)
})
afterEach(async () => {
  for (const heartbeat of running.splice(0)) await heartbeat.stop()
  await pool.query('truncate ops.workers')
})
afterAll(async () => {
  await pool?.end()
  await database?.drop()
})

async function start(change: Partial<HeartbeatOptions> = {}): Promise<Heartbeat> {
  const heartbeat = await startHeartbeat({
    settings: database.settings,
    logger,
    registry: new Registry(),
    kind: 'stream' as const,
    serves: ['sales_state', 'raw_sink'],
    problem: () => undefined,
    ...change,
  })
  running.push(heartbeat)
  return heartbeat
}

const ofKind = async (kind: string) => (await readStatus(pool)).workers.find((worker) => worker.kind === kind)

test('a worker is alive from its start, reports what it serves, and stops being alive when it stops', async () => {
  const heartbeat = await start()
  expect(await readWorkers(pool)).toMatchObject([
    {
      kind: 'stream',
      pid: process.pid,
      version: '0.1.0',
      serves: ['sales_state', 'raw_sink'],
      state: 'alive',
      problem: null,
      stoppedAt: null,
    },
  ])
  expect(await ofKind('stream')).toMatchObject({ alive: 1, since: expect.any(Date), problems: [] })
  expect(await ofKind('batch')).toEqual({
    kind: 'batch',
    alive: 0,
    since: null,
    lastSeenAt: null,
    secondsSinceSeen: null,
    problems: [],
  })
  await heartbeat.stop()
  running.length = 0
  expect(await readWorkers(pool)).toMatchObject([{ state: 'stopped', stoppedAt: expect.any(Date) }])
  expect(await ofKind('stream')).toMatchObject({ alive: 0, since: null, lastSeenAt: expect.any(Date) })
})

test('a kind that nothing needs is left out: the receiver is shown once there is a source, or one has run', async () => {
  expect((await readStatus(pool)).workers.map(({ kind }) => kind)).toEqual(['stream', 'batch', 'web'])
  await pool.query(
    `insert into ref.event_source (source_id, topic, scheme, tolerance_seconds, secret, body_bytes_max, body_events_max,
       depth_max, events_per_second, is_strict, changed_by)
     values ('shop', 'pos_transactions', 'shopify', 300, repeat('x', 16), 1024, 1, 8, 10, true, 'test')`,
  )
  try {
    expect(await ofKind('receive')).toMatchObject({ alive: 0, lastSeenAt: null })
  } finally {
    await pool.query('delete from ref.event_source')
  }
  const heartbeat = await start({ kind: 'receive', serves: [] })
  await heartbeat.stop()
  running.length = 0
  expect(await ofKind('receive')).toMatchObject({ alive: 0, lastSeenAt: expect.any(Date) })
})

test('it beats, reports its problem, and registers again in a database that was emptied', async () => {
  let problem: string | undefined
  await start({ problem: () => problem })
  const [first] = await readWorkers(pool)
  problem = 'not in their consumer group: raw_sink'
  await expect.poll(() => readWorkers(pool), BEAT_WAIT).toMatchObject([{ problem }])
  const [later] = await readWorkers(pool)
  expect(later!.startedAt).toEqual(first!.startedAt)
  expect(later!.lastSeenAt.getTime()).toBeGreaterThan(first!.lastSeenAt.getTime())
  expect((await ofKind('stream'))?.problems).toEqual([expect.stringContaining(problem)])
  await pool.query('truncate ops.workers')
  await expect.poll(async () => (await readWorkers(pool)).length, BEAT_WAIT).toBe(1)
})

test('one without a heartbeat for 20 s by the clock of the database is lost', async () => {
  await pool.query(
    `insert into ops.workers (worker_id, kind, host, pid, version, serves, last_seen_at)
     select gen_random_uuid(), 'batch', 'h', seconds, 'v', '{batch}', clock_timestamp() - make_interval(secs => seconds)
     from unnest(array[15, 25]) as seconds`,
  )
  expect((await readWorkers(pool)).map(({ pid, state }) => [pid, state])).toEqual([
    [15, 'alive'],
    [25, 'lost'],
  ])
  expect(await ofKind('batch')).toMatchObject({ alive: 1 })
})

test('of workers that have ended, 50 of a kind are kept', async () => {
  await pool.query(
    `insert into ops.workers (worker_id, kind, host, pid, version, serves, last_seen_at)
     select gen_random_uuid(), kind, 'h', n, 'v', '{x}', clock_timestamp() - make_interval(mins => n)
     from unnest(array['stream', 'batch']) as kind, generate_series(1, 200) as n`,
  )
  await start()
  const workers = await readWorkers(pool)
  const stream = workers.filter(({ kind }) => kind === 'stream')
  expect(stream).toHaveLength(51)
  expect(stream.at(-1)!.pid).toBe(50)
  expect(workers).toHaveLength(51 + 200)
})

test('every worker counts all of them for Prometheus and for /healthz', async () => {
  await pool.query(
    `insert into ops.stream_offsets (processor, topic, partition, position) values ('shelf_state', 'shelf_events', 0, 0)`,
  )
  const registry = new Registry()
  const batch = await start({ kind: 'batch', serves: ['batch'], registry })
  expect(batch.warnings()).toEqual(['no stream worker', 'no worker for shelf_state'])
  const stream = await start({ serves: ['raw_sink'] })
  expect(stream.warnings()).toEqual(['no worker for shelf_state'])
  await expect
    .poll(() => registry.metrics(), BEAT_WAIT)
    .toContain('shelfline_processor_workers{processor="raw_sink"} 1')
  const metrics = await registry.metrics()
  expect(metrics).toContain('shelfline_processor_workers{processor="shelf_state"} 0')
  expect(metrics).toContain('shelfline_workers{kind="stream"} 1')
  expect(metrics).toContain('shelfline_workers{kind="batch"} 1')
})

test('a schema without the table is named, with the fix', async () => {
  const other = new URL(database.url)
  other.pathname = '/postgres'
  await expect(start({ settings: { ...database.settings, postgresUrl: other.href } })).rejects.toThrow(
    /ops.workers.* does not exist; `shelfline migrate` brings the schema up to date/,
  )
})
