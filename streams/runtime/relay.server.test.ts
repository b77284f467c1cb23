import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { TopicName } from '../../contracts/topics.ts'
import { createKafka, createProducer, type MessageProducer } from '../../platform/kafka/kafka.ts'
import { untilKafka } from '../../platform/kafka/testing.ts'
import { applyTopics, createTopics, wantedTopics } from '../../platform/kafka/topics.ts'
import { createWorld, type World } from '../testing/world.ts'
import { replayLetters } from './letters.ts'
import { relayDeadLetters } from './relay.ts'

let world: World
let producer: MessageProducer
beforeAll(async () => {
  world = await createWorld()
  producer = createProducer(createKafka(world.settings, 'shelfline-test', world.logger, { retries: 1 }))
})
beforeEach(() => world.pool.query('truncate ops.dead_letters, ops.unsent_message, ops.relay_problem'))
afterAll(async () => {
  await producer?.disconnect()
  await world.close()
})

const kafkaTopic = (topic: string) => `${topic}${world.topics.suffix}`
const relay = () => relayDeadLetters(world.pool, producer, world.logger, kafkaTopic)
const rows = async (query: string) => (await world.pool.query(query)).rows
const count = (topic: string) => world.topics.count(topic as TopicName)
/** How many messages the dead letter topic of a topic has. */
async function lettersIn(topic: string): Promise<number> {
  const offsets = await world.topics.admin.fetchTopicOffsets(`${kafkaTopic(topic)}.dlq`)
  return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
}
let offset = 0
async function keepLetter(topic: string, bytes: number): Promise<number> {
  offset += 1
  const { rows } = await world.pool.query(
    `insert into ops.dead_letters (
       origin, topic, partition, "offset", key, payload, payload_bytes, reason, error, known_at, read_partition, read_offset
     )
     values ('contract', $1, 0, $2, $3, $4::bytea, length($4::bytea), 'not_json', $5, now(), 0, $2) returning letter_id`,
    [topic, offset, Buffer.from('s1'), randomBytes(Math.ceil(bytes / 2)).toString('hex'), 'e'.repeat(5_000)],
  )
  return rows[0].letter_id
}
const UNSENT = 'select count(*) as letters from ops.dead_letters where relayed_attempts < attempts'

test('sends a broken message as large as its topic takes, and many that are too large together', async () => {
  const before = await lettersIn('pos_transactions')
  await keepLetter('pos_transactions', 1_048_400)
  for (let letter = 0; letter < 30; letter += 1) await keepLetter('pos_transactions', 100_000)
  for (let round = 0; round < 10; round += 1) await relay()
  expect(await lettersIn('pos_transactions')).toBe(before + 31)
  expect(await rows(UNSENT)).toEqual([{ letters: 0 }])
  expect(await rows('select from ops.unsent_message')).toEqual([])
})

test('sets a letter aside that its topic does not take, and sends it when it takes it', async () => {
  const { admin } = world.topics
  const name = `${kafkaTopic('foot_traffic')}.dlq`
  const limit = (value: string) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name, configEntries: [{ name: 'max.message.bytes', value }] }],
    })
  await limit('10000')
  await untilKafka('refuses', producer, name, 20_000)
  const before = await lettersIn('foot_traffic')
  const letter = await keepLetter('foot_traffic', 20_000)
  await keepLetter('foot_traffic', 500)
  expect(await relay()).toBe(2)
  expect(await relay()).toBe(0)
  expect(await lettersIn('foot_traffic')).toBe(before + 1)
  const unsent = 'select letter_id, topic, reason, status, attempts from ops.unsent_message'
  const expected = { letter_id: letter, topic: 'foot_traffic', reason: 'too_large' }
  expect(await rows(unsent)).toEqual([{ ...expected, status: 'open', attempts: 1 }])
  await world.pool.query('update ops.dead_letters set relayed_attempts = 0 where letter_id = $1', [letter])
  expect(await relay()).toBe(1)
  expect(await rows(unsent)).toEqual([{ ...expected, status: 'open', attempts: 2 }])
  await limit('100000')
  await untilKafka('takes', producer, name, 20_000)
  await world.pool.query('update ops.dead_letters set relayed_attempts = 0 where letter_id = $1', [letter])
  expect(await relay()).toBe(1)
  expect(await lettersIn('foot_traffic')).toBe(before + 3)
  expect(await rows(unsent)).toEqual([{ ...expected, status: 'sent', attempts: 2 }])
})

test('sends letters of other topics while the topic of one is not there', async () => {
  const { admin } = world.topics
  const missing = `${kafkaTopic('customer_events')}.dlq`
  await admin.deleteTopics({ topics: [missing] })
  await untilKafka('refuses', producer, missing)
  await keepLetter('customer_events', 100)
  await keepLetter('price_changes', 100)
  expect(await relay()).toBe(1)
  expect(await lettersIn('price_changes')).toBe(1)
  expect(await rows('select relay, topic, attempts from ops.relay_problem')).toEqual([
    { relay: 'dead_letters', topic: 'customer_events', attempts: 1 },
  ])
  await createTopics(admin, [{ topic: missing, numPartitions: 1 }])
  await world.pool.query('update ops.relay_problem set next_attempt_at = now()')
  expect(await relay()).toBe(1)
  expect(await lettersIn('customer_events')).toBe(1)
})

test('replays letters that are together larger than a request may be, and names one that is too large alone', async () => {
  const before = await count('shelf_events')
  for (let letter = 0; letter < 15; letter += 1) await keepLetter('shelf_events', 100_000)
  // With the headers of a replay it is more than its topic takes.
  const large = await keepLetter('shelf_events', 1_048_580)
  for (let letter = 0; letter < 15; letter += 1) await keepLetter('shelf_events', 100_000)
  const replayed = await replayLetters(world.pool, producer, {
    filter: { topic: 'shelf_events' },
    limit: 1_000,
    ratePerSecond: 1_000,
    kafkaTopic,
    readMessage: async () => undefined,
  })
  expect(replayed).toMatchObject({ sent: 30, refused: [{ letterId: large }] })
  expect(await count('shelf_events')).toBe(before + 30)
  expect(await rows("select letter_id from ops.dead_letters where status = 'open'")).toEqual([{ letter_id: large }])
})

test('gives topics of dead letters and of state a limit above that of their sources, and leaves other settings alone', async () => {
  const { admin, suffix } = world.topics
  const limitOf = async (name: string, setting = 'max.message.bytes') => {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: 2, name }] })
    return resources[0]!.configEntries.find(({ configName }) => configName === setting)!.configValue
  }
  const source = kafkaTopic('supplier_shipments')
  const letters = `${source}.dlq`
  expect(Number(await limitOf(letters))).toBeGreaterThan(Number(await limitOf(source)) + 50_000)
  expect(Number(await limitOf(kafkaTopic('purchase_orders')))).toBeGreaterThanOrEqual(8_000_000)

  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      { type: 2, name: source, configEntries: [{ name: 'max.message.bytes', value: '3000000' }] },
      { type: 2, name: letters, configEntries: [{ name: 'segment.bytes', value: '50000000' }] },
    ],
  })
  const named = (name: string) => (name.endsWith('.dlq') ? `${name.slice(0, -4)}${suffix}.dlq` : `${name}${suffix}`)
  const wanted = wantedTopics(world.settings)
    .filter(({ name }) => name.startsWith('supplier_shipments'))
    .map((topic) => ({ ...topic, name: named(topic.name), sources: topic.sources?.map(named) ?? [] }))
  const apply = async () =>
    (await applyTopics(createKafka(world.settings, 'shelfline-test', world.logger), wanted)).map(({ action }) => action)
  expect(await apply()).toEqual(['unchanged', 'settings changed'])
  expect(await limitOf(source)).toBe('3000000')
  expect(await limitOf(letters)).toBe('3065536')
  expect(await limitOf(letters, 'segment.bytes')).toBe('50000000')
  expect(await apply()).toEqual(['unchanged', 'unchanged'])
})
