/** What a log of Kafka may hold beside messages, and what may become of it. */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import kafkajs, { type CompressionTypes } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TopicName } from '../../contracts/topics.ts'
import { createTopics } from '../../platform/kafka/topics.ts'
import { loadSettings } from '../../platform/settings/settings.ts'
import { movement, sale } from '../testing/events.ts'
import { rawBatches } from '../testing/kafka.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import { acceptLog, acceptLoss } from './accepted-losses.ts'
import { listLetters } from './letters.ts'
import { type PartitionStatus, streamStatus } from './status.ts'
import { verifyState } from './verify.ts'

const PROCESSORS = ['sales_state', 'raw_sink']

let world: World
beforeAll(async () => {
  world = await createWorld({ rawSinkFlushMs: 2_000 })
})
afterEach(() => world.stop())
afterAll(() => world.close())

const kafkaTopic = (topic: TopicName) => `${topic}${world.topics.suffix}`
const ada = { by: 'ada', why: 'a test' }

let number = 0
const sales = (count: number) => Array.from({ length: count }, () => sale(number++))

let sent = 0
/** Sends sales to partition 0, in one batch. */
async function send(count: number): Promise<void> {
  await world.topics.send('pos_transactions', sales(count), 0)
  sent += count
}

async function expectAllApplied(): Promise<void> {
  for (const processor of PROCESSORS) {
    expect(await world.consumed(processor, sent)).toMatchObject({ consumed: sent, applied: sent })
  }
}

const status = async (topic: TopicName): Promise<PartitionStatus[]> =>
  (await streamStatus(world.pool, world.topics.logs, kafkaTopic)).filter((one) => one.topic === topic)

/** Transactions that are sent and aborted, each with this many messages of this many bytes. */
async function abort(transactions: number, messages: number, bytes: number): Promise<void> {
  const id = randomBytes(5).toString('hex')
  const producer = world.topics.kafka.producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  try {
    for (let round = 0; round < transactions; round += 1) {
      const transaction = await producer.transaction()
      const value = JSON.stringify({ ...sale(0), event_id: `aborted-${id}`, note: 'x'.repeat(bytes) })
      for (let message = 0; message < messages; message += 1) {
        await transaction.send({ topic: kafkaTopic('pos_transactions'), messages: [{ value, partition: 0 }] })
      }
      await transaction.abort()
    }
  } finally {
    await producer.disconnect()
  }
}

describe('aborted transactions', () => {
  test('are passed while a segment of the raw sink is open', async () => {
    const settings = { ...world.settings, rawSinkFlushMs: 8_000 }
    const streams = await world.start(PROCESSORS, { settings })
    const allTaken = async () => {
      const lags = (await streams.registry.metrics()).matchAll(
        /lag_messages{[^}]*topic="pos_transactions"[^}]*} (\d+)/g,
      )
      const found = [...lags].map(([, lag]) => lag)
      return found.length === 6 && found.every((lag) => lag === '0')
    }
    const before = (await world.counters('raw_sink')).consumed
    await send(10)
    await until('the raw sink holds the messages', 20_000, allTaken)
    expect((await world.counters('raw_sink')).consumed).toBe(before)
    await abort(1, 5, 10)
    await until('what was aborted is passed', 20_000, allTaken)
    await send(10)
    await expectAllApplied()
  })

  test('are passed when they are larger than a fetch, and at the end of the log', async () => {
    await world.start(PROCESSORS)
    await abort(3, 10, 200_000)
    await send(10)
    await expectAllApplied()
    await abort(3, 10, 200_000)
    await until('both processors stand at the end', 30_000, async () =>
      (await status('pos_transactions')).every(({ lag }) => lag === 0),
    )
    await expectAllApplied()
  })
})

describe('a compacted log', () => {
  test('is read to its end', async () => {
    const topic = kafkaTopic('product_catalog')
    const { ConfigResourceTypes } = kafkajs
    const eager = { 'segment.ms': '200', 'min.cleanable.dirty.ratio': '0', 'delete.retention.ms': '0' }
    const configEntries = Object.entries({ 'cleanup.policy': 'compact', ...eager }).map(([name, value]) => ({
      name,
      value,
    }))
    await world.topics.admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
    })
    const product = (index: number) => ({
      event_id: `p${index}`,
      source: 'test',
      schema_version: 1,
      event_at: '2017-03-01T00:00:00Z',
      product_id: `product-${index % 3}`,
      name: `Tea ${index}`,
    })
    const left = async () => (await rawBatches(world.topics.kafka, topic)).reduce((sum, { count }) => sum + count, 0)
    // A segment is compacted when a later one has begun.
    await world.topics.send(
      'product_catalog',
      Array.from({ length: 300 }, (_, index) => product(index)),
    )
    let end = 300
    await until('Kafka has compacted the log', 90_000, async () => {
      await world.topics.send('product_catalog', [product(end)])
      end += 1
      return (await left()) < 150
    })
    await world.start(['reference_data'])
    await until('all of it is read', 30_000, async () => {
      const [at] = await status('product_catalog')
      return at?.position === end && at.lag === 0
    })
    const { rows } = await world.pool.query('select name from ref.products where product_id = $1', [
      `product-${(end - 1) % 3}`,
    ])
    expect(rows).toEqual([{ name: `Tea ${end - 1}` }])
    expect((await world.counters('reference_data')).consumed).toBeLessThan(end)
  })
})

describe('messages that unpack to very much', () => {
  const { CompressionTypes: types } = kafkajs
  test.each([
    ['gzip', types.GZIP, 40_000_000],
    ['zstd', types.ZSTD, 40_000_000],
    ['lz4', types.LZ4, 40_000_000],
    ['snappy', types.Snappy, 10_000_000],
  ])('are dead letters, kept in part: %s', async (codec, compression, bytes) => {
    await world.start(PROCESSORS)
    const [first, last] = sales(2).map((event) => JSON.stringify(event)) as [string, string]
    const huge = JSON.stringify({ ...sale(number++), note: codec.padEnd(bytes, '.') })
    await world.topics.producer.send({
      topic: kafkaTopic('pos_transactions'),
      acks: -1,
      compression: compression as CompressionTypes,
      messages: [first, huge, last].map((value) => ({ value, partition: 0 })),
    })
    sent += 3
    for (const processor of PROCESSORS) await world.consumed(processor, sent)
    const { letters } = await listLetters(world.pool, { reason: 'too_large' }, 10)
    const sha256 = createHash('sha256').update(huge).digest('hex')
    expect(letters.filter(({ payloadSha256 }) => payloadSha256 === sha256)).toMatchObject([
      { isCut: true, status: 'open', payloadBytes: huge.length },
    ])
    const { applied, dead } = await world.counters('sales_state')
    expect([applied, dead]).toEqual([sent - letters.length, letters.length])
  })
})

const dataFolder = join(loadSettings().home, 'data', 'kafka')

/** Needs Kafka's files: the instance's own Kafka, on this machine. */
describe.skipIf(!existsSync(dataFolder))('a batch whose bytes have changed', () => {
  test('stops its partition, and no other, until a person accepts the loss', async () => {
    await send(5)
    const place = { topic: 'pos_transactions' as const, partition: 0, from: await endOf('pos_transactions', 0) }
    await world.topics.send('pos_transactions', sales(7), 0)
    changeByte(`${kafkaTopic('pos_transactions')}-0`)
    await world.topics.send('pos_transactions', sales(9), 0)
    const streams = await world.start(PROCESSORS)
    await until('both have stopped', 30_000, async () => (await stopped()).length === 2)
    for (const { topic, partition, position, problem } of await stopped()) {
      expect({ topic, partition, from: position }).toEqual(place)
      expect(problem).toMatch(/offsets \d+ to \d+ can't be read: the checksum does not match the bytes; .*accept-loss/)
    }
    await world.topics.send('pos_transactions', sales(3), 1)
    sent += 3
    for (const processor of PROCESSORS) await world.consumed(processor, sent)
    expect(await streams.registry.metrics()).toMatch(/shelfline_stream_stopped_partitions{processor="raw_sink"} 1/)

    const to = place.from + 7
    expect(await acceptLoss(world.pool, world.topics.logs, kafkaTopic, ada)).toEqual([
      { processor: 'raw_sink', ...place, to },
      { processor: 'sales_state', ...place, to },
    ])
    sent += 9
    for (const processor of PROCESSORS) await world.consumed(processor, sent)
    expect(await stopped()).toEqual([])
    const { rows } = await world.pool.query(
      'select processor, from_offset, to_offset, accepted_by, why from ops.accepted_losses order by processor',
    )
    const loss = { from_offset: place.from, to_offset: to, accepted_by: 'ada', why: 'a test' }
    expect(rows).toEqual(PROCESSORS.toSorted().map((processor) => ({ processor, ...loss })))
  })

  /** Of the newest batch of a partition, where its records are. */
  function changeByte(partition: string): void {
    const folder = join(dataFolder, partition)
    const segments = readdirSync(folder).filter((name) => name.endsWith('.log'))
    const file = openSync(join(folder, segments.sort().at(-1)!), 'r+')
    const at = fstatSync(file).size - 20
    const byte = Buffer.alloc(1)
    readSync(file, byte, 0, 1, at)
    writeSync(file, Buffer.from([byte[0]! ^ 0xff]), 0, 1, at)
    closeSync(file)
  }
})

describe('a topic that is deleted and created again while workers run', () => {
  test('stops until a person accepts it, and is then read from its start', async () => {
    const topic = kafkaTopic('inventory_updates')
    const movements = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => movement(from + index))
    const before = await world.counters('sales_state')
    await world.start(PROCESSORS)
    // The first message of each log is broken: both are dead letters, although they are at the same place.
    await world.topics.send('inventory_updates', ['broken in the first log', ...movements(0, 20)], 0)
    for (const processor of PROCESSORS) await world.consumed(processor, sent + 21)
    const letters = async () => (await listLetters(world.pool, { topic: 'inventory_updates' }, 10)).letters
    await world.topics.admin.deleteTopics({ topics: [topic] })
    await until(
      'Kafka has forgotten the topic',
      20_000,
      async () => (await world.topics.logs.describe([topic])).size === 0,
    )
    await createTopics(world.topics.admin, [{ topic, numPartitions: 3 }])
    await world.topics.send('inventory_updates', ['broken in the second log', ...movements(100, 40)], 0)
    await until('all partitions of it have stopped', 60_000, async () => (await stopped()).length === 6)
    for (const { topic, problem } of await stopped()) {
      expect(topic).toBe('inventory_updates')
      expect(problem).toMatch(
        /was deleted and created again: its id was .{36} and is .{36}; .*accept-log inventory_updates/,
      )
    }
    await send(10)
    for (const processor of PROCESSORS) await world.consumed(processor, sent + 21)
    expect(await letters()).toHaveLength(1)
    expect(await acceptLoss(world.pool, world.topics.logs, kafkaTopic, ada)).toEqual([])

    const accept = () => acceptLog(world.pool, world.topics.logs, kafkaTopic, 'inventory_updates', ada)
    expect(await accept()).toMatchObject({ topic: 'inventory_updates', base: 1_000_000_000_000 })
    expect(await accept()).toBeUndefined()
    sent += 62
    for (const processor of PROCESSORS) {
      const counters = await world.consumed(processor, sent)
      expect(counters.consumed).toBe(sent)
      expect(counters.dead).toBe(before.dead + 2)
    }
    expect((await letters()).map(({ offset }) => offset)).toEqual([0, 1_000_000_000_000])
    await until('nothing waits', 20_000, async () => (await status('inventory_updates')).every(({ lag }) => lag === 0))
    expect(await stopped()).toEqual([])
    expect(await verifyState(world.settings, world.pool)).toMatchObject({ isEqual: true, gaps: [] })
    const { rows } = await world.pool.query('select accepted_by, why from ops.topic_logs where base > 0')
    expect(rows).toEqual([{ accepted_by: 'ada', why: 'a test' }])
  })
})

const stopped = async (): Promise<PartitionStatus[]> =>
  (await streamStatus(world.pool, world.topics.logs, kafkaTopic)).filter(({ problem }) => problem !== null)

async function endOf(topic: TopicName, partition: number): Promise<number> {
  const logs = await world.topics.logs.describe([kafkaTopic(topic)])
  return logs.get(kafkaTopic(topic))!.partitions.get(partition)!.end
}
