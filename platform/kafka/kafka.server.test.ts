import { randomBytes } from 'node:crypto'
import type { Admin } from 'kafkajs'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { createLogger } from '../log.ts'
import { loadSettings } from '../settings/settings.ts'
import { createKafka, createProducer } from './kafka.ts'
import { type KafkaProxy, startKafkaProxy } from './testing.ts'
import { createTopics } from './topics.ts'

const settings = loadSettings()
const kafka = createKafka(settings, 'shelfline-test', createLogger({ logLevel: 'error' }, 'test'))
let admin: Admin
let proxy: KafkaProxy
let topic: string

beforeAll(async () => {
  admin = kafka.admin()
  await admin.connect()
  proxy = await startKafkaProxy(settings)
})
beforeEach(async () => {
  topic = `producer.test-${randomBytes(5).toString('hex')}`
  await createTopics(admin, [{ topic, numPartitions: 2 }])
  return () => admin.deleteTopics({ topics: [topic] })
})
afterAll(async () => {
  await admin?.disconnect()
  await proxy?.close()
})

const hasty = { retries: 1, initialRetryTime: 50, maxRetryTime: 50 }
const batch = (name: string, count = 3) => ({
  topic,
  acks: -1,
  messages: Array.from({ length: count }, (_, index) => ({ key: 's1', value: `${name}${index}` })),
})

/** The values in the topic, those of one partition in their order. */
async function valuesIn(name: string): Promise<string[]> {
  const ends = new Map((await admin.fetchTopicOffsets(name)).map(({ partition, high }) => [partition, Number(high)]))
  const values: string[] = []
  const done = Promise.withResolvers<void>()
  const finish = (partition: number, next: number) => {
    if (next >= ends.get(partition)!) ends.delete(partition)
    if (ends.size === 0) done.resolve()
  }
  for (const partition of [...ends.keys()]) finish(partition, 0)
  const consumer = kafka.consumer({ groupId: `reader-${randomBytes(5).toString('hex')}` })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: name, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ partition, message: { value, offset } }) => {
        values.push(value!.toString())
        finish(partition, Number(offset) + 1)
      },
    })
    await done.promise
    return values
  } finally {
    await consumer.disconnect()
  }
}

test('what follows a send that failed is not taken for a copy of it', async () => {
  const producer = createProducer(proxy.kafka(hasty))
  await producer.connect()
  try {
    proxy.loseAnswers(2)
    await expect(producer.send(batch('a'))).rejects.toThrow()
    await producer.send(batch('b'))
    expect(await valuesIn(topic)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2'])
  } finally {
    await producer.disconnect()
  }
})

test('what follows a send that failed is not refused for its number', async () => {
  const producer = createProducer(proxy.kafka(hasty))
  await producer.connect()
  try {
    await producer.send(batch('a', 5))
    proxy.loseAnswers(2)
    await expect(producer.send(batch('b', 4))).rejects.toThrow()
    await producer.send(batch('c', 2))
    await producer.send(batch('d', 1))
    expect((await valuesIn(topic)).slice(9)).toEqual(['c0', 'c1', 'd0'])
  } finally {
    await producer.disconnect()
  }
})

test('of two sends at once, neither takes the place of the other when an answer is lost', async () => {
  const producer = createProducer(proxy.kafka({ ...hasty, initialRetryTime: 500, maxRetryTime: 500 }))
  await producer.connect()
  try {
    proxy.loseAnswers(1)
    await Promise.all([producer.send(batch('a')), producer.send(batch('b'))])
    expect(await valuesIn(topic)).toEqual(['a0', 'a1', 'a2', 'b0', 'b1', 'b2'])
  } finally {
    await producer.disconnect()
  }
})

test('a message without a key keeps its partition when it is sent again', async () => {
  const producer = createProducer(proxy.kafka(hasty))
  await producer.connect()
  const messages = Array.from({ length: 51 }, (_, index) => ({ key: null, value: `m${index}` }))
  try {
    proxy.loseAnswers(1)
    await producer.send({ topic, acks: -1, messages })
    expect((await valuesIn(topic)).sort()).toEqual(messages.map(({ value }) => value).sort())
  } finally {
    await producer.disconnect()
  }
})

test('a consumer keeps its place in the group when the wall clock is set back', async () => {
  const consumer = kafka.consumer({
    groupId: `clock-${randomBytes(5).toString('hex')}`,
    sessionTimeout: 6_000,
    heartbeatInterval: 300,
    maxWaitTimeInMs: 100,
  })
  let heartbeats = 0
  consumer.on('consumer.heartbeat', () => {
    heartbeats += 1
  })
  await consumer.connect()
  try {
    await consumer.subscribe({ topic })
    await consumer.run({ autoCommit: false, eachMessage: async () => undefined })
    await vi.waitFor(() => expect(heartbeats).toBeGreaterThan(0), 30_000)
    const realNow = Date.now
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => realNow() - 3_600_000)
    try {
      const before = heartbeats
      await vi.waitFor(() => expect(heartbeats).toBeGreaterThan(before + 2), 20_000)
    } finally {
      clock.mockRestore()
    }
  } finally {
    await consumer.disconnect()
  }
})
