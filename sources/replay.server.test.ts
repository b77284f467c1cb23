import { randomBytes } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { topicNames } from '../contracts/topics.ts'
import { createKafka } from '../platform/kafka/kafka.ts'
import { createTopics } from '../platform/kafka/topics.ts'
import { createLogger } from '../platform/log.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { connectKafkaSink } from './produce.ts'
import { replay } from './replay.ts'

const settings = loadSettings()
const logger = createLogger({ logLevel: 'silent' }, 'test')
const suffix = randomBytes(4).toString('hex')
const named = (name: string) => `${name}_${suffix}`
const used = topicNames.map(named)
let kafka: Kafka

beforeAll(async () => {
  kafka = createKafka(settings, 'test', logger)
  const admin = kafka.admin()
  await admin.connect()
  await createTopics(
    admin,
    used.map((topic) => ({ topic, numPartitions: 3 })),
  )
  await admin.disconnect()
})

afterAll(async () => {
  const admin = kafka.admin()
  await admin.connect()
  await admin.deleteTopics({ topics: used })
  await admin.disconnect()
})

async function messagesIn(topic: string): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    const offsets = await admin.fetchTopicOffsets(topic)
    return offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0)
  } finally {
    await admin.disconnect()
  }
}

test('sends a month of the online shop to Kafka, each event once', async () => {
  const sink = await connectKafkaSink(settings, logger, named)
  try {
    const result = await replay({
      dataset: 'online-retail',
      from: '2011-11-01',
      to: '2011-11-30',
      settings,
      logger,
      sink,
    })
    expect(result.completed).toBe(true)
    expect(result.sent.pos_transactions).toBe(84_711)
    for (const [topic, count] of Object.entries(result.sent)) {
      expect(await messagesIn(named(topic)), topic).toBe(count)
    }
  } finally {
    await sink.close()
  }
})

test('stops when it is asked to, with what it confirmed in Kafka', async () => {
  const sink = await connectKafkaSink(settings, logger, named)
  const before = await messagesIn(named('pos_transactions'))
  const interrupted = new AbortController()
  try {
    const result = await replay({
      dataset: 'online-retail',
      from: '2010-06-01',
      to: '2010-06-30',
      settings,
      logger,
      sink,
      signal: interrupted.signal,
      onProgress: (sent) => sent > 20_000 && interrupted.abort(),
    })
    expect(result.completed).toBe(false)
    const sent = result.sent.pos_transactions ?? 0
    expect(sent).toBeGreaterThan(0)
    expect((await messagesIn(named('pos_transactions'))) - before).toBe(sent)
  } finally {
    await sink.close()
  }
})

test('fails when no broker answers', async () => {
  const nowhere = { ...settings, kafkaBrokers: ['127.0.0.1:1'] }
  await expect(
    replay({ dataset: 'online-retail', from: '2011-11-01', to: '2011-11-01', settings: nowhere, logger }),
  ).rejects.toThrow(/no broker answers at 127\.0\.0\.1:1/)
})
