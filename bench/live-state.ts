/**
 * Mixed topics through every processor in one worker, against a running instance (`shelfline stack up`):
 *
 *   node bench/live-state.ts [--rates 1160,5000] [--seconds 60] [--backlog 418000] [--runs 1] [--stores 1000]
 *   node bench/live-state.ts --soak 20 [--rates 1160]
 *
 * Printed: from the moment before an event is sent until a query sees its effect, at a steady rate; the time in which a
 * backlog is worked off, the worker's start left out; the worker's peak memory; and what the live state of this many stores
 * with 500 products each takes in PostgreSQL. With `--soak` only the worker's memory, minute by minute at the first rate,
 * and by how much it grows in a minute over the second half of the time.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { TopicName } from '../contracts/topics.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import { RAW_SINK } from '../streams/raw/raw-sink.ts'
import { productProcessors } from '../streams/runtime/runtime.ts'
import { createTestTopics, type TestTopics } from '../streams/testing/kafka.ts'
import { mixed, PRODUCTS, SEND_EVENTS_MAX, send, sendSteadily } from './live-state/events.ts'
import { withWorkers } from './live-state/workers.ts'
import { machine, median, report } from './measure.ts'
import { memoryMegabytes } from './worker-process.ts'

const PROBE_EVERY_MS = 200
const LOOK_EVERY_MS = 10

const { values: flags } = parseArgs({
  options: {
    rates: { type: 'string', default: '1160,5000' },
    seconds: { type: 'string', default: '60' },
    backlog: { type: 'string', default: '418000' },
    runs: { type: 'string', default: '1' },
    stores: { type: 'string', default: '1000' },
    soak: { type: 'string' },
  },
})

const settings = loadSettings()
async function measureSteadily(rate: number): Promise<void> {
  const topics = await createTestTopics(settings)
  try {
    const { latenciesMs, megabytes } = await withWorkers(settings, topics, async ({ client, start }) => {
      const pid = start().pid!
      await Promise.all(probes.map((probe) => probe.send(topics, 'first')))
      await seenBy(client, new Set(probes.map(({ what }) => `${what} first`)), new Map())
      const sending = sendSteadily(topics, rate, Number(flags.seconds))
      const latenciesMs = await probeSteadily(topics, client)
      await sending
      return { latenciesMs, megabytes: memoryMegabytes(pid).peak }
    })
    for (const { what } of probes) {
      const sorted = latenciesMs.get(what)!.sort((a, b) => a - b)
      const title = `live state at ${rate} events/s: ${what}`
      report(`${title}, median`, 'ms', [median(sorted)])
      report(`${title}, 99 %`, 'ms', [sorted[Math.ceil(sorted.length * 0.99) - 1]!])
    }
    report(`live state at ${rate} events/s: peak memory`, 'MB', [megabytes])
  } finally {
    await topics.close()
  }
}

interface Probe {
  what: string
  send(topics: TestTopics, name: string): Promise<void>
}

const sample = (topic: TopicName, kind: number) => (topics: TestTopics, name: string) => {
  const [, event] = mixed(kind, Date.now())
  const own = { event_id: `probe-${topic}-${name}`, store_id: 'probe', product_id: name }
  return send(topics, [[topic, { ...event, ...own, ...(topic === 'warehouse_events' && { warehouse_id: 'probe' }) }]])
}

const probes: readonly Probe[] = [
  { what: 'sale → stock', send: sample('pos_transactions', 0) },
  { what: 'pickup → shelf', send: sample('shelf_events', 10) },
  { what: 'movement → warehouse', send: sample('warehouse_events', 17) },
]

const SEEN = `
  select 'sale → stock ' || product_id as seen from state.stock where store_id = 'probe'
  union all select 'pickup → shelf ' || product_id from state.shelf where store_id = 'probe' and last_pick_at is not null
  union all select 'movement → warehouse ' || product_id from state.warehouse where warehouse_id = 'probe'`

/** Looks until all that is waited for is there, and writes down when each was first seen. */
async function seenBy(client: pg.Client, waiting: Set<string>, seenAt: Map<string, number>): Promise<void> {
  while (waiting.size > 0) {
    const { rows } = await client.query<{ seen: string }>(SEEN)
    const now = performance.now()
    for (const { seen } of rows) if (waiting.delete(seen)) seenAt.set(seen, now)
    await pause(LOOK_EVERY_MS)
  }
}

async function probeSteadily(topics: TestTopics, client: pg.Client): Promise<Map<string, number[]>> {
  const sentAt = new Map<string, number>()
  const seenAt = new Map<string, number>()
  const waiting = new Set<string>(['the last probe'])
  const looking = seenBy(client, waiting, seenAt)
  for (let number = 0; number < (Number(flags.seconds) * 1_000) / PROBE_EVERY_MS; number += 1) {
    for (const probe of probes) {
      sentAt.set(`${probe.what} ${number}`, performance.now())
      waiting.add(`${probe.what} ${number}`)
      await probe.send(topics, String(number))
    }
    await pause(PROBE_EVERY_MS)
  }
  waiting.delete('the last probe')
  await looking
  const latencies = [...sentAt].map(([name, sent]) => [name, seenAt.get(name)! - sent] as const)
  return new Map(
    probes.map(({ what }) => [what, latencies.filter(([name]) => name.startsWith(what)).map(([, latency]) => latency)]),
  )
}

/** Everything that waits is there before the worker starts; measured from the first message that it has consumed. */
async function measureBacklog(events: number): Promise<void> {
  const topics = await createTestTopics(settings)
  try {
    const wanted = await fill(topics, events)
    const runs: { took: number; megabytes: number }[] = []
    for (let run = 0; run < Number(flags.runs); run += 1) {
      runs.push(
        await withWorkers(settings, topics, async ({ client, start }) => {
          const pid = start().pid!
          while ((await consumed(client)) === 0) await pause(LOOK_EVERY_MS)
          const startedAt = performance.now()
          while ((await consumed(client)) < wanted) await pause(LOOK_EVERY_MS)
          return { took: (performance.now() - startedAt) / 1_000, megabytes: memoryMegabytes(pid).peak }
        }),
      )
    }
    const title = `live state: backlog of ${events} events`
    const took = runs.map((run) => run.took)
    report(title, 's', took)
    report(
      `${title}, all processors together`,
      'messages/s',
      took.map((seconds) => wanted / seconds),
    )
    report(
      `${title}: peak memory`,
      'MB',
      runs.map((run) => run.megabytes),
    )
  } finally {
    await topics.close()
  }
}

/** @returns how many messages the processors of live state together have to consume; the raw sink stores at its own pace */
async function fill(topics: TestTopics, events: number): Promise<number> {
  const startMs = Date.now() - 3_600_000
  let wanted = 0
  for (let from = 0; from < events; from += SEND_EVENTS_MAX) {
    const batch = Array.from({ length: Math.min(SEND_EVENTS_MAX, events - from) }, (_, at) =>
      mixed(from + at, startMs + ((from + at) / events) * 3_600_000),
    )
    await send(topics, batch)
    for (const [topic] of batch) wanted += productProcessors.filter(({ topics }) => topics.includes(topic)).length
  }
  return wanted
}

async function consumed(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ consumed: string }>(
    'select coalesce(sum(consumed), 0) as consumed from ops.stream_offsets where processor <> $1',
    [RAW_SINK],
  )
  return Number(rows[0]!.consumed)
}

/** Each shelf with its profile, its stock, two lots, a basket of the day and the sales of two days, written to twice. */
const FILL_SHELVES = `
  create temp table place as
    select 's' || store as store_id, 'p' || product as product_id
    from generate_series(1, $stores) as store cross join generate_series(1, ${PRODUCTS}) as product;
  insert into ref.shelves select store_id, product_id, 'a1', 20, 0.5, 'w1', now() from place;
  insert into state.shelf (store_id, product_id, refilled, last_refill_at) select store_id, product_id, 20, now() from place;
  insert into state.stock select store_id, product_id, 20 from place;
  insert into state.shelf_lot
    select store_id, product_id, 'b' || lot, 10, 0, current_date, current_date, current_date
    from place cross join generate_series(1, 2) as lot;
  insert into state.basket (visit_date, store_id, product_id, customer_id, picked, sold, last_pick_at, last_event_at)
    select current_date, store_id, product_id, 'c1', 1, 1, now(), now() from place;
  insert into state.sales_day
    select store_id, product_id, current_date - day, 1, 2.5, 0, 0, 1
    from place cross join generate_series(1, 2) as day;
  update state.shelf set picked = picked + 1, last_pick_at = now();
  update state.shelf set picked = picked + 1, last_pick_at = now();
  update state.stock set on_hand = on_hand - 2`

async function measureSize(stores: number): Promise<void> {
  const database = await createTestDatabase(settings)
  const client = new pg.Client(database.url)
  await client.connect()
  try {
    await client.query(FILL_SHELVES.replace('$stores', String(stores)))
    const { rows } = await client.query<{ megabytes: string }>(
      `select sum(pg_total_relation_size(oid)) / 1e6 as megabytes from pg_class
       where relnamespace in ('state'::regnamespace, 'ref'::regnamespace) and relkind = 'r'`,
    )
    report(`live state of ${stores} stores × ${PRODUCTS} products`, 'MB', [Number(rows[0]!.megabytes)])
  } finally {
    await client.end()
    await database.drop()
  }
}

/** Memory by the minute; the slope is that of a least-squares line through the second half, when caches are full. */
async function soak(rate: number, minutes: number): Promise<void> {
  const topics = await createTestTopics(settings)
  try {
    await withWorkers(settings, topics, async ({ client, start }) => {
      const pid = start().pid!
      const stopping = new AbortController()
      const sending = sendSteadily(topics, rate, minutes * 60, stopping.signal)
      const megabytes: number[] = []
      try {
        for (let minute = 1; minute <= minutes; minute += 1) {
          await pause(60_000)
          megabytes.push(memoryMegabytes(pid).now)
          console.log(`minute ${minute}: ${megabytes.at(-1)!.toFixed(0)} MB, ${await consumed(client)} messages`)
        }
      } finally {
        stopping.abort()
      }
      await sending
      const title = `live state: ${minutes} minutes at ${rate} events/s`
      report(`${title}: memory`, 'MB', megabytes)
      report(`${title}: peak memory`, 'MB', [memoryMegabytes(pid).peak])
      report(`${title}: growth in its second half`, 'MB/minute', [slope(megabytes.slice(minutes >> 1))])
    })
  } finally {
    await topics.close()
  }
}

function slope(values: readonly number[]): number {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const covariance = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0)
  const variance = values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
  return covariance / variance
}

console.log(machine())
const rates = flags.rates.split(',').filter(Boolean).map(Number)
if (flags.soak !== undefined) await soak(rates[0]!, Number(flags.soak))
else {
  for (const rate of rates) await measureSteadily(rate)
  if (Number(flags.backlog) > 0) await measureBacklog(Number(flags.backlog))
  if (Number(flags.stores) > 0) await measureSize(Number(flags.stores))
}
