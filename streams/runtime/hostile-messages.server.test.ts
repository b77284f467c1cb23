import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DAY_MS } from '../../contracts/calendar.ts'
import { defaultLimits } from '../../contracts/limits.ts'
import type { TopicName } from '../../contracts/topics.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../privacy/customer-door.ts'
import { salesState } from '../processors/sales-state.ts'
import { sale } from '../testing/events.ts'
import { createWorld, until, type World } from '../testing/world.ts'
import { ATTEMPTS_HEADER, LETTER_HEADER } from './dead-letters.ts'
import { discardLetters, type Letter, listLetters, readLetter, replayLetters } from './letters.ts'
import { MessageReader } from './message-reader.ts'
import { createStreamMetrics } from './metrics.ts'
import type { Processor, Slice, StreamMessage } from './processor.ts'
import { listSkips, requestSkip, Skips } from './skips.ts'
import { createTransactionalHandler } from './transactional.ts'

let world: World
let reader: MessageReader
beforeAll(async () => {
  world = await createWorld({}, { pos_transactions: 1 })
  reader = new MessageReader(world.topics.kafka)
})
afterEach(() => world.stop())
afterAll(async () => {
  await reader.disconnect()
  await world.close()
})

const kafkaTopic = (topic: TopicName) => `${topic}${world.topics.suffix}`
const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
const withExtra = (number: number, extra: string) => `${JSON.stringify(sale(number)).slice(0, -1)},"extra":${extra}}`
const open = async (filter = {}) => (await listLetters(world.pool, { status: 'open', ...filter }, 1_000)).letters
const replay = (letterIds: number[]) =>
  replayLetters(world.pool, world.topics.producer, {
    filter: { letterIds },
    limit: 10,
    ratePerSecond: 1_000,
    kafkaTopic,
    readMessage: (topic, partition, offset) => reader.read(topic, partition, offset),
  })

describe('messages that do harm where they are read', () => {
  test('become dead letters, and all other messages are taken', async () => {
    const { topics } = world
    await world.start(['sales_state', 'sales_windows', 'raw_sink'])
    const hostile = [
      nested(6_000),
      withExtra(1, nested(6_000)),
      withExtra(2, JSON.stringify('x'.repeat(300_000))),
      JSON.stringify({ ...sale(3), event_at: '0001-01-01T10:00:00Z' }),
      JSON.stringify({ ...sale(4), event_at: '9999-12-31T10:00:00Z' }),
      withExtra(5, '"\\ud800"'),
      withExtra(6, '"x').slice(0, -1),
      `${JSON.stringify(sale(7)).slice(0, -1)},"line_no":1e400}`,
    ]
    await topics.send('pos_transactions', [...hostile, ...Array.from({ length: 20 }, (_, index) => sale(100 + index))])
    const all = hostile.length + 20
    for (const processor of ['sales_state', 'sales_windows', 'raw_sink']) {
      expect(await world.consumed(processor, all)).toMatchObject({ duplicate: 0, dead: hostile.length })
    }
    const letters = await open()
    expect(letters.map(({ origin, reason }) => `${origin}: ${reason}`).sort()).toEqual(
      [
        'too_deep',
        'too_deep',
        'too_large',
        'too_old',
        'future_event',
        'invalid_json',
        'invalid_json',
        'schema_violation',
      ]
        .map((reason) => `contract: ${reason}`)
        .sort(),
    )
    await discardLetters(world.pool, {}, 100, { by: 'maria', why: 'tried' })
  })
})

describe('a huge message', () => {
  const find = async (): Promise<Letter> => (await open({ reason: 'too_large' }))[0]!

  test('is kept in part, and replayed whole from where it lies in Kafka, as long as it does', async () => {
    const { pool, topics } = world
    const start = (await world.counters('sales_state')).consumed
    await world.start(['sales_state'])
    const event = withExtra(8, JSON.stringify('ü'.repeat(200_000)))
    await topics.send('pos_transactions', ['{}', event])
    await world.consumed('sales_state', start + 2)
    const letter = await find()
    const whole = await readLetter(pool, letter.letterId)
    expect(whole).toMatchObject({ isCut: true, payloadBytes: Buffer.byteLength(event), readOffset: letter.offset })
    expect(whole!.payload).toHaveLength(defaultLimits.deadLetterBytesMax)

    expect(await replay([letter.letterId])).toEqual({ sent: 1, refused: [] })
    await until('it is open again', 20_000, async () => (await find())?.attempts === 2)
    const again = await find()
    expect(again).toMatchObject({ payloadSha256: letter.payloadSha256, payloadBytes: letter.payloadBytes, isCut: true })
    expect(again.readOffset).toBeGreaterThan(letter.offset)
    const sent = await reader.read(kafkaTopic('pos_transactions'), 0, again.readOffset)
    expect(sent?.value?.toString()).toBe(event)

    await topics.count('pos_transactions') // so that the client knows the topic's leader
    await topics.admin.deleteTopicRecords({
      topic: kafkaTopic('pos_transactions'),
      partitions: [{ partition: 0, offset: String(again.readOffset + 1) }],
    })
    const { sent: count, refused } = await replay([letter.letterId])
    expect({ count, refused }).toEqual({
      count: 0,
      refused: [
        { letterId: letter.letterId, why: expect.stringMatching(/Kafka no longer has it at .*--payload-file/) },
      ],
    })
    expect(await find()).toMatchObject({ status: 'open', attempts: 2 })
    await discardLetters(pool, {}, 100, { by: 'maria', why: 'tried' })
  })
})

/** Hands slices of a partition of its own to a processor, without Kafka. */
function feeder(processor: Processor, partition: number, skips?: Skips) {
  const { pool, logger, settings } = world
  const metrics = createStreamMetrics(async () => [])
  const handle = createTransactionalHandler({
    pool,
    door: createCustomerDoor(pool, createVault(settings)),
    logger,
    metrics,
    processor,
    nowMs: Date.now,
    ...(skips && { skips }),
  })
  let position = 0
  return {
    async feed(messages: { value: string; headers?: StreamMessage['headers'] }[]) {
      await pool.query(
        `insert into ops.stream_offsets (processor, topic, partition, position) values ($1, 'pos_transactions', $2, 0)
         on conflict do nothing`,
        [processor.name, partition],
      )
      const slice: Slice = {
        topic: 'pos_transactions',
        partition,
        position,
        next: position + messages.length,
        logEnd: position + messages.length,
        messages: messages.map(({ value, headers = {} }, index) => ({
          offset: position + index,
          knownAtMs: Date.now(),
          key: null,
          value: Buffer.from(value),
          headers,
        })),
      }
      position = slice.next
      return handle(slice)
    },
    async counters() {
      const { rows } = await pool.query(
        'select consumed, applied, duplicate, late, dead from ops.stream_offsets where processor = $1 and partition = $2',
        [processor.name, partition],
      )
      return rows[0]
    },
  }
}

const kept = async (partition: number) => {
  const { rows } = await world.pool.query<{ origin: string; offset: number }>(
    `select origin, "offset" from ops.dead_letters where partition = $1
     union all select origin, "offset" from ops.returned_letters where partition = $1 order by 1, 2`,
    [partition],
  )
  return rows.map(({ origin, offset }) => `${origin}@${offset}`)
}

const headers = (letterId: number, attempts: number) => ({
  [LETTER_HEADER]: String(letterId),
  [ATTEMPTS_HEADER]: String(attempts),
})

describe('messages that bear the number of a letter', () => {
  test('are each kept, whichever client wrote the number: one as its return, the others as letters of their own', async () => {
    const sales = feeder(salesState, 70)
    await sales.feed([{ value: '{"first":1}' }])
    const [letter] = await open({ topic: 'pos_transactions' })
    await world.pool.query("update ops.dead_letters set status = 'replayed' where letter_id = $1", [letter!.letterId])
    const returned = headers(letter!.letterId, 1)
    await sales.feed([
      { value: '{"second":1}', headers: returned },
      { value: '{"third":1}', headers: returned },
      { value: '{"fourth":1}', headers: headers(999_999_999, 999_999_999) },
    ])
    // In a batch of its own, too; and a letter that is open is not written over.
    await sales.feed([
      { value: '{"fifth":1}', headers: returned },
      { value: '{"sixth":1}', headers: headers(letter!.letterId, 2) },
    ])
    expect(await sales.counters()).toMatchObject({ consumed: 6, dead: 6 })
    expect(await kept(70)).toEqual([0, 1, 2, 3, 4, 5].map((offset) => `contract@${offset}`))
    expect(await readLetter(world.pool, letter!.letterId)).toMatchObject({
      attempts: 2,
      status: 'open',
      payload: Buffer.from('{"second":1}'),
      readOffset: 1,
      offset: 0,
    })
    // Another processor reads the same messages: nothing new is kept.
    const windows = feeder({ ...salesState, name: 'sales_windows' }, 70)
    await windows.feed([{ value: '{"first":1}' }, { value: '{"second":1}', headers: returned }])
    expect(await kept(70)).toHaveLength(6)
    await discardLetters(world.pool, {}, 100, { by: 'maria', why: 'tried' })
  })
})

describe('a message that two processors refuse', () => {
  test('has a letter for each, and no more of them when these are replayed', async () => {
    const refusing = (name: string): Processor => ({
      name,
      topics: ['pos_transactions'],
      apply: async () => {
        throw new TypeError('never')
      },
    })
    const [one, other] = [feeder(refusing('one'), 75), feeder(refusing('other'), 75)]
    const value = JSON.stringify(sale(5_000))
    for (const { feed } of [one, other]) await feed([{ value }])
    const letters = await open({ reason: 'processing_failed' })
    expect(letters.map(({ origin }) => origin)).toEqual(['one', 'other'])
    await world.pool.query("update ops.dead_letters set status = 'replayed' where letter_id = any($1)", [
      letters.map(({ letterId }) => letterId),
    ])
    const replays = letters.map(({ letterId }) => ({ value, headers: headers(letterId, 1) }))
    for (const { feed } of [one, other]) await feed(replays)
    expect(await one.counters()).toMatchObject({ consumed: 3, dead: 3 })
    expect(await open({ reason: 'processing_failed' })).toMatchObject([
      { origin: 'one', attempts: 2, readOffset: 1 },
      { origin: 'other', attempts: 2, readOffset: 2 },
    ])
    expect(await kept(75)).toEqual(['one@0', 'one@1', 'one@2', 'other@0', 'other@1', 'other@2'])
    await discardLetters(world.pool, {}, 100, { by: 'maria', why: 'tried' })
  })
})

describe('what a processor throws for one message', () => {
  test('is the reason of its dead letter; the rest of its batch is applied', async () => {
    const { rows } = await world.pool.query('select count(*) as lines from state.stock')
    const picky: Processor = {
      ...salesState,
      name: 'picky',
      apply(client, batch, readObject) {
        if (batch.events.some((event) => 'connection' in event)) throw new RangeError('connection timeout: too deep')
        return salesState.apply(client, batch, readObject)
      },
    }
    const { feed, counters } = feeder(picky, 71)
    const values = Array.from({ length: 9 }, (_, index) => JSON.stringify({ ...sale(200 + index), store_id: 'picky' }))
    values[4] = values[4]!.replace('{', '{"connection":1,')
    expect(await feed(values.map((value) => ({ value })))).toBe('done')
    expect(await counters()).toMatchObject({ consumed: 9, applied: 8, dead: 1 })
    const [letter] = await open({ reason: 'processing_failed' })
    expect(letter).toMatchObject({ origin: 'picky', offset: 4, error: 'connection timeout: too deep' })
    expect(rows).toHaveLength(1)
    await discardLetters(world.pool, {}, 100, { by: 'maria', why: 'tried' })
  })
})

describe('a slice of very many days', () => {
  test('is applied in transactions of a few days each', async () => {
    let most = 0
    const watched: Processor = {
      ...salesState,
      name: 'watched',
      apply(client, batch, readObject) {
        most = Math.max(most, batch.dates.length)
        return salesState.apply(client, batch, readObject)
      },
    }
    const { feed, counters } = feeder(watched, 72)
    const days = Array.from({ length: 400 }, (_, index) =>
      new Date(Date.UTC(2000, 0, 1) + index * 20 * DAY_MS).toISOString(),
    )
    const values = days.map((event_at, index) => JSON.stringify({ ...sale(1_000 + index), event_at }))
    expect(await feed(values.map((value) => ({ value })))).toBe('done')
    expect(await counters()).toMatchObject({ consumed: 400, applied: 400 })
    expect(most).toBeGreaterThan(1)
    expect(most).toBeLessThanOrEqual(32)
  })

  test('is cut until the server has enough locks for each part', async () => {
    const exhausting: Processor = {
      ...salesState,
      name: 'exhausting',
      async apply(client, batch, readObject) {
        if (batch.events.length > 3) {
          await client.query(`do $$ begin raise exception 'out of shared memory' using errcode = '53200'; end $$`)
        }
        return salesState.apply(client, batch, readObject)
      },
    }
    const { feed, counters } = feeder(exhausting, 73)
    const values = Array.from({ length: 10 }, (_, index) => JSON.stringify(sale(2_000 + index)))
    expect(await feed(values.map((value) => ({ value })))).toBe('done')
    expect(await counters()).toMatchObject({ consumed: 10, applied: 10 })
  })
})

describe('a message that is skipped', () => {
  const log = { start: 0, end: 100 }
  const request = (offset: number, processor = 'sales_state') =>
    requestSkip(
      world.pool,
      processor,
      { topic: 'pos_transactions', partition: 74, offset },
      { why: 'it ends the worker', by: 'maria', log },
    )

  test('becomes a dead letter unread, once it is asked for and before it is passed', async () => {
    const skips = new Skips()
    const { feed, counters } = feeder(salesState, 74, skips)
    await feed([{ value: JSON.stringify(sale(3_000)) }])
    await expect(request(0)).rejects.toThrow(/has passed pos_transactions\/74@0 already, its position is 1/)
    await expect(request(100)).rejects.toThrow(/100 is not in the log: Kafka has offsets 0 to 99/)
    await request(2)
    await expect(request(2)).rejects.toThrow(/skipped already for sales_state, as maria asked/)
    await skips.refresh(world.pool)
    expect(await listSkips(world.pool, 10)).toMatchObject([{ offset: 2, status: 'waiting', requestedBy: 'maria' }])
    await feed([1, 2, 3].map((index) => ({ value: JSON.stringify(sale(3_000 + index)) })))
    expect(await counters()).toMatchObject({ consumed: 4, applied: 3, dead: 1 })
    const [letter] = await open({ reason: 'skipped' })
    expect(letter).toMatchObject({ origin: 'sales_state', partition: 74, offset: 2 })
    expect(letter!.error).toMatch(/skipped by maria .*: it ends the worker/)
    expect(await listSkips(world.pool, 10)).toMatchObject([
      { offset: 2, status: 'skipped', letterId: letter!.letterId, why: 'it ends the worker' },
    ])
    await discardLetters(world.pool, {}, 100, { by: 'maria', why: 'tried' })
  })

  test('is skipped by the worker that starts, in the raw lake too', async () => {
    const { pool, topics } = world
    const topic = kafkaTopic('inventory_updates')
    await topics.send('inventory_updates', ['{"a":1}', '{"b":2}', '{"c":3}'], 0)
    const place = { topic: 'inventory_updates', partition: 0, offset: 1 } as const
    const range = (await topics.admin.fetchTopicOffsets(topic)).find(({ partition }) => partition === 0)!
    const inLog = { start: Number(range.low), end: Number(range.high) }
    for (const processor of ['sales_state', 'raw_sink']) {
      await requestSkip(pool, processor, place, { why: 'never passes', by: 'jo', log: inLog })
    }
    const before = { sales_state: await world.counters('sales_state'), raw_sink: await world.counters('raw_sink') }
    const waiting = async (processor: 'sales_state' | 'raw_sink') => {
      const { rows } = await pool.query(
        "select position from ops.stream_offsets where processor = $1 and topic = 'inventory_updates' and partition = 0",
        [processor],
      )
      return rows[0]?.position === 3
    }
    expect(before.sales_state.consumed).toBeGreaterThan(0)
    await world.start(['sales_state', 'raw_sink'])
    for (const processor of ['sales_state', 'raw_sink'] as const) {
      await until(`${processor} has read the topic`, 20_000, () => waiting(processor))
    }
    const { rows } = await pool.query(
      'select origin, reason from ops.dead_letters where topic = \'inventory_updates\' order by origin, "offset"',
    )
    expect(rows).toEqual([
      { origin: 'contract', reason: 'schema_violation' },
      { origin: 'contract', reason: 'schema_violation' },
      { origin: 'raw_sink', reason: 'skipped' },
      { origin: 'sales_state', reason: 'skipped' },
    ])
    expect(rawTableName('inventory_updates')).toBe('raw/inventory_updates')
    expect((await listSkips(pool, 10)).filter(({ topic }) => topic === 'inventory_updates')).toMatchObject([
      { status: 'skipped' },
      { status: 'skipped' },
    ])
  })
})

describe('a record that a client may write, though no one means it', () => {
  test('has a time of no use, or very many headers, and is taken', async () => {
    const { topics, pool } = world
    const producer = topics.kafka.producer({ allowAutoTopicCreation: false })
    await producer.connect()
    const repeated = { repeated: Array.from({ length: 60_000 }, () => 'x') }
    await producer.send({
      topic: kafkaTopic('foot_traffic'),
      acks: -1,
      messages: [
        { key: 's', value: '{"time":1}', timestamp: '-9000000000000000000' },
        { key: 's', value: '{"time":2}', timestamp: '0' },
        { key: 's', value: '{"headers":1}', headers: repeated },
      ],
    })
    await producer.disconnect()
    await world.start(['sales_windows'])
    const letters = () => open({ topic: 'foot_traffic' })
    await until('all are dead letters', 20_000, async () => (await letters()).length === 3)
    const since = Date.now() - 3_600_000
    expect((await letters()).every(({ knownAt }) => knownAt.getTime() > since)).toBe(true)
    await discardLetters(pool, {}, 100, { by: 'maria', why: 'tried' })
  })
})
