/** What a worker does without: a topic that Kafka does not have, and controls that can't be read. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sale } from '../testing/events.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import { processorTopics } from './runtime.ts'
import { missingTopics } from './status.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterAll(() => world?.close())

const visit = (number: number) => ({
  event_id: `visit-${number}`,
  source: 'test',
  schema_version: 1,
  store_id: 'store-1',
  event_at: '2017-03-01T10:00:00-05:00',
  entries: 1,
  exits: 0,
})

test('a topic that is missing is waited for, and everything else is read', { timeout: 240_000 }, async () => {
  const { topics } = world
  const topic = `foot_traffic${topics.suffix}`
  await topics.admin.deleteTopics({ topics: [topic] })
  const kafkaTopic = (name: string) => `${name}${topics.suffix}`
  const missing = () => missingTopics(topics.logs, kafkaTopic, processorTopics)
  await until('the topic is gone', 30_000, async () => (await missing()).length === 1)
  expect(await missing()).toEqual([{ topic: 'foot_traffic', processors: ['raw_sink', 'sales_windows'] }])

  const streams = await world.start(['sales_state', 'sales_windows', 'raw_sink'])
  await topics.send('pos_transactions', [sale(1), sale(2)])
  for (const name of ['sales_state', 'sales_windows', 'raw_sink']) await world.consumed(name, 2)
  const problem = `Kafka has no topic ${topic}; \`shelfline topics apply\` creates it; until then sales_windows, raw_sink wait`
  await until('the others have joined', 30_000, async () => streams.health() === problem)

  await topics.admin.createTopics({
    topics: [{ topic, numPartitions: 2, replicationFactor: 1 }],
    waitForLeaders: false,
  })
  await until('the topic is there', 30_000, async () => (await missing()).length === 0)
  await topics.send('foot_traffic', [visit(1), visit(2), visit(3)])
  for (const name of ['sales_windows', 'raw_sink']) await world.consumed(name, 5, 90_000)
  await until('nothing is missing', 30_000, async () => streams.health() === undefined)
  await streams.stop()
})

test('controls that can not be followed are a problem that is shown, and one that passes', async () => {
  const streams = await world.start(['sales_state'])
  const failing = async () =>
    /shelfline_stream_chore_failing\{chore="controls"\} (\d)/.exec(await streams.registry.metrics())?.[1]
  await until('it runs', 30_000, async () => streams.health() === undefined)
  expect(await failing()).toBe('0')
  await world.asOwner('alter table ops.stream_controls rename to controls_of_before')
  const problem = 'pauses, skips and decisions are not followed: relation "ops.stream_controls" does not exist'
  await until('the problem is shown', 30_000, async () => streams.health() === problem)
  expect(await failing()).toBe('1')
  // Messages are read meanwhile.
  const { consumed } = await world.counters('sales_state')
  await world.topics.send('pos_transactions', [sale(100)])
  await world.consumed('sales_state', consumed + 1)
  await world.asOwner('alter table ops.controls_of_before rename to stream_controls')
  await until('the problem has passed', 30_000, async () => streams.health() === undefined)
  expect(await failing()).toBe('0')
  await streams.stop()
})
