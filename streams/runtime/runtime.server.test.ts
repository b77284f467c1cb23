import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { TopicName } from '../../contracts/topics.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../privacy/customer-door.ts'
import { salesState } from '../processors/sales-state.ts'
import { sale } from '../testing/events.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import { acceptLoss } from './accepted-losses.ts'
import { setPaused } from './controls.ts'
import { discardLetters, listLetters, readLetter, replayLetters } from './letters.ts'
import { createStreamMetrics } from './metrics.ts'
import type { Slice } from './processor.ts'
import { streamStatus } from './status.ts'
import { createTransactionalHandler } from './transactional.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
})
afterEach(() => world.stop())
afterAll(() => world.close())

const kafkaTopic = (topic: TopicName) => `${topic}${world.topics.suffix}`
const sales = (from: number, count: number) => Array.from({ length: count }, (_, index) => sale(from + index))

function sliceOf(position: number, events: readonly unknown[]): Slice {
  const messages = events.map((event, index) => ({
    offset: position + index,
    knownAtMs: Date.now(),
    key: null,
    value: Buffer.from(JSON.stringify(event)),
    headers: {},
  }))
  const next = position + events.length
  return { topic: 'pos_transactions', partition: 77, position, next, messages, logEnd: next }
}

describe('two consumers of one partition', () => {
  test('let one write, and the one that lost it nothing', async () => {
    const { pool, logger, settings } = world
    const metrics = createStreamMetrics(async () => [])
    const door = createCustomerDoor(pool, createVault(settings))
    const handle = createTransactionalHandler({ pool, door, logger, metrics, processor: salesState, nowMs: Date.now })
    await pool.query(
      "insert into ops.stream_offsets (processor, topic, partition, position) values ('sales_state', 'pos_transactions', 77, 0)",
    )
    const units = async () =>
      (await pool.query("select coalesce(sum(lines), 0) as lines from state.sales_day where store_id = 'raced'"))
        .rows[0]
    const raced = (from: number, count: number) => sales(from, count).map((event) => ({ ...event, store_id: 'raced' }))
    // Both read from the same place; one of them read further.
    const outcomes = await Promise.all([
      handle(sliceOf(0, raced(10_000, 500))),
      handle(sliceOf(0, [...raced(10_000, 400), ...raced(20_000, 300)])),
    ])
    expect(outcomes.toSorted()).toEqual(['done', 'lost'])
    const winner = outcomes.indexOf('done') === 0 ? 500 : 700
    expect(await units()).toEqual({ lines: String(winner) })
    expect(await handle(sliceOf(0, raced(30_000, 10)))).toBe('lost')
    expect(await handle(sliceOf(winner, [{ ...sale(1), quantity: 1 }, ...raced(30_000, 10)]))).toBe('done')
    expect(await units()).toEqual({ lines: String(winner + 10) })
    const { rows } = await pool.query('select consumed, applied, dead from ops.stream_offsets where partition = 77')
    expect(rows[0]).toEqual({ consumed: winner + 11, applied: winner + 10, dead: 1 })
    await pool.query('delete from ops.stream_offsets where partition = 77')
    await pool.query('truncate ops.dead_letters, state.event_ids, state.stock, state.sales_day')
  })
})

describe('pause and resume', () => {
  test('stop and continue while the worker runs', async () => {
    const { pool, topics } = world
    const streams = await world.start(['sales_state', 'reference_data'])
    await topics.send('pos_transactions', sales(0, 50))
    await world.consumed('sales_state', 50)
    await setPaused(pool, ['sales_state'], true)
    // The worker follows within its polling interval: what is sent later must stay.
    await until('the worker has paused', 5_000, async () => {
      const before = (await world.counters('sales_state')).consumed
      const sent = await topics.count('pos_transactions')
      await topics.send('pos_transactions', sales(100 + sent, 1))
      await new Promise((resume) => setTimeout(resume, 700))
      return (await world.counters('sales_state')).consumed === before
    })
    await topics.send('product_catalog', [
      {
        event_id: 'p1',
        source: 'test',
        schema_version: 1,
        event_at: '2017-03-01T00:00:00Z',
        product_id: 'product-1',
        name: 'Tea',
      },
    ])
    await world.consumed('reference_data', 1)
    expect((await world.counters('sales_state')).consumed).toBeLessThan(await topics.count('pos_transactions'))
    await setPaused(pool, ['sales_state'], false)
    await world.consumed('sales_state', await topics.count('pos_transactions'))
    const status = await streamStatus(pool, topics.logs, kafkaTopic)
    expect(
      status.filter(({ topic }) => topic === 'pos_transactions').map(({ lag, isPaused }) => [lag, isPaused]),
    ).toEqual([
      [0, false],
      [0, false],
      [0, false],
    ])
    const metrics = await streams.registry.metrics()
    expect(metrics).toMatch(
      /shelfline_stream_lag_messages{processor="sales_state",topic="pos_transactions",partition="0"} 0/,
    )
    expect(metrics).toMatch(/shelfline_stream_latency_seconds_count{processor="sales_state"} [1-9]/)
    expect(streams.health()).toBeUndefined()
  })
})

describe('dead letters', () => {
  test('come back as the same letter when they fail again, and are applied when they are mended', async () => {
    const { pool, topics } = world
    await world.start(['sales_state', 'raw_sink'])
    const before = await world.counters('sales_state')
    const broken = { ...sale(40_000), event_id: 'mend-me', store_id: 'mended', quantity: 7 }
    await topics.send('pos_transactions', [broken, { ...sale(40_001), event_id: 'drop-me', unit_price: '-2' }])
    const find = async () => (await listLetters(pool, { topic: 'pos_transactions', status: 'open' }, 10)).letters
    await world.consumed('sales_state', before.consumed + 2)
    const [letter, other] = await find()
    expect(letter).toMatchObject({ reason: 'schema_violation', attempts: 1, origin: 'contract' })
    expect(other).toMatchObject({ reason: 'negative_price' })

    const options = { limit: 10, ratePerSecond: 100, kafkaTopic, readMessage: async () => undefined }
    const only = { letterIds: [letter!.letterId] }
    // The other processor may be handing in the same letter at this moment; then it is not open for an instant.
    await until('the letter is sent', 20_000, async () => {
      return (await replayLetters(pool, topics.producer, { ...options, filter: only })).sent === 1
    })
    await until('the letter is open again', 20_000, async () => {
      const again = await readLetter(pool, letter!.letterId)
      return again?.status === 'open' && again.attempts === 2
    })
    // Both processors have seen the failed replay, and it is one letter still.
    await world.consumed('raw_sink', await topics.count('pos_transactions'))
    expect(await find()).toHaveLength(2)

    const payload = Buffer.from(JSON.stringify({ ...broken, quantity: '7' }))
    await until('the mended letter is sent', 20_000, async () => {
      return (await replayLetters(pool, topics.producer, { ...options, filter: only, payload })).sent === 1
    })
    await until('the mended sale is applied', 20_000, async () => {
      const { rows } = await pool.query("select units from state.sales_day where store_id = 'mended'")
      return rows[0]?.units === '7'
    })
    expect(await readLetter(pool, letter!.letterId)).toMatchObject({ status: 'replayed', attempts: 2 })
    expect(await discardLetters(pool, { reason: 'negative_price' }, 10, { by: 'maria', why: 'tried' })).toBe(1)
    expect(await find()).toEqual([])
    expect(await replayLetters(pool, topics.producer, { ...options, filter: {} })).toEqual({ sent: 0, refused: [] })

    // Every letter was relayed; one that fails again before it was is relayed once.
    await until('the letters are in their topic', 20_000, async () => {
      const offsets = await topics.admin.fetchTopicOffsets(`pos_transactions${topics.suffix}.dlq`)
      return Number(offsets[0]!.high) >= 2
    })
  })
})

describe('lost data', () => {
  test('stops the partition that it is missing from, until a person accepts it', async () => {
    const { pool, topics } = world
    await topics.send('price_changes', ['not JSON', 'not JSON either', 'nor this'], 0)
    await topics.send('inventory_updates', ['broken'], 0)
    const first = await world.start(['sales_state'])
    const before = await world.consumed('sales_state', (await topics.count('pos_transactions')) + 1)
    await first.stop()
    await topics.send('inventory_updates', ['never read', 'never read'], 0)
    const topic = kafkaTopic('inventory_updates')
    // kafkajs deletes from topics that this client has asked about before, only.
    expect(await topics.count('inventory_updates')).toBeGreaterThanOrEqual(3)
    await topics.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] })

    const second = await world.start(['sales_state'])
    const stopped = async () =>
      (await streamStatus(pool, topics.logs, kafkaTopic)).filter(({ problem }) => problem !== null)
    await until('the partition stands still', 20_000, async () => (await stopped()).length === 1)
    expect((await stopped())[0]).toMatchObject({ topic: 'inventory_updates', partition: 0, position: 1, lag: 2 })
    expect((await stopped())[0]?.problem).toMatch(/Kafka deleted offsets 1 to 1 .*accept-loss/)
    expect((await world.counters('sales_state')).consumed).toBe(before.consumed)
    expect(await second.registry.metrics()).toMatch(/shelfline_stream_stopped_partitions{processor="sales_state"} 1/)

    expect(await acceptLoss(pool, topics.logs, kafkaTopic, { by: 'ada', why: 'retention' })).toEqual([
      { processor: 'sales_state', topic: 'inventory_updates', partition: 0, from: 1, to: 2 },
    ])
    await world.consumed('sales_state', before.consumed + 1)
    const { rows } = await pool.query(
      "select lost, problem from ops.stream_offsets where topic = 'inventory_updates' and partition = 0 and processor = 'sales_state'",
    )
    expect(rows).toEqual([{ lost: 1, problem: null }])
  })
})

describe('a worker that is killed', () => {
  test('loses its partitions to another within 15 seconds', async () => {
    const { topics } = world
    const victim = world.spawn(['sales_state'])
    const before = await world.counters('sales_state')
    await topics.send('pos_transactions', sales(60_000, 30))
    await world.consumed('sales_state', before.consumed + 30)
    const heir = await world.start(['sales_state'])
    await until('both are members', 20_000, async () => heir.health() === undefined)
    victim.kill('SIGKILL')
    const killedAt = performance.now()
    for (const partition of [0, 1, 2])
      await topics.send('pos_transactions', sales(61_000 + partition * 10, 10), partition)
    await world.consumed('sales_state', before.consumed + 60)
    expect(performance.now() - killedAt).toBeLessThan(15_000)
  })
})
