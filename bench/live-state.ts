/**
 * Mixed topics through every processor in one worker, against a running instance (`shelfline stack up`):
 *
 *   node bench/live-state.ts [--rates 1160,5000] [--seconds 60] [--backlog 418000] [--runs 1] [--stores 1000]
 *
 * Printed: from the moment before an event is sent until a query sees its effect, at a steady rate; the time in which a
 * backlog is worked off, the worker's start left out; the worker's peak memory; and what the live state of so many stores
 * with 500 products each takes in PostgreSQL.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { TopicName } from '../contracts/topics.ts'
import { loadSettings } from '../platform/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import { RAW_SINK } from '../streams/raw-sink.ts'
import { productProcessors } from '../streams/runtime.ts'
import { createTestTopics, type TestTopics } from '../streams/testing/kafka.ts'
import type { TestWorkerOptions } from '../streams/testing/world.ts'
import { nodeFlags } from '../workers/stream.ts'
import { machine, median, report } from './measure.ts'

const STORES = 100
const PRODUCTS = 500
const SEND_EVERY_MS = 20
const PROBE_EVERY_MS = 200
const LOOK_EVERY_MS = 10
const SEND_EVENTS_MAX = 5_000

const { values: flags } = parseArgs({
  options: {
    rates: { type: 'string', default: '1160,5000' },
    seconds: { type: 'string', default: '60' },
    backlog: { type: 'string', default: '418000' },
    runs: { type: 'string', default: '1' },
    stores: { type: 'string', default: '1000' },
  },
})

const settings = loadSettings()
type Mixed = [topic: TopicName, event: Record<string, unknown>]

/** The event with a number: half of them sales, a third at shelves, the rest of all kinds; every twentieth is a copy. */
function mixed(number: number, atMs: number): Mixed {
  const id = number % 20 === 19 ? number - 7 : number
  const event = {
    ...{ event_id: `e${id}`, source: 'bench', schema_version: 1, event_at: new Date(atMs).toISOString() },
    ...{ store_id: `s${(id * 7) % STORES}`, product_id: `p${(id * 13) % PRODUCTS}` },
  }
  const kind = id % 20
  const quantity = String(1 + (id % 3))
  if (kind < 10) {
    const sale = { transaction_id: `t${id >> 2}`, line_no: id & 3, unit_price: '2.50', discount: '0' }
    return ['pos_transactions', { ...event, ...sale, quantity, customer_id: `c${id % 997}`, payment_method: 'card' }]
  }
  if (kind < 15) return ['shelf_events', { ...event, ...shelf(kind < 14 ? 'pickup' : 'putback', id), quantity }]
  if (kind === 15)
    return ['shelf_events', { ...event, ...shelf('refill', id), quantity: '12', batch_id: `b${id % 50}` }]
  if (kind === 16) {
    const update = { inventory_id: 'i', quantity_change: '5', new_quantity: '5', reason: 'delivery' }
    return ['inventory_updates', { ...event, ...update }]
  }
  if (kind === 17) {
    const out = { warehouse_id: `w${id % 4}`, batch_id: `b${id % 50}`, direction: 'out', reason: 'store_refill' }
    return ['warehouse_events', { ...event, ...out, quantity }]
  }
  if (kind === 18) return ['foot_traffic', { ...event, sensor_id: 'd', entries: 3, exits: 2, interval_seconds: 60 }]
  return ['price_changes', { ...event, new_price: '2.40', reason: 'regular' }]
}

const shelf = (event_type: string, id: number) => ({ shelf_id: `a${id % 9}`, event_type, customer_id: `c${id % 997}` })

async function send(topics: TestTopics, events: readonly Mixed[]): Promise<void> {
  const byTopic = Map.groupBy(events, ([topic]) => topic)
  await topics.producer.sendBatch({
    acks: -1,
    topicMessages: [...byTopic].map(([topic, members]) => ({
      topic: `${topic}${topics.suffix}`,
      messages: members.map(([, event]) => ({ key: String(event.store_id), value: JSON.stringify(event) })),
    })),
  })
}

async function measureSteadily(rate: number): Promise<void> {
  const topics = await createTestTopics(settings)
  try {
    const { latenciesMs, megabytes } = await withWorker(topics, async ({ client, pid }) => {
      await Promise.all(probes.map((probe) => probe.send(topics, 'first')))
      await seenBy(client, new Set(probes.map(({ what }) => `${what} first`)), new Map())
      const sending = sendSteadily(topics, rate)
      const latenciesMs = await probeSteadily(topics, client)
      await sending
      return { latenciesMs, megabytes: peakMegabytes(pid) }
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

async function sendSteadily(topics: TestTopics, rate: number): Promise<void> {
  const startedAt = performance.now()
  for (let sent = 0; sent < rate * Number(flags.seconds); ) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * rate)
    const events = Array.from({ length: Math.min(due - sent, SEND_EVENTS_MAX) }, (_, at) =>
      mixed(sent + at, Date.now()),
    )
    if (events.length > 0) await send(topics, events)
    sent += events.length
    await pause(SEND_EVERY_MS)
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
        await withWorker(topics, async ({ client, pid }) => {
          while ((await consumed(client)) === 0) await pause(LOOK_EVERY_MS)
          const startedAt = performance.now()
          while ((await consumed(client)) < wanted) await pause(LOOK_EVERY_MS)
          return { took: (performance.now() - startedAt) / 1_000, megabytes: peakMegabytes(pid) }
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

/** Linux keeps the highest resident size that a process had. */
function peakMegabytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000
}

interface Worker {
  client: pg.Client
  pid: number
}

/** One worker with every processor, on a database of its own. */
async function withWorker<Result>(topics: TestTopics, work: (worker: Worker) => Promise<Result>): Promise<Result> {
  const database = await createTestDatabase(settings)
  const client = new pg.Client(database.url)
  await client.connect()
  const options: TestWorkerOptions = {
    processorNames: [RAW_SINK, ...productProcessors.map(({ name }) => name)],
    topicSuffix: topics.suffix,
    settings: { ...database.settings, logLevel: 'warn' },
  }
  const file = join(import.meta.dirname, '..', 'workers', 'stream-for-tests.ts')
  const child = spawn(
    process.execPath,
    [...nodeFlags, '--disable-warning=TimeoutNegativeWarning', file, JSON.stringify(options)],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  try {
    const died = once(child, 'exit').then(([code]) => Promise.reject(new Error(`bench: the worker ended with ${code}`)))
    died.catch(() => undefined)
    return await Promise.race([died, work({ client, pid: child.pid! })])
  } finally {
    const ended = child.exitCode === null ? once(child, 'exit') : undefined
    child.kill('SIGTERM')
    await ended
    await client.end()
    await database.drop()
  }
}

console.log(machine())
for (const rate of flags.rates.split(',').filter(Boolean).map(Number)) await measureSteadily(rate)
if (Number(flags.backlog) > 0) await measureBacklog(Number(flags.backlog))
if (Number(flags.stores) > 0) await measureSize(Number(flags.stores))
