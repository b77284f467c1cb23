import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DAY_MS } from '../../contracts/calendar.ts'
import { seeded } from '../../models/statistics/random.ts'
import { statement } from '../../platform/postgres/sql.ts'
import { createDirectWorld, type DirectWorld } from '../simulation/direct.ts'
import { asMessages, type Logged } from '../simulation/log.ts'
import { below } from '../simulation/random.ts'
import { salesWindows } from './sales-windows.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** 07:00 in stores that are six hours behind UTC, on the day on which a clock change repeats an hour in some others. */
const OPENING_MS = Date.UTC(2025, 10, 2, 13)

let world: DirectWorld
beforeAll(async () => {
  world = await createDirectWorld(salesWindows)
})
const clear = () =>
  world.clear('state.window_event', 'state.sales_window', 'state.sales_hour', 'ops.stream_watermark', 'ops.clock')
beforeEach(clear)
afterAll(() => world.close())

type Partitions = Record<'pos_transactions' | 'foot_traffic', Logged[][]>

const localTime = (atMs: number, offsetHours = -6) =>
  `${new Date(atMs + offsetHours * HOUR_MS).toISOString().slice(0, 19)}-${String(-offsetHours).padStart(2, '0')}:00`

function saleAt(atMs: number, fields: Record<string, unknown> = {}): Logged {
  return {
    event: {
      event_id: `sale-${atMs}`,
      source: 'test',
      schema_version: 1,
      store_id: 'store-0',
      event_at: localTime(atMs),
      transaction_id: `t-${atMs}`,
      line_no: 0,
      product_id: 'tea',
      quantity: '2',
      unit_price: '1.50',
      discount: '0',
      payment_method: 'card',
      ...fields,
    },
    knownAtMs: atMs + 1_000,
  }
}

/** Eight hours of a few stores: 5 % of the events reach Kafka up to three hours late, 2 % twice. */
function day(seed: number): Partitions {
  const random = seeded(seed)
  const sales: Logged[] = []
  const traffic: Logged[] = []
  for (let basket = 0; basket < 300; basket += 1) {
    const atMs = OPENING_MS + below(random, 8 * 3_600) * 1_000
    const store_id = `store-${below(random, 3)}`
    for (let line_no = 0; line_no <= below(random, 4); line_no += 1) {
      // Lines of one basket are sold over minutes: some straddle two windows, some have the same product twice.
      const lineAtMs = atMs + line_no * 100_000
      sales.push(
        saleAt(lineAtMs, {
          event_id: `sale-${basket}-${line_no}`,
          store_id,
          line_no,
          transaction_id: `basket-${basket}`,
          product_id: `product-${below(random, 6)}`,
          quantity: random() < 0.05 ? '-1' : `${1 + below(random, 3)}.${below(random, 10)}`,
          net_amount: random() < 0.5 ? `${below(random, 900)}.${below(random, 90) + 10}` : null,
        }),
      )
    }
  }
  for (let interval = 0; interval < 96; interval += 1) {
    const atMs = OPENING_MS + interval * 5 * MINUTE_MS
    const { event_id, source, schema_version, event_at } = saleAt(atMs).event as Record<string, unknown>
    const counts = { entries: below(random, 40), exits: below(random, 40), interval_seconds: 300 }
    const event = { event_id, source, schema_version, event_at, store_id: 'store-0', sensor_id: 'door', ...counts }
    traffic.push({ event, knownAtMs: atMs + 300_000 })
  }
  const disturbed = (log: Logged[]) =>
    log
      .flatMap((one) => {
        const late = random() < 0.05 ? { ...one, knownAtMs: one.knownAtMs + below(random, 3 * HOUR_MS) } : one
        return random() < 0.02 ? [late, { ...late, knownAtMs: late.knownAtMs + below(random, HOUR_MS) }] : [late]
      })
      .toSorted((a, b) => a.knownAtMs - b.knownAtMs)
  const partitionOf = ({ event }: Logged) => Number((event as { store_id: string }).store_id.slice(-1)) % 2
  const log = disturbed(sales)
  return {
    pos_transactions: [0, 1].map((partition) => log.filter((one) => partitionOf(one) === partition)),
    foot_traffic: [disturbed(traffic)],
  }
}

const eventsOf = (logs: readonly Logged[][]) => JSON.stringify(logs.flat().map(({ event }) => event))

/** The windows that differ from a batch recomputation over all events that were sent, each once. */
async function differences({ pos_transactions, foot_traffic }: Partitions): Promise<unknown[]> {
  const { rows } = await world.pool.query(statement('streams/recompute/sales_windows.sql'), [
    eventsOf(pos_transactions),
    eventsOf(foot_traffic),
  ])
  return rows
}

async function windows(): Promise<unknown[]> {
  const { rows } = await world.pool.query(
    `select window_minutes, store_id, product_id, window_start, local_start, units::float, revenue::float, lines,
       transactions, entries, exits
     from state.sales_window_live order by 1, 2, 3, 4`,
  )
  return rows
}

/** What the rules require of one partition, message by message: how many of its events are late. */
function lateOf(log: readonly Logged[]): number {
  const ids = new Set<string>()
  let watermarkMs = Number.NEGATIVE_INFINITY
  let activeMs = Number.POSITIVE_INFINITY
  let late = 0
  for (const { event, knownAtMs } of log) {
    const { event_id, event_at } = event as { event_id: string; event_at: string }
    const atMs = Date.parse(event_at)
    watermarkMs += Math.max(0, knownAtMs - activeMs - 10 * MINUTE_MS)
    const windowEndMs = Math.floor(atMs / (5 * MINUTE_MS) + 1) * 5 * MINUTE_MS
    if (!ids.has(event_id) && windowEndMs <= watermarkMs) late += 1
    ids.add(event_id)
    watermarkMs = Math.max(watermarkMs, Math.min(atMs, knownAtMs) - 5 * MINUTE_MS)
    activeMs = knownAtMs
  }
  return late
}

/** The clock that `ops.now()` returns, in minutes since the opening. */
async function setClock(minutes: number): Promise<void> {
  await world.pool.query(
    `insert into ops.clock (simulated_now, speed, run_id, seed) values ($1, 1, 'test', 1)
     on conflict (is_only) do update set simulated_now = excluded.simulated_now`,
    [new Date(OPENING_MS + minutes * MINUTE_MS)],
  )
}

async function closed(): Promise<Record<string, { units: number; is_closed: boolean }>> {
  const { rows } = await world.pool.query<{ local: string; units: number; is_closed: boolean }>(
    `select to_char(local_start, 'HH24:MI') as local, units::float, is_closed from state.sales_window_live
     where window_minutes = 5 and product_id is null order by window_start`,
  )
  return Object.fromEntries(rows.map(({ local, ...window }) => [local, window]))
}

describe('windows', () => {
  test.each([1, 2, 3, 4, 5])('equal a batch recomputation with late events and copies (seed %i)', async (seed) => {
    const partitions = day(seed)
    await world.consume(partitions, () => 70)
    expect(await differences(partitions)).toEqual([])
    const { consumed, applied, duplicate, late, dead } = await world.outcomes()
    const sent = [...partitions.pos_transactions, ...partitions.foot_traffic].flat()
    const copies = sent.length - new Set(sent.map(({ event }) => (event as { event_id: string }).event_id)).size
    // Sales and traffic have ids of their own kind: a copy is one of the same topic.
    expect(copies).toBeGreaterThan(3)
    expect({ consumed, duplicate, dead }).toEqual({ consumed: sent.length, duplicate: copies, dead: 0 })
    expect(late).toBeGreaterThan(sent.length * 0.02)
    expect(applied + late).toBe(sent.length - copies)
  })

  test('are the same however the log is cut', async () => {
    const { pos_transactions } = day(11)
    const log = pos_transactions.flat().toSorted((a, b) => a.knownAtMs - b.knownAtMs)
    const one = { pos_transactions: [log] }
    await world.consume(one, () => 10_000)
    const [whole, counts] = [await windows(), await world.outcomes()]
    expect(counts.late).toBe(lateOf(log))
    const random = seeded(12)
    for (const sliceSize of [() => 1, () => 1 + below(random, 60)]) {
      await clear()
      await world.consume(one, sliceSize)
      expect(await windows()).toEqual(whole)
      expect(await world.outcomes()).toEqual(counts)
    }
  })

  test('count revenue exactly, cut hours on the store clock and keep an hour that a clock change repeats apart', async () => {
    const before = Date.UTC(2025, 10, 2, 5, 30)
    const sales = [
      saleAt(before, { event_at: '2025-11-02T01:30:00-04:00', quantity: '3', unit_price: '0.10', discount: '0.05' }),
      saleAt(before + HOUR_MS, { event_at: '2025-11-02T01:30:00.9-05:00', transaction_id: 'same' }),
      saleAt(before + HOUR_MS + 1_000, { event_at: '2025-11-02T01:34:59-05:00', transaction_id: 'same' }),
      saleAt(before + HOUR_MS + 2_000, { event_at: '2025-11-02T12:04:00+05:30', product_id: 'coffee' }),
    ]
    await world.consume({ pos_transactions: [sales] }, () => 2)
    const { rows } = await world.pool.query(
      `select to_char(window_start at time zone 'UTC', 'HH24:MI') as utc, to_char(local_start, 'HH24:MI') as local,
         revenue::text, lines, transactions, units_per_hour::float
       from state.sales_window_live where window_minutes = 60 and product_id is null order by window_start`,
    )
    expect(rows).toEqual([
      { utc: '05:00', local: '01:00', revenue: '0.25', lines: 1, transactions: 1, units_per_hour: 3 },
      { utc: '06:00', local: '01:00', revenue: '6.00', lines: 2, transactions: 1, units_per_hour: 4 },
      { utc: '06:30', local: '12:00', revenue: '3.00', lines: 1, transactions: 1, units_per_hour: 2 },
    ])
  })
})

describe('a watermark', () => {
  test('closes windows, and an event that comes after that is late and corrects its window', async () => {
    const first = OPENING_MS + MINUTE_MS
    const log = [saleAt(first), saleAt(first + 9 * MINUTE_MS), saleAt(first + 1_000), saleAt(first + 14 * MINUTE_MS)]
    log[2]!.knownAtMs = first + 10 * MINUTE_MS
    await setClock(15)
    await world.consume({ pos_transactions: [log] }, () => 2)
    // The newest event is of 07:15, five minutes are allowed: what ends until 07:10 is closed.
    expect(await closed()).toEqual({
      '07:00': { units: 4, is_closed: true },
      '07:10': { units: 2, is_closed: false },
      '07:15': { units: 2, is_closed: false },
    })
    // The third came when nothing younger than 07:10 had been seen: its window was closed at 07:05 at the latest.
    expect(await world.outcomes()).toMatchObject({ applied: 3, late: 1 })
  })

  test('is the lowest of all partitions, and one that is silent moves on by the clock', async () => {
    const sales = (from: number, count: number) =>
      Array.from({ length: count }, (_, minute) => saleAt(OPENING_MS + (from + minute) * MINUTE_MS))
    await world.consume({ pos_transactions: [sales(0, 60), sales(0.5, 4)] }, () => 100)
    const count = async () => Object.values(await closed()).filter(({ is_closed }) => is_closed).length
    await setClock(4)
    expect(await count()).toBe(0)
    await setClock(20)
    // Silent for 16.5 minutes, 10 of them forgiven: from 06:58:30 to 07:05.
    expect(await count()).toBe(0)
    await setClock(21)
    expect(await count()).toBe(1)
    await setClock(500)
    expect(await count()).toBe(12)
  })

  test('is not moved by how long a worker was stopped, nor ahead of Kafka by a clock that is wrong', async () => {
    const ahead = saleAt(OPENING_MS + 20 * HOUR_MS)
    ahead.knownAtMs = OPENING_MS + MINUTE_MS
    const sales = Array.from({ length: 50 }, (_, minute) => saleAt(OPENING_MS + (2 + minute) * MINUTE_MS))
    await world.consume({ pos_transactions: [[ahead, ...sales.slice(0, 10)]] }, () => 100)
    await setClock(30_000)
    const rest = asMessages([ahead, ...sales]).slice(11)
    const slice = {
      topic: 'pos_transactions',
      partition: 0,
      position: 11,
      next: 51,
      messages: rest,
      logEnd: 51,
    } as const
    expect(await world.handle(slice)).toBe('done')
    expect(await world.outcomes()).toMatchObject({ applied: 51, late: 0 })
  })
})

describe('windows that are closed', () => {
  test('are forgotten behind the watermark, a bounded number of days at a time, and stay forgotten', async () => {
    const days = Array.from({ length: 40 }, (_, day) => saleAt(OPENING_MS + day * DAY_MS))
    await world.consume({ pos_transactions: [days] }, () => 7)
    const now = new Date(OPENING_MS + 39 * DAY_MS)
    const prune = async (asOf: Date) =>
      (await world.pool.query('select * from ops.prune_windows($1, 30)', [asOf])).rows as { forgotten: number }[]
    const dropped = async () => (await prune(now)).map(({ forgotten }) => forgotten).slice(0, 3)
    // The clock alone forgets nothing: before the frontier as_of counts, after it the watermark.
    expect((await prune(new Date(OPENING_MS))).every(({ forgotten }) => forgotten === 0)).toBe(true)
    // 40 days, and one of UTC on either side of them.
    expect(await dropped()).toEqual([30, 30, 5])
    expect(await dropped()).toEqual([8, 8, 0])
    expect(await dropped()).toEqual([0, 0, 0])
    const { rows } = await world.pool.query(
      `select window_minutes as minutes, count(*)::int as windows from state.sales_window_live
       where product_id is null group by 1 order by 1`,
    )
    expect(rows).toEqual([
      { minutes: 5, windows: 3 },
      { minutes: 60, windows: 36 },
    ])
    const tooLate = [
      saleAt(OPENING_MS + 36 * DAY_MS, { event_id: 'x' }),
      saleAt(OPENING_MS + 37 * DAY_MS, { event_id: 'y' }),
    ]
    const messages = asMessages([...days, ...tooLate]).slice(40)
    expect(
      await world.handle({ topic: 'pos_transactions', partition: 0, position: 40, next: 42, messages, logEnd: 42 }),
    ).toBe('done')
    expect(await world.outcomes()).toEqual({ consumed: 42, applied: 40, duplicate: 0, late: 2, dead: 0 })
    const { rows: units } = await world.pool.query(
      'select units::float from state.sales_window_live where product_id is null and window_minutes = 5 order by window_start',
    )
    expect(units.map((row) => row.units)).toEqual([4, 2, 2])
  })
})

describe('events of very many days', () => {
  let owner: pg.Client
  beforeAll(async () => {
    owner = new pg.Client(world.settings.postgresMigrateUrl)
    await owner.connect()
  })
  afterAll(async () => {
    await bound('many_days', 400)
    await bound('days_max', 2_500)
    await owner.end()
    await world.pool.query('delete from state.retention')
  })
  const bound = (name: 'many_days' | 'days_max', days: number) =>
    owner.query(`create or replace function state.${name}() returns integer language sql immutable return ${days}`)
  const partitions = async (table: string) => {
    const { rows } = await world.pool.query(
      'select count(*)::integer as days from pg_inherits where inhparent = $1::regclass',
      [`state.${table}`],
    )
    return rows[0].days as number
  }

  test('make no partitions of days that are past what is kept', async () => {
    await bound('many_days', 3)
    await world.consume({ pos_transactions: [[saleAt(OPENING_MS)]] })
    const before = [await partitions('window_event'), await partitions('sales_hour')]
    const old = Array.from({ length: 100 }, (_, index) => ({
      ...saleAt(Date.UTC(2001, 0, 1) + index * 50 * 24 * HOUR_MS),
      knownAtMs: OPENING_MS + 2_000,
    }))
    await world.pool.query('truncate ops.stream_offsets')
    await world.consume({ pos_transactions: [old] })
    expect(await world.outcomes()).toMatchObject({ consumed: 100, applied: 0, late: 100, dead: 0 })
    expect([await partitions('window_event'), await partitions('sales_hour')]).toEqual(before)
  })

  test('are rejected in several transactions, so that none lasts long', async () => {
    await world.consume({ pos_transactions: [[saleAt(OPENING_MS)]] })
    await world.pool.query('truncate ops.stream_offsets')
    await bound('days_max', await partitions('window_event'))
    const rejected = Array.from({ length: 300 }, (_, second) => saleAt(OPENING_MS + 10 * 24 * HOUR_MS + second * 1_000))
    await world.consume({ pos_transactions: [rejected] }, () => 1_000)
    expect(await world.outcomes()).toMatchObject({ consumed: 300, applied: 0, dead: 300 })
    const { rows } = await world.pool.query(
      'select max(letters)::integer as letters from (select count(*) as letters from ops.dead_letters group by xmin) as transaction',
    )
    expect(rows[0].letters).toBeLessThanOrEqual(64)
  })

  test('are dead letters when there are too many', async () => {
    await bound('days_max', await partitions('window_event'))
    const future = saleAt(OPENING_MS + 10 * 24 * HOUR_MS)
    await world.consume({ pos_transactions: [[saleAt(OPENING_MS), future]] })
    expect(await world.outcomes()).toMatchObject({ consumed: 2, applied: 1, dead: 1 })
    const { rows } = await world.pool.query('select reason, error from ops.dead_letters')
    expect(rows).toEqual([
      {
        reason: 'rejected_by_database',
        error: expect.stringMatching(/has \d+ days, and 2025-11-11 would be one more/),
      },
    ])
  })
})
