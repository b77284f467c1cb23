/** What producers of others send, in each of Kafka's codecs, is read by processors and raw sink. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import kafkajs, { type CompressionTypes } from 'kafkajs'
import koffi from 'koffi'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { codecs } from '../platform/kafka/codecs.ts'
import { sale } from '../streams/testing/events.ts'
import { codecsOf } from '../streams/testing/kafka.ts'
import { createWorld, type World } from '../streams/testing/world.ts'
import { hasLibrdkafka, prepareConsoleProducer, prepareLibrdkafka } from './stack/kafka-clients.ts'
import { noReport } from './stack/progress.ts'

const EVENTS = 200

let world: World
beforeAll(async () => {
  world = await createWorld({}, { pos_transactions: 1 })
  await world.start(['sales_state', 'raw_sink'])
})
afterAll(() => world.close())

let sent = 0
const nextSales = (): string[] => {
  sent += EVENTS
  return Array.from({ length: EVENTS }, (_, index) => JSON.stringify(sale(sent + index)))
}

async function expectAllApplied(): Promise<void> {
  for (const processor of ['sales_state', 'raw_sink']) {
    const counters = await world.consumed(processor, sent)
    expect(counters).toEqual({ consumed: sent, applied: sent, duplicate: 0, late: 0, dead: 0 })
  }
}

const topic = (): string => `pos_transactions${world.topics.suffix}`

test('kafkajs', async () => {
  const { CompressionTypes: types } = kafkajs
  for (const compression of [types.None, types.GZIP, types.Snappy, types.LZ4, types.ZSTD] as CompressionTypes[]) {
    const messages = nextSales().map((value) => ({ value }))
    await world.topics.producer.send({ topic: topic(), acks: -1, compression, messages })
  }
  expect(await codecsOf(world.topics, topic())).toEqual(new Set(codecs))
  await expectAllApplied()
})

test("Kafka's console producer", async () => {
  const [command, ...options] = await prepareConsoleProducer(noReport)
  const servers = ['--bootstrap-server', world.settings.kafkaBrokers.join(',')]
  const from = await world.topics.count('pos_transactions')
  for (const codec of codecs) {
    const child = spawn(command, [...options, ...servers, '--topic', topic(), '--compression-codec', codec], {
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.stdin.end(`${nextSales().join('\n')}\n`)
    expect(await once(child, 'exit')).toEqual([0, null])
  }
  expect(await codecsOf(world.topics, topic(), from)).toEqual(new Set(codecs))
  await expectAllApplied()
})

test.skipIf(!hasLibrdkafka)('librdkafka', async () => {
  const produce = loadLibrdkafka(await prepareLibrdkafka(noReport), world.settings.kafkaBrokers)
  const from = await world.topics.count('pos_transactions')
  for (const codec of codecs) produce(topic(), codec, nextSales())
  expect(await codecsOf(world.topics, topic(), from)).toEqual(new Set(codecs))
  await expectAllApplied()
})

const PRODUCER = 0
const COPY = 2
const FLUSH_MS = 30_000

/** The few functions of librdkafka's C API that it takes to send: https://github.com/confluentinc/librdkafka */
function loadLibrdkafka(file: string, brokers: readonly string[]) {
  const library = koffi.load(file)
  const newConfiguration = library.func('void *rd_kafka_conf_new()')
  const configure = library.func('int rd_kafka_conf_set(void *, const char *, const char *, void *, size_t)')
  const newClient = library.func('void *rd_kafka_new(int, void *, void *, size_t)')
  const newTopic = library.func('void *rd_kafka_topic_new(void *, const char *, void *)')
  const send = library.func('int rd_kafka_produce(void *, int, int, const char *, size_t, void *, size_t, void *)')
  const flush = library.func('int rd_kafka_flush(void *, int)')
  const destroyTopic = library.func('void rd_kafka_topic_destroy(void *)')
  const destroy = library.func('void rd_kafka_destroy(void *)')
  return (topic: string, codec: string, values: readonly string[]): void => {
    const configuration = newConfiguration()
    const options = { 'bootstrap.servers': brokers.join(','), 'compression.codec': codec, 'linger.ms': '100' }
    for (const [name, value] of Object.entries(options)) expect(configure(configuration, name, value, null, 0)).toBe(0)
    const client = newClient(PRODUCER, configuration, null, 0)
    const handle = newTopic(client, topic, null)
    for (const value of values) {
      expect(send(handle, -1, COPY, value, Buffer.byteLength(value), null, 0, null)).toBe(0)
    }
    expect(flush(client, FLUSH_MS)).toBe(0)
    destroyTopic(handle)
    destroy(client)
  }
}
