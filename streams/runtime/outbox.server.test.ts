import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createKafka, createProducer, type MessageProducer } from '../../platform/kafka/kafka.ts'
import { untilKafka } from '../../platform/kafka/testing.ts'
import { createTopics } from '../../platform/kafka/topics.ts'
import { inTransaction } from '../../platform/postgres/postgres.ts'
import { createWorld, type World } from '../testing/world.ts'
import { relayOutbox } from './outbox.ts'
import { retryUnsent } from './unsent.ts'

let world: World
let producer: MessageProducer
beforeAll(async () => {
  world = await createWorld()
  // As the relay's own: what it can't send it tries again by itself.
  producer = createProducer(createKafka(world.settings, 'shelfline-test', world.logger, { retries: 1 }))
})
beforeEach(() => world.pool.query('truncate ops.outbox, ops.unsent_message, ops.relay_problem'))
afterAll(async () => {
  await producer?.disconnect()
  await world.close()
})

const kafkaTopic = (topic: string) => `${topic}${world.topics.suffix}`
const relay = (lane: 'healthy' | 'failing' = 'healthy', by: MessageProducer = producer) =>
  relayOutbox({ pool: world.pool, producer: by, logger: world.logger, lane, kafkaTopic })
/** Rounds until nothing is left that can be sent. */
async function relayAll(): Promise<number> {
  let all = 0
  for (let round = 0; round < 50; round += 1) {
    const sent = await relay()
    if (sent === 0) return all
    all += sent
  }
  throw new Error('the outbox is never empty')
}
const emit = (topic: string, key: string, payload: object) =>
  world.pool.query('select ops.emit($1, $2, $3)', [topic, key, JSON.stringify(payload)])
const rows = async (query: string) => (await world.pool.query(query)).rows
const waiting = async () => (await rows('select count(*) as messages from ops.outbox'))[0].messages
/** A payload of about this many bytes. */
const sized = (bytes: number, mark = 'x') => ({ mark, filling: 'x'.repeat(bytes) })

test('sends what was committed, in order; of a state only the newest', async () => {
  const { pool, topics } = world
  const undone = inTransaction(pool, async (client) => {
    await client.query("select ops.emit('alerts', 's1', '{}')")
    throw new Error('no')
  })
  await expect(undone).rejects.toThrow('no')
  for (const available of ['1', '2', '3']) await emit('shelf_state', 's1/tea', { available })
  await emit('alerts', 's1', { alert_id: 'a1' })
  await emit('alerts', 's1', { alert_id: 'a2' })
  expect(await relay()).toBe(5)
  expect(await relay()).toBe(0)
  expect(await topics.newest('shelf_state')).toEqual(new Map([['s1/tea', { available: '3' }]]))
  expect(await topics.newest('alerts')).toEqual(new Map([['s1', { alert_id: 'a2' }]]))
  expect(await topics.count('alerts')).toBe(2)
})

test('keeps what Kafka did not take, and sends it when Kafka is there again', async () => {
  await emit('alerts', 's1', { alert_id: 'a3' })
  const away = createProducer(
    createKafka({ ...world.settings, kafkaBrokers: ['127.0.0.1:1'] }, 'shelfline-test', world.logger, { retries: 1 }),
  )
  expect(await relay('healthy', away)).toBe(0)
  expect(await rows('select topic, attempts, error from ops.relay_problem')).toEqual([
    { topic: 'alerts', attempts: 1, error: expect.stringContaining('127.0.0.1:1') },
  ])
  expect(await waiting()).toBe(1)
  await world.pool.query('update ops.relay_problem set next_attempt_at = now()')
  expect(await relay()).toBe(0)
  expect(await relay('failing')).toBe(1)
  expect(await rows('select from ops.relay_problem')).toEqual([])
})

test('leaves a topic to one worker at a time, and dates messages by the simulated clock', async () => {
  const { pool, topics } = world
  await pool.query(
    "insert into ops.clock (simulated_now, speed, run_id, seed) values ('2017-03-01T12:00:00Z', 60, 'run', 1)",
  )
  await emit('alerts', 's1', { alert_id: 'a4' })
  const { rows } = await pool.query('select ops.now() as now, (select emitted_at from ops.outbox) as emitted_at')
  const noon = new Date('2017-03-01T12:00:00Z')
  expect(rows).toEqual([{ now: noon, emitted_at: noon }])
  const before = await topics.count('alerts')
  expect((await Promise.all([relay(), relay(), relay()])).filter((sent) => sent > 0)).toEqual([1])
  expect(await topics.count('alerts')).toBe(before + 1)
  await pool.query('delete from ops.clock')
})

test('sends orders that are together larger than a request may be, and one that is so alone', async () => {
  for (let order = 0; order < 50; order += 1) await emit('purchase_orders', `PO-${order}`, sized(40_000, `${order}`))
  await emit('purchase_orders', 'PO-large', sized(1_600_000, 'large'))
  expect(await relayAll()).toBe(51)
  const newest = await world.topics.newest('purchase_orders')
  expect(newest.size).toBe(51)
  expect(newest.get('PO-large')).toMatchObject({ mark: 'large' })
  expect(await rows('select from ops.unsent_message')).toEqual([])
})

test('sets aside what Kafka refuses, and sends what is before and behind it in its order', async () => {
  const before = await world.topics.count('restock_alerts')
  for (const mark of ['1', '2']) await emit('restock_alerts', 's1', { mark })
  await emit('restock_alerts', 's1', sized(1_200_000, 'too large'))
  for (const mark of ['3', '4']) await emit('restock_alerts', 's1', { mark })
  await emit('warehouse_events', 's1', { mark: 'pick' })
  expect(await relayAll()).toBe(6)
  expect(await world.topics.count('restock_alerts')).toBe(before + 4)
  expect((await world.topics.newest('restock_alerts')).get('s1')).toEqual({ mark: '4' })
  expect((await world.topics.newest('warehouse_events')).get('s1')).toEqual({ mark: 'pick' })
  expect(
    await rows(
      `select topic, key, payload ->> 'mark' as mark, bytes, reason, status, attempts, error from ops.unsent_message`,
    ),
  ).toEqual([
    {
      topic: 'restock_alerts',
      key: 's1',
      mark: 'too large',
      reason: 'too_large',
      status: 'open',
      attempts: 1,
      bytes: expect.any(Number),
      error: expect.stringContaining('larger than the max message size'),
    },
  ])
})

test('finds what is too large for a topic with a lower limit among messages that were sent together', async () => {
  const { admin } = world.topics
  const name = kafkaTopic('price_changes')
  const configEntries = [{ name: 'max.message.bytes', value: '20000' }]
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name, configEntries }] })
  const sizes = [5_000, 100, 30_000, 5_000, 5_000, 5_000, 40_000, 100]
  for (const [at, bytes] of sizes.entries()) await emit('price_changes', `s${at}`, sized(bytes, `${at}`))
  expect(await relayAll()).toBe(8)
  expect([...(await world.topics.newest('price_changes')).keys()].sort()).toEqual(['s0', 's1', 's3', 's4', 's5', 's7'])
  expect(await rows('select key from ops.unsent_message order by key')).toEqual([{ key: 's2' }, { key: 's6' }])
})

test('sets messages for an unknown topic aside, and does not read one that no topic takes', async () => {
  const before = await world.topics.count('alerts')
  await emit('no_such_topic', 's1', { mark: 'unknown' })
  await world.pool.query(
    `insert into ops.outbox (topic, key, payload) select 'alerts', 's1', to_json(repeat('x', 9000000))`,
  )
  await emit('alerts', 's1', { mark: 'behind it' })
  expect(await relayAll()).toBe(3)
  expect(await rows('select topic, reason, bytes from ops.unsent_message order by topic')).toEqual([
    { topic: 'alerts', reason: 'too_large', bytes: 9_000_002 },
    { topic: 'no_such_topic', reason: 'unknown_topic', bytes: expect.any(Number) },
  ])
  expect(await world.topics.count('alerts')).toBe(before + 1)
})

test('sends to the other topics while one is not there, and to that one when it is', async () => {
  const { admin } = world.topics
  const name = kafkaTopic('shelf_events')
  await admin.deleteTopics({ topics: [name] })
  await untilKafka('refuses', producer, name)
  await emit('shelf_events', 's1', { mark: 'waits' })
  await emit('warehouse_events', 's1', { mark: 'goes' })
  await emit('customer_events', 's1', { mark: 'goes' })
  expect(await relayAll()).toBe(2)
  expect(await waiting()).toBe(1)
  const problem = 'select topic, attempts, error, next_attempt_at > last_failed_at as waits from ops.relay_problem'
  expect(await rows(problem)).toEqual([
    { topic: 'shelf_events', attempts: 1, waits: true, error: expect.stringContaining('topic-partition') },
  ])
  expect(await relay('failing'), 'its time has not come').toBe(0)
  await createTopics(admin, [{ topic: name, numPartitions: 1 }])
  await world.pool.query('update ops.relay_problem set next_attempt_at = now()')
  expect(await relay('failing')).toBe(1)
  expect(await rows(problem)).toEqual([])
})

test('sends what was set aside when it is asked for again and Kafka takes it', async () => {
  const { admin } = world.topics
  const limit = (value: string) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: 2, name: kafkaTopic('inventory_updates'), configEntries: [{ name: 'max.message.bytes', value }] },
      ],
    })
  const unsent = 'select status, attempts, settled_at is not null as settled from ops.unsent_message'
  await limit('20000')
  await untilKafka('refuses', producer, kafkaTopic('inventory_updates'), 30_000)
  await emit('inventory_updates', 's1', sized(30_000, 'large'))
  await relayAll()
  const [{ unsent_id }] = await rows('select unsent_id from ops.unsent_message')
  expect(await retryUnsent(world.pool, [unsent_id])).toEqual({ retrying: 1, superseded: 0 })
  await relayAll()
  expect(await rows(unsent)).toEqual([{ status: 'open', attempts: 2, settled: false }])
  await limit('50000')
  await untilKafka('takes', producer, kafkaTopic('inventory_updates'), 30_000)
  await retryUnsent(world.pool, [unsent_id])
  expect(await relayAll()).toBe(1)
  expect(await rows(unsent)).toEqual([{ status: 'sent', attempts: 2, settled: true }])
  expect((await world.topics.newest('inventory_updates')).get('s1')).toMatchObject({ mark: 'large' })
})

test('drops a state that was set aside when a newer one of its key was sent', async () => {
  await world.pool.query(
    `insert into ops.outbox (topic, key, payload) select 'shelf_state', key, to_json(repeat('x', 9000000))
     from unnest(array['s1/tea', 's1/milk']) as key`,
  )
  await relayAll()
  await emit('shelf_state', 's1/tea', { available: '4' })
  await relayAll()
  expect(await rows('select key, status from ops.unsent_message order by key')).toEqual([
    { key: 's1/milk', status: 'open' },
    { key: 's1/tea', status: 'superseded' },
  ])
})
