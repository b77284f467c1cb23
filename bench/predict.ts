/**
 * The predictor under load: requests for single forecasts at a fixed rate, by HTTP or by Kafka, each answered by a model of its own.
 *
 *   node bench/predict.ts --series 5000 --rate 2000 --seconds 30
 *
 * It needs a running instance, in which it makes a database, a lake and topics of its own: sales of nine weeks, features, a model that is
 * trained on them. The predictor runs on one core (`taskset`, where there is one), the load comes from this process on the others.
 * Times are from when a request was due: a predictor that is late makes those behind it late, too.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Registry } from 'prom-client'
import { featuresDemand } from '../activities/assets/features/demand.ts'
import { materializePartition, openTestAssets } from '../activities/assets/framework/testing.ts'
import { assets } from '../activities/assets/index.ts'
import { predictionsDemand } from '../activities/assets/predictions/demand.ts'
import { demandModel } from '../activities/forecasting/trainable-demand.ts'
import { createBatchMetrics } from '../activities/metrics.ts'
import { addDays, daysBetween } from '../contracts/calendar.ts'
import { createTestTopics } from '../streams/testing/kafka.ts'
import type { TestPredictorOptions } from '../workers/predict/predictor-for-tests.ts'

const ROOT = join(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    series: { type: 'string', default: '5000' },
    rate: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '30' },
    connections: { type: 'string', default: '64' },
    unknown: { type: 'string', default: '1' },
  },
})
const [series, rate, seconds, connections, unknown] = [
  values.series,
  values.rate,
  values.seconds,
  values.connections,
  values.unknown,
].map(Number) as [number, number, number, number, number]

const STORES = 20
const LAST = '2024-05-05'
const FIRST = addDays(LAST, -62)
const FEATURES_FROM = addDays(LAST, -34)
const HORIZON_DAYS = 7
/** Nothing is measured while the code of the predictor is compiled. */
const WARM_UP_SECONDS = 3
const SEND_EVERY_MS = 2

const world = await openTestAssets({ forecastHorizonDays: HORIZON_DAYS })
const topics = await createTestTopics(world.context.settings, { feature_requests: 3, predictions: 3 })
let predictor: { url: string; child: ChildProcess } | undefined
try {
  await makeModel()
  predictor = await startPredictor()
  const { pid } = predictor.child
  for (const [door, ask] of [
    ['HTTP', byHttp],
    ['Kafka', byKafka],
  ] as const) {
    await ask(WARM_UP_SECONDS)
    const cpuBefore = cpuSeconds(pid!)
    const startedAt = performance.now()
    const latencies = (await ask(seconds)).sort((one, other) => one - other)
    const took = (performance.now() - startedAt) / 1_000
    const cpu = cpuSeconds(pid!) - cpuBefore
    const at = (share: number) =>
      latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]!.toFixed(1)
    console.log(
      `${door}: ${latencies.length} requests about ${series} series, ${unknown} % unknown, ${rate}/s asked for, ` +
        `${Math.round(latencies.length / took)}/s answered, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms; ` +
        `predictor ${((cpu / took) * 100).toFixed(0)} % of one core`,
    )
  }
} finally {
  predictor?.child.kill('SIGTERM')
  await topics.close()
  await world.close()
}

async function makeModel(): Promise<void> {
  const { context } = world
  const stores = Array.from({ length: STORES }, (_, store) => `s${store}`)
  const products = Array.from({ length: Math.ceil(series / STORES) }, (_, product) => [
    `p${product}`,
    `c${product % 12}`,
  ])
  await world.addMembers(stores, Object.fromEntries(products))
  for (const date of daysBetween(FIRST, LAST)) {
    await world.putDailySales(
      date,
      `(select 's' || n % ${STORES} as store_id, 'p' || n // ${STORES} as product_id,
          floor((1 + hash(n) % 8) * (1 + (isodow(date '${date}') in (5, 6))::int) * (hash(n, '${date}') % 200) / 100) as units
        from range(${series}) as numbers (n))`,
    )
  }
  for (const date of daysBetween(FEATURES_FROM, LAST)) await materializePartition(context, featuresDemand, date)
  const dependencies = { ...context, metrics: createBatchMetrics(new Registry()), assets }
  const life = { heartbeat: () => undefined, signal: new AbortController().signal }
  const asked = { date: LAST, horizonDays: HORIZON_DAYS }
  const { decision } = await demandModel.train(dependencies, asked, life, 'bench', () => undefined)
  console.log(`demand@1 ${decision}`)
  await materializePartition(context, predictionsDemand, LAST)
}

async function startPredictor() {
  const options: TestPredictorOptions = {
    settings: { ...world.context.settings, predictPort: 0, logLevel: 'info' },
    topicSuffix: topics.suffix,
  }
  const command = [
    process.execPath,
    '--max-semi-space-size=16',
    '--max-old-space-size=256',
    join(ROOT, 'workers', 'predict', 'predictor-for-tests.ts'),
    JSON.stringify(options),
  ]
  const pinned = spawnSync('taskset', ['-V']).status === 0 ? ['taskset', '-c', '0', ...command] : command
  const child = spawn(pinned[0]!, pinned.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    child.stdout!.resume()
    return { url, child }
  }
  throw new Error('the predictor has ended before it listened')
}

function seriesOf(index: number): { store: string; product: string } {
  const n = (index * 7_919) % series
  const isUnknown = index % 100 < unknown
  return { store: `s${n % STORES}`, product: isUnknown ? `new-${index % 50}` : `p${Math.floor(n / STORES)}` }
}

/** Milliseconds from when each request was due to its answer. */
async function byHttp(duration: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const count = rate * duration
  const latencies: number[] = []
  let next = 0
  const startedAt = performance.now()
  const sender = async () => {
    for (let index = next++; index < count; index = next++) {
      const dueAt = startedAt + (index * 1_000) / rate
      const dueMs = dueAt - performance.now()
      if (dueMs > 1) await pause(dueMs)
      const { store: storeId, product: productId } = seriesOf(index)
      await post(agent, JSON.stringify({ requests: [{ storeId, productId }] }))
      latencies.push(performance.now() - dueAt)
    }
  }
  await Promise.all(Array.from({ length: connections }, sender))
  agent.destroy()
  return latencies
}

function post(agent: Agent, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const asked = request(predictor!.url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(`the predictor answered ${response.statusCode}`)),
      )
    })
    asked.on('error', reject)
    asked.end(body)
  })
}

async function byKafka(duration: number): Promise<number[]> {
  const run = randomUUID().slice(0, 8)
  const count = rate * duration
  const dueAt = new Map<string, number>()
  const latencies: number[] = []
  const done = Promise.withResolvers<void>()
  const consumer = topics.kafka.consumer({ groupId: `bench-${run}`, maxWaitTimeInMs: 50 })
  const isReading = new Promise<void>((joined) => consumer.on(consumer.events.GROUP_JOIN, () => joined()))
  await consumer.connect()
  await consumer.subscribe({ topic: `predictions${topics.suffix}`, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const now = performance.now()
      for (const { value } of batch.messages) {
        const at = dueAt.get((JSON.parse(value!.toString()) as { event_id: string }).event_id)
        if (at !== undefined) latencies.push(now - at)
      }
      if (latencies.length >= count) done.resolve()
    },
  })
  await isReading
  const startedAt = performance.now()
  for (let sent = 0; sent < count; ) {
    const due = Math.min(count, Math.floor(((performance.now() - startedAt) * rate) / 1_000))
    const batch = Array.from({ length: due - sent }, (_, offset) => {
      const index = sent + offset
      const { store, product } = seriesOf(index)
      const event_id = `${run}-${index}`
      dueAt.set(event_id, startedAt + (index * 1_000) / rate)
      const event_at = '2024-05-06T09:00:00Z'
      return { event_id, source: 'bench', schema_version: 1, event_at, store_id: store, product_id: product }
    })
    sent = due
    if (batch.length > 0) await topics.send('feature_requests', batch)
    else await pause(SEND_EVERY_MS)
  }
  await done.promise
  await consumer.disconnect()
  return latencies
}

/** User and system time of a process so far, from Linux's /proc. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
