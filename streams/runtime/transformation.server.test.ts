/** Messages that become others exactly once, also when their partition is taken over while they are made. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TopicMessage } from '../../platform/kafka/transactional-producer.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import type { Slice } from './processor.ts'
import { Transformation, type TransformationOptions } from './transformation.ts'

const FROM = 'feature_requests'
const TO = 'predictions'
const MESSAGES = 20
const WITHIN_MS = 60_000

let world: World
beforeAll(async () => {
  // A second partition is a second lane: what is read again does not wait for the slice that is held.
  world = await createWorld({}, { [FROM]: 2 })
}, 120_000)
afterAll(async () => {
  await world?.close()
})

function start(groupId: string, change: Pick<TransformationOptions, 'transform' | 'onCommitted'>) {
  return Transformation.start({
    kafka: world.topics.kafka,
    topicLogs: world.topics.logs,
    logger: world.logger,
    sessionTimeoutMs: 6_000,
    groupId,
    topics: [FROM],
    kafkaTopic: (topic) => `${topic}${world.topics.suffix}`,
    transactionalId: ({ partition }) => `${groupId}.${partition}`,
    sliceMessagesMax: 1_000,
    sliceBytesMax: 1024 * 1024,
    bufferedBytesMax: 1024 * 1024,
    unreadable: 'stop',
    onFailed: (error) => {
      throw error
    },
    ...change,
  })
}

const made = ({ messages }: Slice): TopicMessage[] =>
  messages.map(({ value }) => ({ topic: `${TO}${world.topics.suffix}`, message: { key: null, value } }))

/** What is committed, up to a message that is sent last. */
async function committed(): Promise<string[]> {
  await world.topics.producer.send({
    topic: `${TO}${world.topics.suffix}`,
    acks: -1,
    messages: (await world.topics.admin.fetchTopicOffsets(`${TO}${world.topics.suffix}`)).map(({ partition }) => ({
      partition,
      value: 'end',
    })),
  })
  const partitions = (await world.topics.admin.fetchTopicOffsets(`${TO}${world.topics.suffix}`)).length
  const consumer = world.topics.kafka.consumer({ groupId: `reader-${randomUUID()}` })
  const found: string[] = []
  await consumer.connect()
  try {
    await consumer.subscribe({ topic: `${TO}${world.topics.suffix}`, fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachMessage: async ({ message }) => {
        found.push(message.value!.toString())
      },
    })
    await until('the ends', WITHIN_MS, async () => found.filter((text) => text === 'end').length === partitions)
    return found.filter((text) => text !== 'end').sort()
  } finally {
    await consumer.disconnect()
  }
}

test('a slice that is held while its partition is taken over again is sent once', async () => {
  const groupId = `transformation-${randomUUID()}`
  const sent = Array.from({ length: MESSAGES }, (_, index) => `message ${String(index).padStart(2, '0')}`)
  await world.topics.send(FROM, sent, 0)
  const held = Promise.withResolvers<void>()
  let slices = 0
  let commits = 0
  const worker = await start(groupId, {
    async transform(slice) {
      if (slice.messages.length === 0) return []
      slices += 1
      if (slices === 1) await held.promise
      return made(slice)
    },
    onCommitted: ({ messages }) => {
      if (messages.length > 0) commits += 1
    },
  })
  try {
    await until('a slice is held', WITHIN_MS, async () => slices === 1)
    const other = await start(groupId, {
      transform: () => Promise.reject(new Error('this worker makes nothing')),
    })
    await other.stop()
    await until('the messages are read again and sent', WITHIN_MS, async () => commits > 0)
    // Taken over more than once, when the other worker had it for a moment.
    expect(slices).toBeGreaterThan(1)
    held.resolve()
  } finally {
    held.resolve()
    await worker.stop()
  }
  expect(await committed()).toEqual(sent)
}, 240_000)
