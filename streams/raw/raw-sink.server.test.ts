import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createLake, type Lake } from '../../lake/lake.ts'
import { rawTableName } from '../../lake/raw-table.ts'
import { createDuckDb, withConnection } from '../../platform/duckdb/duckdb.ts'
import { createObjectStore } from '../../platform/object-store/object-store.ts'
import { createVault } from '../../platform/vault.ts'
import { createCustomerDoor } from '../privacy/customer-door.ts'
import { createStreamMetrics } from '../runtime/metrics.ts'
import type { PartitionId } from '../runtime/positions.ts'
import type { Slice } from '../runtime/processor.ts'
import { sale } from '../testing/events.ts'
import { createWorld, type World } from '../testing/world.ts'
import { RawSink, type RawSinkOptions } from './raw-sink.ts'

let world: World
let lake: Lake
let rows: (sql: (relation: string) => string) => Promise<Record<string, unknown>[]>
const closers: (() => void | Promise<void>)[] = []

beforeAll(async () => {
  world = await createWorld({ rawSinkFlushMs: 60_000 })
  const database = await createDuckDb(world.settings)
  const objectStore = createObjectStore(world.settings)
  lake = createLake({
    objectStore,
    database,
    prefix: world.settings.lakePrefix,
    onCheckpointFailed: (error) => {
      throw error
    },
  })
  rows = async (sql) => {
    const relation = await (await lake.table(rawTableName('pos_transactions'))).scan()
    return withConnection(database, async (connection) =>
      (await connection.runAndReadAll(sql(relation))).getRowObjectsJson(),
    )
  }
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(() => world.close())

interface OpenSink {
  sink: RawSink
  lost: PartitionId[]
  stored: number[]
}

async function openSink(options: Partial<RawSinkOptions> = {}): Promise<OpenSink> {
  const lost: PartitionId[] = []
  const stored: number[] = []
  const { settings, pool, logger } = world
  const sink = await RawSink.open({
    settings,
    pool,
    logger,
    door: createCustomerDoor(pool, createVault(settings)),
    metrics: createStreamMetrics(async () => []),
    nowMs: Date.now,
    onLost: ({ topic, partition }) => lost.push({ topic, partition }),
    onStored: (_, position) => stored.push(position),
    onFailed: (error) => {
      throw error
    },
    ...options,
  })
  closers.push(() => sink.close())
  return { sink, lost, stored }
}

const log = { topicId: '00000000-0000-4000-8000-000000000001', start: 0, end: 1_000_000 }
const partition = (number: number): PartitionId => ({ topic: 'pos_transactions', partition: number })

function sliceOf(number: number, position: number, events: readonly unknown[]): Slice {
  const messages = events.map((event, index) => ({
    offset: position + index,
    knownAtMs: Date.UTC(2017, 2, 4) + index,
    key: null,
    value: event === null ? null : Buffer.from(typeof event === 'string' ? event : JSON.stringify(event)),
    headers: {},
  }))
  const next = position + events.length
  return { ...partition(number), position, next, messages, logEnd: next }
}

const sales = (from: number, count: number) => Array.from({ length: count }, (_, index) => sale(from + index))

test('keeps every message: typed when it keeps its contract, else as text with what is wrong', async () => {
  const { sink, stored } = await openSink()
  await sink.openPartition(partition(0), log)
  const odd = { ...sale(3), event_id: 'odd', extra: ['\u0000'] }
  await sink.take(sliceOf(0, 0, [sale(0), odd, '{"half":', null, { ...sale(4), quantity: 5, note: '\u0000' }]))
  await sink.flush()
  expect(stored).toEqual([5])
  const found = await rows(
    (
      relation,
    ) => `select "offset", event_id, quantity, unit_price, event_at::varchar as event_at, date::varchar as date,
      known_at::varchar as known_at, problem, payload is not null as has_payload from ${relation} order by "offset"`,
  )
  expect(found).toMatchObject([
    { offset: '0', event_id: 'sale-0', date: '2017-03-01', problem: null, has_payload: false },
    { offset: '1', event_id: 'odd', date: '2017-03-01', problem: null },
    { offset: '2', event_id: null, date: '2017-03-04', problem: 'invalid_json', has_payload: true },
    { offset: '3', event_id: null, date: '2017-03-04', problem: 'invalid_json', has_payload: false },
    { offset: '4', event_id: null, date: '2017-03-04', problem: 'schema_violation', has_payload: true },
  ])
  expect(found[0]).toMatchObject({ event_at: '2017-03-01 13:15:00+00', known_at: '2017-03-04 00:00:00+00' })
  expect(await world.counters('raw_sink')).toEqual({ consumed: 5, applied: 2, duplicate: 0, late: 0, dead: 3 })
  const letters = await world.pool.query("select count(*) as letters from ops.dead_letters where origin = 'contract'")
  expect(letters.rows[0].letters).toBe(3)
})

test('takes whatever the contract allows', async () => {
  const { sink, stored } = await openSink()
  await sink.openPartition(partition(4), log)
  const source = '\u0080\u2028"\\ud83d ü 😀 \u2029\ufffe'
  const extremes = [
    { source: source + 'x'.repeat(200 - source.length), event_at: '2000-01-01T00:00:00+14:45' },
    {
      quantity: '-999999999.999999',
      unit_price: '999.999999',
      event_at: '2000-01-01T23:59:59.999999-14:45',
    },
    { quantity: '-0', unit_price: '000000001.5', line_no: 2_147_483_647, event_at: '2016-02-29T12:00:00Z' },
    { event_id: '!"#$%&()*+,-./:;<=>?@[]^_`{|}~', customer_id: null, is_promoted: false, synthetic: true },
  ].map((change, index) => ({ ...sale(index), ...change }))
  await sink.take(sliceOf(4, 0, extremes))
  await sink.flush()
  expect(stored).toEqual([4])
  const found = await rows(
    (relation) => `select source, quantity::varchar as quantity, date::varchar as date, event_id, problem
      from ${relation} where "partition" = 4 order by "offset"`,
  )
  expect(found.map(({ problem }) => problem)).toEqual([null, null, null, null])
  expect(found.map(({ date }) => date)).toEqual(['2000-01-01', '2000-01-01', '2016-02-29', '2017-03-01'])
  expect(found[0]?.source).toBe(extremes[0]?.source)
  expect(found[1]?.quantity).toBe('-999999999.999999')
  expect(found[3]?.event_id).toBe(extremes[3]?.event_id)
})

test('stores a replay of more days than a year has in one segment, with the memory that it has', async () => {
  const { sink, stored } = await openSink()
  const days = 400
  const events = Array.from({ length: 20_000 }, (_, index) => sale(index, { days }))
  events.sort((one, other) => (one.event_at < other.event_at ? -1 : 1))
  await sink.openPartition(partition(7), log)
  await sink.take(sliceOf(7, 0, events))
  await sink.flush()
  expect(stored).toEqual([events.length])
  const found = await rows(
    (relation) =>
      `select count(*)::integer as rows, count(distinct date)::integer as days from ${relation} where "partition" = 7`,
  )
  expect(found).toEqual([{ rows: events.length, days }])
})

test('refuses a second writer of a partition, from the first commit on', async () => {
  const [one, two] = [await openSink(), await openSink()]
  await one.sink.openPartition(partition(1), log)
  await two.sink.openPartition(partition(1), log)
  await one.sink.openPartition(partition(2), log)
  await two.sink.take(sliceOf(1, 0, sales(0, 50)))
  await two.sink.flush()
  // The loser read further, and another partition with it: nothing of either is written, and it gets the error.
  await one.sink.take(sliceOf(1, 0, sales(0, 80)))
  await one.sink.take(sliceOf(2, 0, sales(0, 10)))
  await one.sink.flush()
  expect([one.stored, two.stored]).toEqual([[], [50]])
  expect(one.lost).toEqual([partition(1), partition(2)])
  expect(await one.sink.openPartition(partition(1), log)).toMatchObject({ position: 50 })
  expect(await one.sink.openPartition(partition(2), log)).toMatchObject({ position: 0 })
  await one.sink.take(sliceOf(1, 50, sales(50, 30)))
  await one.sink.take(sliceOf(2, 0, sales(0, 10)))
  await one.sink.flush()
  await two.sink.take(sliceOf(1, 50, sales(50, 5)))
  await two.sink.flush()
  expect(two.lost).toEqual([partition(1)])
  const found = await rows(
    (relation) => `select "partition", count(*) as rows, count(distinct "offset") as offsets from ${relation}
      where "partition" in (1, 2) group by all order by all`,
  )
  expect(found).toEqual([
    { partition: '1', rows: '80', offsets: '80' },
    { partition: '2', rows: '10', offsets: '10' },
  ])
})

test('counts what a killed worker stored and did not come to count', async () => {
  const { pool } = world
  const first = await openSink()
  await first.sink.openPartition(partition(3), log)
  await first.sink.take(sliceOf(3, 0, [...sales(0, 20), 'broken']))
  await first.sink.flush()
  // As if it had died between its commit to the lake and the one to PostgreSQL.
  await pool.query(
    `update ops.stream_offsets set position = 0, consumed = 0, applied = 0, dead = 0
     where processor = 'raw_sink' and partition = 3`,
  )
  const second = await openSink()
  expect(await second.sink.openPartition(partition(3), log)).toMatchObject({ position: 21 })
  const counted = await pool.query(
    "select position, consumed, applied, dead from ops.stream_offsets where processor = 'raw_sink' and partition = 3",
  )
  expect(counted.rows).toEqual([{ position: 21, consumed: 21, applied: 20, dead: 1 }])
})

/** Rows of a partition, and how many places they are at. */
const placesOf = async (number: number) =>
  (
    await rows(
      (relation) => `select count(*)::integer as rows, count(distinct "offset")::integer as places,
        count(problem)::integer as broken from ${relation} where "partition" = ${number}`,
    )
  )[0]

describe('messages that are too much for the memory', () => {
  test('of which each is within what is taken are stored in segments of fewer', async () => {
    const settings = { ...world.settings, messageBytesMax: 1_048_576, deadLetterBytesMax: 1_048_576 }
    const { sink, stored } = await openSink({ settings })
    await sink.openPartition(partition(8), log)
    const events = sales(0, 500).map((event, index) =>
      index % 10 === 0 ? { ...event, quantity: index, note: randomText(900_000) } : event,
    )
    for (let from = 0; from < events.length; from += 100)
      await sink.take(sliceOf(8, from, events.slice(from, from + 100)))
    await sink.flush()
    expect(stored.at(-1)).toBe(events.length)
    expect(await placesOf(8)).toEqual({ rows: 500, places: 500, broken: 50 })
  })

  test('are stored in halves, and halves of halves, each with its own positions', async () => {
    const { sink, stored } = await openSink({ memoryMegabytes: 44 })
    await sink.openPartition(partition(9), log)
    await sink.openPartition(partition(10), log)
    const broken = sales(0, 40).map((event, index) => ({ ...event, quantity: index, note: randomText(60_000) }))
    await sink.take(sliceOf(9, 0, [...sales(0, 300), ...broken.slice(0, 20)]))
    await sink.take(sliceOf(10, 0, broken))
    await sink.take(sliceOf(9, 320, broken.slice(20)))
    await sink.flush()
    expect(stored.length).toBeGreaterThan(3)
    for (const number of [9, 10]) {
      expect(await sink.openPartition(partition(number), log)).toMatchObject({ position: number === 9 ? 340 : 40 })
    }
    expect(await placesOf(9)).toEqual({ rows: 340, places: 340, broken: 40 })
    expect(await placesOf(10)).toEqual({ rows: 40, places: 40, broken: 40 })
    const { rows: counted } = await world.pool.query(
      `select partition, position, consumed, applied, dead from ops.stream_offsets
       where processor = 'raw_sink' and partition in (9, 10) order by partition`,
    )
    expect(counted).toEqual([
      { partition: 9, position: 340, consumed: 340, applied: 300, dead: 40 },
      { partition: 10, position: 40, consumed: 40, applied: 0, dead: 40 },
    ])
  })

  test('alone are kept in part', async () => {
    const settings = { ...world.settings, messageBytesMax: 1_048_576, deadLetterBytesMax: 1_048_576 }
    const { sink, stored } = await openSink({ settings, memoryMegabytes: 40 })
    await sink.openPartition(partition(11), log)
    const control = '\u0001'.repeat(1_000_000)
    await sink.take(sliceOf(11, 0, [sale(0), control, sale(1)]))
    await sink.flush()
    expect(stored.at(-1)).toBe(3)
    expect(await placesOf(11)).toEqual({ rows: 3, places: 3, broken: 1 })
    const kept = await rows(
      (relation) => `select length(payload) as characters, problem from ${relation}
        where "partition" = 11 and problem is not null`,
    )
    expect(kept).toEqual([{ characters: '4096', problem: 'rejected_by_lake' }])
  })
})

/** Text that can't be packed: as many bytes in the file as in memory. */
const randomText = (bytes: number): string => randomBytes(bytes / 2).toString('hex')

describe('a lake that was restored from an older copy', () => {
  const offsets = async (number: number) => {
    const { rows } = await world.pool.query(
      `select position, consumed, applied, dead, lost from ops.stream_offsets
       where processor = 'raw_sink' and partition = $1`,
      [number],
    )
    return rows[0]
  }
  /** As if the lake had never received what followed the first messages. */
  async function storeAndForget(number: number, stored: number, counted: number): Promise<void> {
    const { sink } = await openSink()
    await sink.openPartition(partition(number), log)
    await sink.take(sliceOf(number, 0, sales(0, stored)))
    await sink.flush()
    await world.pool.query(
      `update ops.stream_offsets set position = $2, consumed = $2, applied = $2
       where processor = 'raw_sink' and partition = $1`,
      [number, counted],
    )
  }

  test('is given what Kafka still has, and stops where Kafka has less: no loss is accepted by itself', async () => {
    await storeAndForget(12, 100, 350)
    const { sink } = await openSink()
    const opened = await sink.openPartition(partition(12), { ...log, start: 150 })
    expect(opened).toMatchObject({ position: 100 })
    expect(opened.problem).toMatch(/Kafka deleted offsets 100 to 149 .*accept-loss/)
    expect(await offsets(12)).toMatchObject({ position: 100, consumed: 100, applied: 100 })
    // A person accepts the 50 that are lost; the 200 behind them are read again.
    await world.pool.query(
      `insert into ops.accepted_losses (processor, topic, partition, from_offset, to_offset, problem, accepted_by, why)
       values ('raw_sink', 'pos_transactions', 12, 100, 150, 'deleted', 'ada', 'a test')`,
    )
    expect(await sink.openPartition(partition(12), { ...log, start: 150 })).toMatchObject({
      position: 150,
      problem: undefined,
    })
    await sink.take(sliceOf(12, 150, sales(150, 200)))
    await sink.flush()
    expect(await placesOf(12)).toEqual({ rows: 300, places: 300, broken: 0 })
    expect(await offsets(12)).toMatchObject({ position: 350, consumed: 300, applied: 300 })
  })

  test('without a mark of the partition is filled from the start of the log', async () => {
    const { sink } = await openSink()
    await world.pool.query(
      `insert into ops.stream_offsets (processor, topic, partition, position, consumed, applied)
       values ('raw_sink', 'pos_transactions', 13, 350, 350, 350)`,
    )
    expect(await sink.openPartition(partition(13), log)).toMatchObject({ position: 0, problem: undefined })
    expect(await offsets(13)).toMatchObject({ position: 0, consumed: 0 })
    await sink.take(sliceOf(13, 0, sales(0, 20)))
    await sink.flush()
    expect(await offsets(13)).toMatchObject({ position: 20, consumed: 20 })
  })
})

test('takes messages again that it holds and has not stored, when its partition is opened again', async () => {
  const { sink, stored } = await openSink()
  await sink.openPartition(partition(14), log)
  await sink.take(sliceOf(14, 0, sales(0, 20)))
  expect(await sink.openPartition(partition(14), log)).toMatchObject({ position: 20 })
  expect(stored).toEqual([20])
  // A caller that hands over what doesn't follow gets an error, and asks again.
  await sink.take(sliceOf(14, 20, sales(20, 10)))
  await sink.take(sliceOf(14, 25, sales(25, 10)))
  expect(await sink.openPartition(partition(14), log)).toMatchObject({ position: 20 })
})
