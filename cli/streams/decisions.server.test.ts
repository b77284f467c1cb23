/**
 * What a person decides about streams, through the command: a worker process, PostgreSQL, and a Kafka of this test's own, for topics
 * are emptied and deleted here.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createKafka, createProducer } from '../../platform/kafka/kafka.ts'
import { createLogger } from '../../platform/log.ts'
import { createPool, type Pool } from '../../platform/postgres/postgres.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { createTestDatabase, type TestDatabase } from '../../platform/testing.ts'
import { down, up } from '../../scripts/stack/stack.ts'
import { nameOf } from '../../services/access/actors.ts'
import { movement } from '../../streams/testing/events.ts'
import { until } from '../../streams/testing/world.ts'
import { machineUser } from '../acting.ts'
import { environmentOf, shelfline } from '../testing.ts'

const PROCESSOR = 'sales_state'
const TOPIC = 'inventory_updates'
const WAIT_MS = 60_000

const home = mkdtempSync(join(tmpdir(), 'shelfline-decisions-'))
const logger = createLogger({ logLevel: 'silent' }, 'test')
/** A user of the machine who is mapped to no person. */
const BY = nameOf(machineUser())
let database: TestDatabase
let pool: Pool
let kafka: ReturnType<typeof createKafka>
let env: NodeJS.ProcessEnv
let worker: ChildProcess | undefined

beforeAll(async () => {
  database = await createTestDatabase(loadSettings())
  pool = createPool(database.settings, logger)
  const instance = await up({ home, ports: 'free', only: ['kafka'] })
  const settings = { ...database.settings, kafkaBrokers: instance.kafka.brokers }
  kafka = createKafka(settings, 'shelfline-test', logger)
  env = {
    ...environmentOf(settings),
    SHELFLINE_KAFKA_BROKERS: settings.kafkaBrokers.join(),
    SHELFLINE_LOG_LEVEL: 'error',
  }
  await run('topics', 'apply')
})
afterEach(stopWorker)
afterAll(async () => {
  await down({ home })
  rmSync(home, { recursive: true, force: true })
  await pool?.end()
  await database?.drop()
})

/** @returns what the command printed as JSON */
async function run(...words: string[]): Promise<Record<string, unknown>> {
  const { code, out, error } = await shelfline([...words, '--json'], env)
  expect({ code, error }).toEqual({ code: 0, error: '' })
  return JSON.parse(out)
}

const status = () => shelfline(['streams', 'status'], env)

function startWorker(): void {
  const command = join(import.meta.dirname, '..', '..', 'shelfline')
  worker = spawn(command, ['worker', 'stream', '--processors', PROCESSOR], { env, stdio: 'ignore', detached: true })
}

async function stopWorker(): Promise<void> {
  if (worker === undefined || worker.exitCode !== null) return
  const ended = once(worker, 'exit')
  process.kill(-worker.pid!, 'SIGTERM')
  await ended
  worker = undefined
}

/** Sends movements to the first partition. */
async function send(first: number, count: number): Promise<void> {
  const producer = createProducer(kafka)
  await producer.connect()
  const messages = Array.from({ length: count }, (_, index) => ({
    partition: 0,
    key: 's',
    value: JSON.stringify(movement(first + index)),
  }))
  await producer.send({ topic: TOPIC, acks: -1, messages })
  await producer.disconnect()
}

interface Place {
  position: number
  applied: number
  dead: number
  lost: number
  problem: string | null
}

async function place(): Promise<Place | undefined> {
  const { rows } = await pool.query<Place>(
    `select position, applied, dead, lost, problem from ops.stream_offsets
     where processor = $1 and topic = $2 and partition = 0`,
    [PROCESSOR, TOPIC],
  )
  return rows[0]
}

const reached = (position: number) =>
  until(`position ${position}`, WAIT_MS, async () => (await place())?.position === position)
const hasStopped = () => until('the partition stops', WAIT_MS, async () => (await place())?.problem != null)

test('skip: the message becomes a dead letter with who and why, and the others are applied', async () => {
  await send(0, 3)
  const skip = ['streams', 'skip', PROCESSOR, `${TOPIC}/0@1`, '--why', 'ends the worker']
  await run(...skip)
  const asked = { processor: PROCESSOR, topic: TOPIC, offset: 1, why: 'ends the worker', requestedBy: BY }
  expect(await run('streams', 'skips')).toMatchObject({ skips: [{ ...asked, status: 'waiting', letterId: null }] })

  startWorker()
  await reached(3)
  expect(await place()).toMatchObject({ applied: 2, dead: 1 })
  expect(await run('streams', 'skips')).toMatchObject({
    skips: [{ ...asked, status: 'skipped', letterId: expect.any(Number) }],
  })
  expect((await shelfline(['streams', 'skips'], env)).out).toMatch(/inventory_updates\/0@1 .*skipped/)
  const again = await shelfline(skip, env)
  expect(again.code).not.toBe(0)
  expect(again.error).toMatch(/has passed inventory_updates\/0@1 already/)
})

test('accept-loss: continues after what Kafka has deleted, and counts it', async () => {
  await send(3, 4)
  const admin = kafka.admin()
  await admin.connect()
  // Makes the client look for the partition's leader.
  await admin.fetchTopicOffsets(TOPIC)
  await admin.deleteTopicRecords({ topic: TOPIC, partitions: [{ partition: 0, offset: '5' }] })
  await admin.disconnect()
  startWorker()
  await hasStopped()
  const stopped = await status()
  expect(stopped.code).toBe(1)
  expect(stopped.out).toContain('`shelfline streams accept-loss`')

  const accepted = await run('streams', 'accept-loss', PROCESSOR, '--why', 'retention was too short')
  expect(accepted).toMatchObject({ accepted: [{ processor: PROCESSOR, topic: TOPIC, partition: 0, from: 3, to: 5 }] })
  await reached(7)
  expect(await place()).toMatchObject({ applied: 4, lost: 2, problem: null })
  const { rows } = await pool.query('select accepted_by, why from ops.accepted_losses')
  expect(rows).toEqual([{ accepted_by: BY, why: 'retention was too short' }])
})

test('accept-log: reads a topic that was created again, from its start', async () => {
  startWorker()
  await until('the worker runs', WAIT_MS, async () => (await status()).out.includes('running'))
  const admin = kafka.admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [TOPIC] })
  const isGone = async () => !(await admin.listTopics()).includes(TOPIC)
  await until('the topic is gone', WAIT_MS, isGone)
  await admin.disconnect()
  await run('topics', 'apply')
  await send(7, 2)
  await hasStopped()
  expect((await status()).out).toContain(`accept-log ${TOPIC}`)

  const accepted = await run('streams', 'accept-log', TOPIC, '--why', 'Kafka was set up again')
  // Offsets of a new log follow on those of the old one.
  const { base } = accepted.accepted as { base: number }
  expect(base).toBeGreaterThan(7)
  await reached(base + 2)
  expect(await place()).toMatchObject({ applied: 6, problem: null })
})
