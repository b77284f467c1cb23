import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKafka, createProducer, type MessageProducer } from '../platform/kafka.ts'
import { inTransaction } from '../platform/postgres.ts'
import { relayOutbox } from './outbox.ts'
import { createWorld, type World } from './testing/world.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world.close())

const relay = (producer: MessageProducer = world.topics.producer) =>
  relayOutbox(world.pool, producer, (topic) => `${topic}${world.topics.suffix}`)
const emit = (topic: string, key: string, payload: object) =>
  world.pool.query('select ops.emit($1, $2, $3)', [topic, key, JSON.stringify(payload)])
const waiting = async () => (await world.pool.query('select count(*) as messages from ops.outbox')).rows[0].messages

it('sends what was committed, in order; of a state only the newest', async () => {
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

it('keeps what Kafka did not take, and says which message names a topic that is not there', async () => {
  await emit('alerts', 's1', { alert_id: 'a3' })
  const away = createProducer(createKafka(world.settings, 'shelfline-test', world.logger))
  await away.disconnect()
  await expect(relay(away)).rejects.toThrow('disconnected')
  expect(await waiting()).toBe(1)
  await emit('no_such_topic', 's1', {})
  await expect(relay()).rejects.toThrow(/message \d+ is for the topic "no_such_topic".*ops\.outbox/)
  await world.pool.query("delete from ops.outbox where topic = 'no_such_topic'")
  expect(await relay()).toBe(1)
})

it('leaves it to one worker at a time, and dates messages by the simulated clock', async () => {
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
