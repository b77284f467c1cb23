/**
 * The bridge from Avro: messages with a schema's id become events, in transactions of Kafka.
 *
 *   node bench/avro.ts --messages 300000
 *
 * It needs a running instance with a schema registry (`stack up --registry`), and makes topics of its own. The worker is a process of its
 * own on one core (`taskset`, where there is one); it is started when all messages lie in Kafka.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { framed, toAvro } from '../contracts/avro-values.ts'
import { avroTopic } from '../contracts/topics.ts'
import { publishSchemas } from '../services/schemas/schemas.ts'
import { createWorld, until } from '../streams/testing/world.ts'
import type { TestAvroOptions } from '../workers/avro/worker-for-tests.ts'
import { machine } from './measure.ts'

const { values } = parseArgs({ options: { messages: { type: 'string', default: '300000' } } })
const messages = Number(values.messages)
const TOPIC = 'pos_transactions'
const BATCH = 5_000
const WITHIN_MS = 900_000

console.log(machine())
const world = await createWorld({ avroTopics: [TOPIC] })
const options: TestAvroOptions = {
  settings: { ...world.settings, httpPort: 0, logLevel: 'error' },
  topicSuffix: world.topics.suffix,
}
const edge = `${avroTopic(TOPIC)}${world.topics.suffix}`
let worker: ReturnType<typeof spawn> | undefined
try {
  const { id } = (await publishSchemas(world.settings)).find(({ topic }) => topic === TOPIC)!
  const encodingFrom = performance.now()
  let encodedMs = 0
  for (let from = 0; from < messages; from += BATCH) {
    const encodeFrom = performance.now()
    const batch = Array.from({ length: Math.min(BATCH, messages - from) }, (_, index) => ({
      key: `s${(from + index) % 50}`,
      value: framed(id, toAvro(TOPIC, sale(from + index))),
    }))
    encodedMs += performance.now() - encodeFrom
    await world.topics.producer.send({ topic: edge, acks: -1, messages: batch })
  }
  console.log(
    `${messages} messages written in ${((performance.now() - encodingFrom) / 1_000).toFixed(1)} s, of which Avro ${(encodedMs / 1_000).toFixed(1)} s`,
  )
  const command = [
    process.execPath,
    '--max-semi-space-size=16',
    join(import.meta.dirname, '..', 'workers', 'avro', 'worker-for-tests.ts'),
    JSON.stringify(options),
  ]
  const pinned = spawnSync('taskset', ['-V']).status === 0 ? ['taskset', '-c', '0', ...command] : command
  worker = spawn(pinned[0]!, pinned.slice(1), { stdio: ['ignore', 'ignore', 'inherit'] })
  await until('the first events', WITHIN_MS, async () => (await world.topics.count(TOPIC)) > 0, 20)
  const [from, cpuFrom, firstCount] = [performance.now(), cpuSeconds(worker.pid!), await world.topics.count(TOPIC)]
  // The markers of transactions count, too: they are a few in a thousand.
  await until('all events', WITHIN_MS, async () => (await world.topics.count(TOPIC)) >= messages, 50)
  const seconds = (performance.now() - from) / 1_000
  console.log(
    `${Math.round((messages - firstCount) / seconds)} events/s, worker ${(((cpuSeconds(worker.pid!) - cpuFrom) / seconds) * 100).toFixed(0)} % of one core, ` +
      `peak memory ${peakMegabytes(worker.pid!)} MB`,
  )
} finally {
  if (worker !== undefined) {
    const ended = once(worker, 'exit')
    worker.kill('SIGTERM')
    await ended
  }
  await world.close()
}

function sale(index: number): Record<string, unknown> {
  return {
    event_id: `bench-${index}`,
    source: 'bench',
    schema_version: 1,
    event_at: new Date(Date.UTC(2024, 4, 2) + index).toISOString(),
    transaction_id: `t${index >> 2}`,
    line_no: (index & 3) + 1,
    store_id: `s${index % 50}`,
    product_id: `p${index % 5_000}`,
    quantity: '1.25',
    unit_price: '2.99',
    discount: '0.1',
    payment_method: 'card',
  }
}

/** User and system time of a process, on Linux. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** Linux keeps the greatest resident size of a process. */
function peakMegabytes(pid: number): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1_024)
}
