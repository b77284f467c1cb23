/**
 * The stream processors against a running instance (`shelfline stack up`; its address is in the settings):
 *
 *   node bench/streams.ts [--runs 5] [--sizes 1,3,10] [--only sales_state,raw_sink,plain_upsert,latency] [--workers 1] [--peer]
 */
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import pg from 'pg'
import type { EventOf } from '../contracts/topics.ts'
import { loadSettings, type Settings } from '../platform/settings/settings.ts'
import { createTestDatabase } from '../platform/testing.ts'
import { createTestTopics, type TestTopics } from '../streams/testing/kafka.ts'
import type { TestWorkerOptions } from '../streams/testing/world.ts'
import { machine, median, report } from './measure.ts'
import { memoryMegabytes, startWorker, stopWorker } from './worker-process.ts'

const WORKER = join(import.meta.dirname, 'streams', 'worker.ts')
const EVENTS = 1_000_000
const PARTITIONS = 8
const SEND_EVENTS = 10_000
const LATENCY_EVENTS_PER_SECOND = 1_160
const LATENCY_SECONDS = 30
const PROBE_EVERY_MS = 100

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    workers: { type: 'string', default: '1' },
    sizes: { type: 'string', default: '1' },
    only: { type: 'string', default: 'sales_state,plain_upsert,raw_sink,latency' },
    peer: { type: 'boolean', default: false },
  },
})

const settings = loadSettings()
const figures = flags.only.split(',')
console.log(machine())
for (const size of flags.sizes.split(',').map(Number)) {
  const topics = await createTestTopics(settings, { pos_transactions: PARTITIONS })
  try {
    await fill(topics, size * EVENTS)
    for (const processor of figures.filter((figure) => figure !== 'latency')) {
      const runs: Run[] = []
      for (let run = 0; run < Number(flags.runs); run += 1) runs.push(await measure(processor, topics, size * EVENTS))
      const title = `streams: ${processor}, ${size}× ${EVENTS} events, ${PARTITIONS} partitions`
      report(
        title,
        'events/s',
        runs.map((run) => run.eventsPerSecond),
      )
      report(
        `${title}: peak memory`,
        'MB',
        runs.map((run) => run.peakMegabytes),
      )
    }
    if (flags.peer) await measurePeer(topics, size * EVENTS)
  } finally {
    await topics.close()
  }
}
if (figures.includes('latency')) await measureLatency()

/** Nine of ten ids are new, the tenth repeats one of the ten before it. A basket of four lines has one customer. */
function sale(number: number): EventOf<'pos_transactions'> {
  const id = number % 10 === 9 ? number - 5 : number
  return {
    event_id: `evt-${String(id).padStart(12, '0')}`,
    source: 'bench',
    schema_version: 1,
    store_id: String(id % 1_000),
    event_at: new Date(Date.UTC(2026, 0, 1) + id * 10).toISOString(),
    transaction_id: `T${id >> 2}`,
    line_no: id & 3,
    product_id: String(id % 50_000),
    quantity: String(1 + (id % 3)),
    unit_price: ((id % 997) / 10).toFixed(2),
    discount: '0',
    customer_id: `C${(id >> 2) % 100_000}`,
    payment_method: 'card',
  }
}

async function fill(topics: TestTopics, events: number): Promise<void> {
  for (let from = 0; from < events; from += SEND_EVENTS) {
    await topics.send(
      'pos_transactions',
      Array.from({ length: Math.min(SEND_EVENTS, events - from) }, (_, index) => sale(from + index)),
    )
  }
}

interface Run {
  eventsPerSecond: number
  peakMegabytes: number
}

/** One run on an empty database: from the first committed batch that is seen to the last, the worker's start left out. */
async function measure(processor: string, topics: TestTopics, events: number): Promise<Run> {
  return withWorkers(Number(flags.workers), processor, topics, async ({ client, pids }) => {
    const consumed = async () => {
      const { rows } = await client.query<{ consumed: string }>(
        'select coalesce(sum(consumed), 0) as consumed from ops.stream_offsets where processor = $1',
        [processor],
      )
      return Number(rows[0]!.consumed)
    }
    let first = 0
    while (first === 0) first = await everyMs(20, consumed)
    const startedAt = performance.now()
    while ((await everyMs(20, consumed)) < events);
    const eventsPerSecond = ((events - first) / (performance.now() - startedAt)) * 1_000
    return { eventsPerSecond, peakMegabytes: Math.max(...pids.map((pid) => memoryMegabytes(pid).peak)) }
  })
}

async function everyMs<Result>(intervalMs: number, work: () => Promise<Result>): Promise<Result> {
  await pause(intervalMs)
  return work()
}

interface Workers {
  client: pg.Client
  pids: number[]
}

async function withWorkers<Result>(
  count: number,
  processor: string,
  topics: TestTopics,
  work: (workers: Workers) => Promise<Result>,
): Promise<Result> {
  const database = await createTestDatabase(settings)
  const client = new pg.Client(database.url)
  await client.connect()
  await createBenchTable(database.settings)
  // A group of its own each time would begin again; the group's hint alone does not move the position.
  const options: TestWorkerOptions = {
    processorNames: [processor],
    topicSuffix: topics.suffix,
    settings: { ...database.settings, logLevel: 'warn' },
  }
  const children = Array.from({ length: count }, () => startWorker(WORKER, options))
  try {
    const died = Promise.race(children.map((child) => once(child, 'exit'))).then(([code]) =>
      Promise.reject(new Error(`bench: a worker ended with ${code}`)),
    )
    died.catch(() => undefined)
    return await Promise.race([died, work({ client, pids: children.map(({ pid }) => pid!) })])
  } finally {
    await Promise.all(children.map(stopWorker))
    await client.end()
    await database.drop()
  }
}

async function createBenchTable({ postgresMigrateUrl }: Settings): Promise<void> {
  const client = new pg.Client(postgresMigrateUrl)
  await client.connect()
  await client.query(`create table bench_events (
    event_id text collate "C" primary key, store_id text, product_id text, quantity numeric, unit_price numeric, discount numeric,
    customer_id text, payment_method text, event_at text, source text, schema_version integer, transaction_id text,
    line_no integer)`)
  await client.query('grant all on bench_events to public')
  await client.end()
}

/** From the moment before an event is sent until a query sees its effect, at a steady rate. */
async function measureLatency(): Promise<void> {
  const topics = await createTestTopics(settings, { pos_transactions: PARTITIONS })
  try {
    const latenciesMs = await withWorkers(1, 'sales_state', topics, async ({ client }) => {
      await probe(topics, client, -1)
      const sending = sendSteadily(topics)
      const found: Promise<number>[] = []
      const probes = (LATENCY_SECONDS * 1_000) / PROBE_EVERY_MS
      for (let number = 0; number < probes; number += 1) {
        found.push(probe(topics, client, number))
        await pause(PROBE_EVERY_MS)
      }
      await sending
      return Promise.all(found)
    })
    const sorted = latenciesMs.sort((a, b) => a - b)
    const title = `streams: event sent to state visible at ${LATENCY_EVENTS_PER_SECOND} events/s`
    report(`${title}, median`, 'ms', [median(sorted)])
    report(`${title}, 99 %`, 'ms', [sorted[Math.ceil(sorted.length * 0.99) - 1]!])
  } finally {
    await topics.close()
  }
}

async function sendSteadily(topics: TestTopics): Promise<void> {
  const startedAt = performance.now()
  let sent = 0
  while (sent < LATENCY_EVENTS_PER_SECOND * LATENCY_SECONDS) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * LATENCY_EVENTS_PER_SECOND)
    const events = Array.from({ length: due - sent }, (_, index) => sale(sent + index))
    if (events.length > 0) await topics.send('pos_transactions', events)
    sent = due
    await pause(10)
  }
}

async function probe(topics: TestTopics, client: pg.Client, number: number): Promise<number> {
  const startedAt = performance.now()
  const store_id = `probe-${number}`
  await topics.send('pos_transactions', [{ ...sale(0), event_id: store_id, store_id }])
  for (;;) {
    const { rowCount } = await client.query('select from state.sales_day where store_id = $1', [store_id])
    if (rowCount === 1) return performance.now() - startedAt
    await pause(2)
  }
}

async function measurePeer(topics: TestTopics, events: number): Promise<void> {
  const { runKafkaConnect } = await import('./kafka-connect/peer.ts')
  const rates: number[] = []
  for (let run = 0; run < Number(flags.runs); run += 1) {
    const database = await createTestDatabase(settings)
    try {
      const rate = await runKafkaConnect({
        brokers: settings.kafkaBrokers,
        postgresUrl: database.settings.postgresMigrateUrl,
        topic: `pos_transactions${topics.suffix}`,
        events,
        distinct: events * 0.9,
      })
      rates.push(rate)
    } finally {
      await database.drop()
    }
  }
  report(`streams: Kafka Connect with the Debezium JDBC sink, ${events} events`, 'events/s', rates)
}
