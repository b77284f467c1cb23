/**
 * The webhook receiver under load: signed requests over HTTP, to Kafka with `acks=all`, answered when it has them.
 *
 *   node bench/receive.ts --events 100000 --batch 1 --connections 64 --rate 5000
 *
 * It needs a running instance, registers a source of its own, and starts a receiver on one core (`taskset`, where there is one). Its
 * load comes from another process on the other cores. `--map` sends orders through the example map instead of contract events; `--agent`
 * measures the till agent with its line cut: answered when the events are on its disk.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { signatureHeaders } from '../platform/http/signatures.ts'
import { createLogger } from '../platform/log.ts'
import { createPool } from '../platform/postgres/postgres.ts'
import { loadSettings } from '../platform/settings/settings.ts'
import { SHELFLINE } from '../services/access/actor.ts'
import { addSource, removeSource } from '../services/sources/sources.ts'
import { sale } from '../streams/testing/events.ts'

const ROOT = join(import.meta.dirname, '..')
const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '100000' },
    batch: { type: 'string', default: '1' },
    connections: { type: 'string', default: '64' },
    rate: { type: 'string', default: '0' },
    map: { type: 'boolean', default: false },
    agent: { type: 'boolean', default: false },
  },
})
const [events, batch, connections, rate] = [values.events, values.batch, values.connections, values.rate].map(
  Number,
) as [number, number, number, number]

const settings = loadSettings()
const pool = createPool(settings, createLogger({ logLevel: 'error' }, SHELFLINE))
const name = `bench-${randomUUID().slice(0, 8)}`
const map = values.map ? readFileSync(join(ROOT, 'data', 'examples', 'shop.yaml'), 'utf8') : undefined
const limits = { eventsPerSecond: 1_000_000, bodyEventsMax: 100_000 }
const { secret } = await addSource({ pool, settings }, name, { topic: 'pos_transactions', map, ...limits }, SHELFLINE)
/** The store of the agent is on the disk of the checkout, not in memory. */
const store = mkdtempSync(join(ROOT, '.shelfline-bench-'))
const agentEnvironment = {
  SHELFLINE_AGENT_SOURCES: `${name}=${secret}`,
  SHELFLINE_AGENT_PORT: '0',
  SHELFLINE_AGENT_FOLDER: store,
  SHELFLINE_AGENT_RECEIVER_URL: 'http://127.0.0.1:1',
}

const receiver = await startReceiver()
try {
  await measure(Math.min(events, 5_000), 0)
  const cpuBefore = cpuSeconds(receiver.child.pid!)
  const { seconds, latencies, failed } = await measure(events, rate)
  const cpu = cpuSeconds(receiver.child.pid!) - cpuBefore
  latencies.sort((one, other) => one - other)
  const at = (share: number) =>
    latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))]!.toFixed(1)
  console.log(
    `${events} events, ${batch} a request, ${connections} connections${rate ? `, ${rate} events/s asked for` : ''}: ` +
      `${Math.round(events / seconds)} events/s, request p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms, ` +
      `${failed} failed; receiver ${((cpu / seconds) * 100).toFixed(0)} % of one core`,
  )
} finally {
  receiver.child.kill('SIGTERM')
  await removeSource(pool, name)
  rmSync(store, { recursive: true, force: true })
  await pool.end()
}

async function startReceiver() {
  const command = [
    process.execPath,
    '--max-semi-space-size=16',
    '--max-old-space-size=384',
    join(ROOT, 'cli', 'main.ts'),
    ...(values.agent ? ['agent'] : ['worker', 'receive']),
  ]
  const pinned = spawnSync('taskset', ['-V']).status === 0 ? ['taskset', '-c', '0', ...command] : command
  const child: ChildProcess = spawn(pinned[0]!, pinned.slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, SHELFLINE_RECEIVE_PORT: '0', SHELFLINE_LOG_LEVEL: 'info', ...agentEnvironment },
  })
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url !== undefined) return { url: `${url}/${name}`, child }
  }
  throw new Error('the receiver has ended before it listened')
}

async function measure(count: number, perSecond: number) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections })
  const bodies = Array.from({ length: Math.ceil(count / batch) }, (_, index) => bodyOf(index))
  const latencies: number[] = []
  let failed = 0
  let next = 0
  const startedAt = performance.now()
  const sender = async () => {
    for (let index = next++; index < bodies.length; index = next++) {
      const dueMs = perSecond === 0 ? 0 : startedAt + (index * batch * 1000) / perSecond - performance.now()
      if (dueMs > 1) await pause(dueMs)
      // From when it was due: a receiver that is late makes those behind it late, too.
      const sentAt = perSecond === 0 ? performance.now() : startedAt + (index * batch * 1000) / perSecond
      const status = await post(agent, bodies[index]!)
      if (status !== 200) failed += 1
      latencies.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: connections }, sender))
  agent.destroy()
  return { seconds: (performance.now() - startedAt) / 1000, latencies, failed }
}

function bodyOf(index: number): Buffer {
  const run = randomUUID().slice(0, 8)
  if (values.map) {
    const items = Array.from({ length: batch }, (_, line) => ({
      sku: `p-${line}`,
      quantity: 1,
      price: '2.50',
      total_discount: '0',
    }))
    return Buffer.from(JSON.stringify({ id: `${run}-${index}`, created_at: '2017-03-01T12:00:00Z', line_items: items }))
  }
  const lines = Array.from({ length: batch }, (_, line) => ({
    ...sale(index * batch + line),
    event_id: `${run}-${index}-${line}`,
  }))
  return Buffer.from(lines.map((line) => JSON.stringify(line)).join('\n'))
}

function post(agent: Agent, body: Buffer): Promise<number> {
  const signed = signatureHeaders({ scheme: 'standard-webhooks', header: null, url: null }, secret, {
    id: randomUUID(),
    body,
    nowMs: Date.now(),
  })
  const type = values.map ? 'application/json' : 'application/x-ndjson'
  return new Promise((resolve, reject) => {
    const asked = request(
      receiver.url,
      { method: 'POST', agent, headers: { 'content-type': type, 'content-length': body.length, ...signed } },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode!))
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}

/** User and system time of a process so far, from Linux's /proc. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
